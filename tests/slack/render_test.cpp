#include "slack/render.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "slack/utf16.hpp"
#include "slack/webhook.hpp"

using namespace arrivald;
using namespace arrivald::slack;

TEST_CASE("text from outside cannot mention, link or format") {
  notify::Notification message;
  message.title = "a";
  message.sentence = "<!channel> *bold* `code` <https://evil.example|click> &";
  const auto payload = render(message, {});
  CHECK(payload.find("<!channel>") == std::string::npos);
  CHECK(payload.find("&lt;!channel&gt;") != std::string::npos);
  CHECK(payload.find("*bold*") == std::string::npos);
  CHECK(payload.find("<https://evil") == std::string::npos);
}

TEST_CASE(
    "the names of settings can be copied as they are shown, and underscores around words still format "
    "nothing") {
  notify::Notification message;
  message.title = "a";
  message.sentence = "set event_stream.max_body and time_zone, not _this_ or _that";
  const auto payload = render(message, {});
  CHECK(payload.find("event_stream.max_body and time_zone") != std::string::npos);
  CHECK(payload.find("_this_") == std::string::npos);
  CHECK(payload.find(" _that") == std::string::npos);
}

TEST_CASE("a receiver's reply neither becomes a link nor hides what it says") {
  notify::Notification message;
  message.causes = {"refused"};
  message.samples = {"550 see https://evil.example/\x1b[2J \xE2\x80\xAE and evil.example"};
  message.title = message.footer = "a\xE2\x80\xAE\x07";
  const auto payload = render(message, {});
  for (const auto* hidden : {"https://", "\x1b", "\\u001b", "\xE2\x80\xAE", "\\u0007"})
    CHECK(payload.find(hidden) == std::string::npos);
  // The bare name, too: Slack takes this text as it is.
  const auto parsed = nlohmann::json::parse(payload);
  for (const auto& block : parsed["attachments"][0]["blocks"])
    if (block.dump().find("evil.example") != std::string::npos) CHECK(block["text"]["verbatim"] == true);
}

TEST_CASE("only configured mentions are rendered, and only in a notification that asks for them") {
  notify::Notification message;
  message.sentence = "s";
  CHECK(render(message, {"here", "U012345"}).find("<!here>") == std::string::npos);
  message.mention = true;
  const auto payload = render(message, {"here", "U012345", "S012345"});
  CHECK(payload.find("<!here> <@U012345> <!subteam^S012345>") != std::string::npos);
}

TEST_CASE("long text is truncated to Slack's limits between characters") {
  notify::Notification message;
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += "災";
  message.title = message.fallback = message.sentence = message.footer = flood;
  for (int i = 0; i < 30; ++i) message.fields.push_back({flood, flood});
  message.breakdown = {flood, flood};
  const auto payload = nlohmann::json::parse(render(message, {}));
  const auto& blocks = payload["attachments"][0]["blocks"];
  CHECK(blocks.size() <= 50);
  for (const auto& block : blocks) {
    if (block["type"] == "header")
      CHECK(testing::unitsOf(block["text"]["text"].get<std::string>()) <= 150);
    else if (block.contains("text"))
      CHECK(block["text"]["text"].get<std::string>().size() <= 3000);
    if (block.contains("fields")) CHECK(block["fields"].size() <= 10);
  }
}

TEST_CASE("Slack's answers are classified as delivered, passing or permanent") {
  const auto outcome = [](unsigned status, std::string body, http::Headers headers = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    return outcomeOf(response);
  };
  CHECK(outcome(200, "ok").ok());
  CHECK(outcome(429, "", {{"Retry-After", "30"}}).error().retryAfter == Duration(std::chrono::seconds(30)));
  CHECK(outcome(500, "oops").error().party == Party::thirdParty);
  CHECK(outcome(200, "<html>").error().party == Party::network);
  for (const auto& [status, body] :
       std::vector<std::pair<unsigned, std::string>>{{400, "invalid_payload"},
                                                     {403, "action_prohibited"},
                                                     {404, "no_service"},
                                                     {410, "channel_is_archived"}}) {
    CHECK(outcome(status, body).error().party == Party::configuration);
    CHECK(outcome(status, body).error().text == std::to_string(status) + " " + body);
  }
}

TEST_CASE("a sparkline shows unknown values as absent") {
  CHECK(sparkline({0.0, std::nullopt, 1.0, 0.5}) == "▁·█▅");
  CHECK(sparkline({}).empty());
}
