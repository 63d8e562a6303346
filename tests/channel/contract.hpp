// The contract of every channel: what deliver() promises, whatever the other side says. A channel's test
// describes its other side in a Peer and calls checkContract() from one TEST_CASE.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "channel/channel.hpp"
#include "support/fake_transport.hpp"
#include "support/run_task.hpp"

namespace arrivald::testing {

/// A text that people would see, and the most bytes that the other side takes of it.
struct ShownText {
  std::string text;
  std::size_t maxBytes;
};

/// One channel's other side.
struct Peer {
  std::function<std::unique_ptr<channel::Channel>(http::Transport&)> make;
  /// What makes the channel's address secret; at least eight characters, part of every request's URL or
  /// header.
  std::string secret;
  /// The other side's own yes.
  FakeTransport::Answer accepted = FakeTransport::reply(200);
  /// 2xx answers that somebody else gives in its place.
  std::vector<FakeTransport::Answer> foreign;
  /// Takes a request apart; must fail the test if the request is not well-formed.
  std::function<std::vector<ShownText>(const http::Request&)> texts;
  /// Text that would ring, link or format if it were not escaped. None of it may stand in a request as it is.
  std::vector<std::string> markup;
  /// Stands in the request of a notification that mentions, and in no other; empty if the channel has none.
  std::string mention;
};

class Contract {
 public:
  explicit Contract(const Peer& peer) : peer_(peer), channel_(peer.make(transport_)) {}

  void check() {
    delivers();
    takesNoForeignYes();
    waitsAsAsked();
    triesAgainWhatMayPass();
    givesUpWhatWillNotPass();
    escapes();
    cutsWithinLimits();
    mentionsOnlyWhenAsked();
    tellsNoSecret();
    isNotDeliveredWhenCancelled();
  }

 private:
  static notify::Notification sample() {
    notify::Notification notification;
    notification.id = "stall@main#1.1";
    notification.title = "Mail stands still";
    notification.fallback = "[Critical] Mail stands still: main";
    notification.sentence = "No mail has been delivered for 10 minutes.";
    return notification;
  }

  /// No error is final unless the configuration is at fault.
  static bool isFinal(const Done& outcome) {
    return !outcome.ok() && outcome.error().party == Party::configuration;
  }
  static bool mayPass(const Done& outcome) { return !outcome.ok() && !isFinal(outcome); }

  Done outcomeOf(FakeTransport::Answer answer, const notify::Notification& notification = sample()) {
    transport_.clear();
    transport_.once([](const http::Request&) { return true; }, std::move(answer));
    auto outcome = runTask(channel_->deliver(notification));
    CHECK(transport_.requests().size() == 1);
    if (!outcome.ok()) {
      CHECK(outcome.error().text.find(peer_.secret) == std::string::npos);
      CHECK(isUtf8(outcome.error().text));
    }
    return outcome;
  }

  /// The request that a notification becomes.
  http::Request requestOf(const notify::Notification& notification) {
    CHECK(outcomeOf(peer_.accepted, notification).ok());
    return transport_.requests().at(0);
  }

  void delivers() {
    const auto request = requestOf(sample());
    const auto shown = peer_.texts(request);
    const auto stands = [&](const std::string& text) {
      return std::any_of(shown.begin(), shown.end(),
                         [&](const auto& each) { return each.text.find(text) != std::string::npos; });
    };
    CHECK(stands(sample().title));
    CHECK(stands(sample().sentence));
    CHECK_FALSE(channel_->name().empty());
    CHECK(channel_->pace() >= Duration{});
  }

  void takesNoForeignYes() {
    CHECK_FALSE(peer_.foreign.empty());
    for (const auto& answer : peer_.foreign) CHECK(mayPass(outcomeOf(answer)));
  }

  void waitsAsAsked() {
    const auto limited = outcomeOf(FakeTransport::reply(429, "", {{"Retry-After", "30"}}));
    REQUIRE(mayPass(limited));
    CHECK(limited.error().retryAfter == Duration(std::chrono::seconds(30)));
    const auto silent = outcomeOf(FakeTransport::reply(429));
    REQUIRE(mayPass(silent));
    CHECK_FALSE(silent.error().retryAfter.has_value());
    CHECK(mayPass(outcomeOf(FakeTransport::reply(429, "", {{"Retry-After", "soon"}}))));
  }

  void triesAgainWhatMayPass() {
    for (const unsigned status : {500U, 502U, 503U, 504U}) {
      CAPTURE(status);
      CHECK(mayPass(outcomeOf(FakeTransport::reply(status, "<html>unavailable</html>"))));
    }
    using Failure = http::Failure::Kind;
    for (const auto kind : {Failure::dns, Failure::connect, Failure::proxy, Failure::tls, Failure::timedOut,
                            Failure::closed, Failure::tooLarge, Failure::protocol}) {
      CAPTURE(http::name(kind));
      CHECK(mayPass(outcomeOf(FakeTransport::fail(kind))));
    }
  }

  void givesUpWhatWillNotPass() {
    for (const unsigned status : {400U, 403U, 404U, 410U}) {
      CAPTURE(status);
      const auto outcome = outcomeOf(FakeTransport::reply(status, "refused"));
      REQUIRE(isFinal(outcome));
      CHECK(outcome.error().text.find(std::to_string(status)) != std::string::npos);
    }
    CHECK(isFinal(outcomeOf(FakeTransport::fail(http::Failure::Kind::invalidUrl))));
  }

  void escapes() {
    for (const auto& markup : peer_.markup) {
      CAPTURE(markup);
      auto notification = sample();
      const auto text = "before " + markup + " after";
      notification.title = notification.badge = notification.sentence = notification.fallback = text;
      notification.breakdown = notification.causes = notification.samples = {text, text};
      notification.fields = {{text, text}};
      notification.footer = text;
      notification.trend = notify::Trend{text, {0.1, std::nullopt}, text};
      notification.side = notification.next = notification.statusPage = notify::Field{text, text};
      const auto request = requestOf(notification);
      for (const auto& shown : peer_.texts(request)) CHECK(shown.text.find(markup) == std::string::npos);
    }
  }

  void cutsWithinLimits() {
    for (const std::string unit : {"災", "🔴", "x", "&", "<", "\xff", "\x01", "a\xf0\x9f"}) {
      CAPTURE(unit);
      std::string flood;
      for (int i = 0; i < 6000; ++i) flood += unit;
      auto notification = sample();
      notification.title = notification.badge = notification.sentence = notification.fallback = flood;
      notification.breakdown = notification.causes = notification.samples =
          std::vector<std::string>(60, flood);
      notification.fields = std::vector<notify::Field>(30, {flood, flood});
      notification.links = std::vector<notify::Link>(3, {flood, "https://arrivald.example.jp"});
      notification.footer = flood;
      notification.trend = notify::Trend{flood, std::vector<std::optional<double>>(500, 0.5), flood};
      notification.side = notification.next = notification.statusPage = notify::Field{flood, flood};
      const auto request = requestOf(notification);
      CHECK(isUtf8(request.body));
      for (const auto& shown : peer_.texts(request)) {
        CHECK(shown.text.size() <= shown.maxBytes);
        CHECK(isUtf8(shown.text));
      }
    }
  }

  void mentionsOnlyWhenAsked() {
    if (peer_.mention.empty()) return;
    auto notification = sample();
    notification.mention = false;
    CHECK(requestOf(notification).body.find(peer_.mention) == std::string::npos);
    notification.mention = true;
    CHECK(requestOf(notification).body.find(peer_.mention) != std::string::npos);
  }

  // The answer and the failure are the ones that repeat the address; outcomeOf() looks for it in the text.
  void tellsNoSecret() {
    const auto request = requestOf(sample());
    for (const unsigned status : {200U, 302U, 400U, 404U, 502U})
      static_cast<void>(
          outcomeOf(FakeTransport::reply(status, request.url + " cannot be reached, " + peer_.secret)));
    for (const auto kind : {http::Failure::Kind::invalidUrl, http::Failure::Kind::connect})
      static_cast<void>(outcomeOf(FakeTransport::fail(kind, "no way to " + request.url)));
    for (const auto& shown : peer_.texts(request)) CHECK(shown.text.find(peer_.secret) == std::string::npos);
  }

  void isNotDeliveredWhenCancelled() {
    transport_.clear();
    transport_.hang([](const http::Request&) { return true; });
    boost::asio::io_context io;
    const auto notification = sample();
    std::optional<Done> outcome;
    RunningTask running(io, storeInto(outcome, channel_->deliver(notification)));
    drain(io);
    CHECK_FALSE(running.ended());
    running.cancel();
    drain(io);
    REQUIRE(running.ended());
    CHECK((!outcome || mayPass(*outcome)));
  }

  const Peer& peer_;
  FakeTransport transport_;
  std::unique_ptr<channel::Channel> channel_;
};

inline void checkContract(const Peer& peer) { Contract(peer).check(); }

}  // namespace arrivald::testing
