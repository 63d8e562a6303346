// Slack's webhook keeps the contract of every channel.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "channel/contract.hpp"
#include "slack/utf16.hpp"
#include "slack/webhook.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

Peer slackPeer() {
  Peer peer;
  peer.secret = "XXXXXXXXsecretXXXXXXXX24";
  peer.make = [](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    slack::WebhookOptions options;
    options.name = "on-call";
    options.language = Language::english;
    options.address = Secret("https://hooks.slack.com/services/T0000001/B0000001/XXXXXXXXsecretXXXXXXXX24");
    options.mentions = {"here", "U0123456"};
    return std::make_unique<slack::WebhookChannel>(transport, std::move(options));
  };
  peer.accepted = FakeTransport::reply(200, "ok");
  peer.foreign = {FakeTransport::reply(200, "<html>Log in to the guest network</html>"),
                  FakeTransport::reply(200, ""), FakeTransport::reply(204, ""),
                  FakeTransport::reply(202, "okay")};
  peer.markup = {"<!channel>",
                 "<@U0123456>",
                 "*bold*",
                 "_slanted_",
                 "`code`",
                 "~struck~",
                 "<https://evil.example|click>"};
  peer.mention = "<!here> <@U0123456>";
  peer.texts = [](const http::Request& request) {
    const auto payload = nlohmann::json::parse(request.body);
    const auto& blocks = payload.at("attachments").at(0).at("blocks");
    CHECK(blocks.size() <= 50);
    // The mention of all and three bytes of each cut's ellipsis come on top of the fallback's 400.
    std::vector<ShownText> shown = {{payload.at("text"), 500}};
    for (const auto& block : blocks) {
      // A header is plain text: Slack shows it as it is, markup and all.
      if (block.contains("text") && block["type"] != "header")
        shown.push_back({block["text"].at("text"), 3000});
      else if (block.contains("text"))
        CHECK(block["text"].at("type") == "plain_text");
      if (block["type"] == "header")
        CHECK(testing::unitsOf(block["text"].at("text").get<std::string>()) <= 150);
      if (block.contains("fields")) {
        CHECK(block["fields"].size() <= 10);
        for (const auto& field : block["fields"]) shown.push_back({field.at("text"), 2000});
      }
      if (block.contains("elements"))
        for (const auto& element : block["elements"]) CHECK(element.at("type") == "plain_text");
    }
    return shown;
  };
  return peer;
}

}  // namespace

TEST_CASE("Slack's webhook fulfils the channel contract") { checkContract(slackPeer()); }

TEST_CASE("a notification whose blocks Slack refuses is posted once more as plain text") {
  FakeTransport transport;
  const auto channel = slackPeer().make(transport);
  transport.once(FakeTransport::asked("POST", ""), FakeTransport::reply(400, "invalid_blocks"));
  const bool helps = GENERATE(true, false);
  transport.always(FakeTransport::asked("POST", ""),
                   helps ? FakeTransport::reply(200, "ok") : FakeTransport::reply(400, "invalid_blocks"));
  notify::Notification notification;
  notification.tone = notify::Tone::critical;
  notification.mention = true;
  notification.badge = "Critical";
  notification.title = "Mail stalls";
  notification.sentence = "Since 10:04 <nothing> of main is delivered.";
  notification.next = notify::Field{"Next", "Look at the queue"};
  notification.footer = "stall@main#1.1";
  boost::asio::io_context io;
  const auto outcome = runTask(io, channel->deliver(notification));
  REQUIRE(transport.requests().size() == 2);
  const auto plain = nlohmann::json::parse(transport.requests()[1].body);
  CHECK_FALSE(plain.contains("attachments"));
  CHECK_FALSE(plain.contains("blocks"));
  CHECK_THAT(plain["text"].get<std::string>(),
             Catch::StartsWith("<!here> <@U0123456> 🔴 [Critical] Mail stalls\nNext: Look at the "
                               "queue\nSince 10:04 &lt;nothing&gt; of main") &&
                 Catch::Contains("Next: Look at the queue") && Catch::EndsWith("stall@main#1.1"));
  CHECK(outcome.ok() == helps);
}
