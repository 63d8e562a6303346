// PagerDuty keeps the contract of every channel: one conversation is one incident there.
#include "pagerduty/channel.hpp"

#include <nlohmann/json.hpp>

#include "channel/contract.hpp"
#include "pagerduty/event.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using notify::About;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

Peer pagerDuty() {
  Peer peer;
  peer.secret = kKey;
  peer.make = [](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    pagerduty::EventsOptions options;
    options.name = "pager";
    options.language = Language::english;
    options.key = Secret(kKey);
    return std::make_unique<pagerduty::EventsChannel>(transport, std::move(options));
  };
  peer.accepted =
      FakeTransport::reply(202, R"({"status": "success", "message": "Event processed", "dedup_key": "x"})");
  peer.foreign = {FakeTransport::reply(200, "<html>Log in</html>"), FakeTransport::reply(202, ""),
                  FakeTransport::reply(202, R"({"status": "invalid event"})"),
                  FakeTransport::reply(202, "[]")};
  peer.texts = [](const http::Request& request) {
    CHECK(request.url == "https://events.pagerduty.com/v2/enqueue");
    CHECK(request.body.size() < 512'000);
    const auto event = nlohmann::json::parse(request.body);
    CHECK(event.at("routing_key") == kKey);
    CHECK(event.at("event_action") == "trigger");
    CHECK(event.at("dedup_key").get<std::string>().size() <= 255);
    const auto& payload = event.at("payload");
    CHECK_FALSE(payload.at("source").get<std::string>().empty());
    std::vector<ShownText> shown{{payload.at("summary"), 1024},
                                 {payload.at("custom_details").at("sentence"), 4000}};
    for (const auto* name : {"breakdown", "causes", "replies"})
      if (payload["custom_details"].contains(name))
        for (const auto& line : payload["custom_details"][name]) shown.push_back({line, 2000});
    return shown;
  };
  return peer;
}

notify::Notification notice(About::State state, rules::Severity severity) {
  notify::Notification one;
  one.id = "incident-128@main#1.2-opened";
  one.badge = "Critical · #128";
  one.title = "Gmail refuses";
  one.about = About{.conversation = "incident-128@main",
                    .state = state,
                    .severity = severity,
                    .account = "main",
                    .rule = "delivery-rate",
                    .since = "2026-11-24T01:56:00Z"};
  one.about->receivers = {"Gmail", "docomo"};
  one.about->kinds = {"auth_failure"};
  one.links = {{"Page", "https://arrivald.example.jp/incident/128"}};
  return one;
}

nlohmann::json event(const notify::Notification& notification) {
  return nlohmann::json::parse(pagerduty::eventOf(notification, Secret(kKey)));
}

}  // namespace

TEST_CASE("PagerDuty fulfils the channel contract") { checkContract(pagerDuty()); }

TEST_CASE("an incident is triggered, acknowledged and resolved under one key") {
  using rules::Severity;
  const auto opened = event(notice(About::State::open, Severity::critical));
  CHECK(opened["event_action"] == "trigger");
  CHECK(opened["dedup_key"] == "incident-128@main");
  CHECK(opened["payload"]["summary"] == "[Critical · #128] Gmail refuses");
  CHECK(opened["payload"]["severity"] == "critical");
  CHECK(opened["payload"]["source"] == "arrivald main");
  CHECK(opened["payload"]["component"] == "Gmail, docomo");
  CHECK(opened["payload"]["group"] == "main");
  CHECK(opened["payload"]["class"] == "auth_failure");
  CHECK(opened["links"][0]["href"] == "https://arrivald.example.jp/incident/128");
  CHECK(event(notice(About::State::acknowledged, Severity::critical))["event_action"] == "acknowledge");
  const auto over = event(notice(About::State::over, Severity::critical));
  CHECK(over["event_action"] == "resolve");
  CHECK(over["dedup_key"] == opened["dedup_key"]);
  CHECK(event(notice(About::State::open, Severity::warning))["payload"]["severity"] == "warning");
  CHECK(event(notice(About::State::open, Severity::info))["payload"]["severity"] == "info");
}

TEST_CASE("what is about no alert has the key of what it is about, and ends with its end") {
  notify::Notification trouble;
  trouble.id = "store#1764046800000";
  trouble.tone = notify::Tone::warning;
  trouble.title = "Nothing can be stored";
  CHECK(event(trouble)["event_action"] == "trigger");
  CHECK(event(trouble)["dedup_key"] == "store");
  trouble.id = "store#1764046900000";
  trouble.tone = notify::Tone::good;
  CHECK(event(trouble)["event_action"] == "resolve");
  CHECK(event(trouble)["dedup_key"] == "store");
}
