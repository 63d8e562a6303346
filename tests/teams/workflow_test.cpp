// A workflow of Teams keeps the contract of every channel.
#include "teams/workflow.hpp"

#include <nlohmann/json.hpp>

#include "channel/contract.hpp"
#include "teams/card.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

Peer teamsPeer() {
  Peer peer;
  peer.secret = "sig-of-the-workflow";
  peer.make = [](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    teams::WorkflowOptions options;
    options.name = "teams";
    options.language = Language::english;
    options.address = Secret("https://prod-1.japaneast.logic.azure.com/workflows/1/sig-of-the-workflow");
    return std::make_unique<teams::WorkflowChannel>(transport, std::move(options));
  };
  peer.accepted = FakeTransport::reply(202);
  peer.foreign = {FakeTransport::reply(200, "<html>Log in</html>"),
                  FakeTransport::reply(200, "\n<!DOCTYPE html><html></html>")};
  peer.texts = [](const http::Request& request) {
    CHECK(request.body.size() <= teams::kMaxBytes);
    const auto message = nlohmann::json::parse(request.body);
    CHECK(message.at("type") == "message");
    const auto& attachment = message.at("attachments").at(0);
    CHECK(attachment.at("contentType") == "application/vnd.microsoft.card.adaptive");
    const auto& card = attachment.at("content");
    CHECK(card.at("type") == "AdaptiveCard");
    std::vector<ShownText> shown;
    for (const auto& block : card.at("body")) {
      // Only here no markup has a meaning.
      CHECK(block.at("type") == "RichTextBlock");
      for (const auto& run : block.at("inlines")) {
        CHECK(run.at("type") == "TextRun");
        shown.push_back({run.at("text"), 2000});
      }
    }
    return shown;
  };
  return peer;
}

}  // namespace

TEST_CASE("a workflow of Teams fulfils the channel contract") { checkContract(teamsPeer()); }

TEST_CASE("a card says what, how bad and what to do first, in the colour of its severity") {
  notify::Notification one;
  one.tone = notify::Tone::critical;
  one.badge = "Critical · #128";
  one.title = "Gmail refuses";
  one.fallback = "[Critical · #128] Gmail refuses";
  one.sentence = "6 of 31.";
  one.next = notify::Field{"Next", "Ask the DNS team"};
  one.links = {{"Page", "https://arrivald.example.jp/incident/128"}};
  const auto card = nlohmann::json::parse(teams::messageOf(one))["attachments"][0]["content"];
  CHECK(card["fallbackText"] == "[Critical · #128] Gmail refuses");
  const auto& title = card["body"][0]["inlines"][0];
  CHECK(title["text"] == "[Critical · #128] Gmail refuses");
  CHECK(title["color"] == "attention");
  CHECK(card["body"][1]["inlines"][0]["text"] == "6 of 31.");
  CHECK(card["body"][2]["inlines"][0]["text"] == "Next: ");
  CHECK(card["body"][2]["inlines"][1]["text"] == "Ask the DNS team");
  CHECK(card["actions"][0]["url"] == "https://arrivald.example.jp/incident/128");
}
