// A webhook of the operator's keeps the contract of every channel, and signs what it sends.
#include "webhook/webhook.hpp"

#include <nlohmann/json.hpp>

#include "channel/contract.hpp"
#include "support/manual_clock.hpp"
#include "webhook/payload.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

const std::string kKey = "0123456789abcdef";

Peer peerAt(const ManualClock& clock) {
  Peer peer;
  peer.secret = "token-of-the-address";
  peer.make = [&clock](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    webhook::WebhookOptions options;
    options.name = "own";
    options.language = Language::english;
    options.address = Secret("https://ops.example.jp/hook/token-of-the-address");
    options.key = Secret(kKey);
    return std::make_unique<webhook::WebhookChannel>(transport, clock, std::move(options));
  };
  peer.accepted = FakeTransport::reply(204);
  peer.foreign = {
      FakeTransport::reply(200, "<html>Log in</html>", {{"Content-Type", "text/html"}}),
      FakeTransport::reply(200, "<html>Log in</html>", {{"Content-Type", "text/html; charset=utf-8"}})};
  peer.texts = [&clock](const http::Request& request) {
    const auto at = unixSeconds(clock.now());
    CHECK(request.headers.find("X-Arrivald-Timestamp") == std::to_string(at));
    CHECK(request.headers.find("X-Arrivald-Signature") ==
          webhook::signatureOf(Secret(kKey), at, request.body));
    CHECK(request.body.find(kKey) == std::string::npos);
    CHECK(request.body.size() < 200'000);
    const auto payload = nlohmann::json::parse(request.body);
    CHECK(payload.at("version") == 1);
    const auto& text = payload.at("text");
    std::vector<ShownText> shown;
    for (const auto* name : {"badge", "title", "short", "sentence"}) shown.push_back({text.at(name), 4000});
    for (const auto& line : text.at("details")) shown.push_back({line, 2000});
    return shown;
  };
  return peer;
}

notify::Notification refusal() {
  notify::Notification one;
  one.id = "incident-128@main#1.2-opened";
  one.title = "Gmail refuses";
  one.sentence = "6 of 31.";
  one.next = notify::Field{"Next", "Give the reply to the DNS team"};
  one.about = notify::About{.conversation = "incident-128@main",
                            .severity = rules::Severity::critical,
                            .account = "main",
                            .rule = "delivery-rate",
                            .since = "2026-11-24T01:56:00Z"};
  one.about->receivers = {"Gmail"};
  one.about->kinds = {"auth_failure"};
  one.about->mails = 31;
  one.about->bad = 6;
  one.about->members = {"delivery-rate@main"};
  one.links = {{"Page", "https://arrivald.example.jp/incident/128"}};
  return one;
}

}  // namespace

TEST_CASE("a webhook of one's own fulfils the channel contract") {
  const ManualClock clock;
  checkContract(peerAt(clock));
}

TEST_CASE("a webhook gets what an incident is about, for programs") {
  CHECK(nlohmann::json::parse(webhook::payloadOf(refusal())) == nlohmann::json::parse(R"({
    "version": 1, "id": "incident-128@main#1.2-opened", "conversation": "incident-128@main", "state": "open",
    "severity": "critical", "account": "main", "rule": "delivery-rate",
    "root": {"categories": [], "receivers": ["Gmail"], "kinds": ["auth_failure"]},
    "since": "2026-11-24T01:56:00Z", "counts": {"mails": 31, "bad": 6}, "members": ["delivery-rate@main"],
    "text": {"badge": "", "title": "Gmail refuses", "short": "", "sentence": "6 of 31.",
             "next": "Give the reply to the DNS team", "details": []},
    "links": [{"label": "Page", "url": "https://arrivald.example.jp/incident/128"}]})"));
  auto over = refusal();
  over.about->state = notify::About::State::over;
  CHECK(nlohmann::json::parse(webhook::payloadOf(over))["state"] == "over");
  notify::Notification test;
  test.tone = notify::Tone::test;
  CHECK(nlohmann::json::parse(webhook::payloadOf(test))["state"] == "test");
}

TEST_CASE("the signature is that of the time, a dot and the body") {
  // printf '%s' '1764046800.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
  CHECK(webhook::signatureOf(Secret(kKey), 1'764'046'800, "{}") ==
        "v1=fa7cb06540016241c06ef5cd9c9841d98c66681676da6e4b8d3330acdf0e3324");
}

TEST_CASE("a password in the address is sent as such, not in the address") {
  const ManualClock clock;
  FakeTransport transport;
  webhook::WebhookOptions options;
  options.address = Secret("https://ops:pass%20word@ops.example.jp/hook");
  options.key = Secret(kKey);
  webhook::WebhookChannel channel(transport, clock, std::move(options));
  transport.always(FakeTransport::asked("POST", ""), FakeTransport::reply(200));
  const auto notification = refusal();
  CHECK(runTask(channel.deliver(notification)).ok());
  CHECK(transport.requests().at(0).url == "https://ops.example.jp/hook");
  CHECK(transport.requests().at(0).headers.find("Authorization") == "Basic b3BzOnBhc3Mgd29yZA==");
}
