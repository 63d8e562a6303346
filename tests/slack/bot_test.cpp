// A channel of Slack by a bot token: one message an incident, edited, with its news in the thread below.
#include "slack/bot.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "channel/contract.hpp"
#include "slack/web_api.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using nlohmann::json;

namespace {

constexpr const char* kToken = "xoxb-0123456789-secretsecret";

std::unique_ptr<slack::BotChannel> makeBot(http::Transport& transport, slack::Conversations& conversations,
                                           std::string room = "C0123456789") {
  slack::BotOptions options;
  options.name = "on-call";
  options.language = Language::english;
  options.token = Secret(kToken);
  options.room = std::move(room);
  options.mentions = {"here"};
  return std::make_unique<slack::BotChannel>(transport, conversations, std::move(options));
}

// What a channel of Slack shows, by the published behaviour of chat.postMessage and chat.update.
class FakeSlack {
 public:
  struct Message {
    std::string text, thread;
    json attachments;
    bool broadcast = false;
  };

  explicit FakeSlack(FakeTransport& transport) {
    transport.always(FakeTransport::asked("POST", "https://slack.com/api/"),
                     FakeTransport::Script([this](const http::Request& request) { return answer(request); }));
  }

  /// In place of the next answer to `method`; `isDone`: what was asked is done all the same.
  void next(const std::string& method, FakeTransport::Answer answer, bool isDone = false) {
    scripted_.insert_or_assign(method, std::pair(std::move(answer), isDone));
  }
  void refuse(const std::string& method, const std::string& word) {
    next(method, FakeTransport::reply(200, json{{"ok", false}, {"error", word}}.dump()));
  }
  void remove(const std::string& timestamp) { messages.erase(timestamp); }

  /// By their timestamps, which grow.
  std::map<std::string, Message> messages;
  std::size_t calls = 0;

  std::vector<Message> inChannel() const {
    return select([](const Message& m) { return m.thread.empty(); });
  }
  std::vector<Message> inThread() const {
    return select([](const Message& m) { return !m.thread.empty(); });
  }

 private:
  template <class Wanted>
  std::vector<Message> select(const Wanted& wanted) const {
    std::vector<Message> found;
    for (const auto& [timestamp, message] : messages)
      if (wanted(message)) found.push_back(message);
    return found;
  }

  FakeTransport::Answer answer(const http::Request& request) {
    ++calls;
    const auto method = request.url.substr(request.url.rfind('/') + 1);
    if (const auto found = scripted_.find(method); found != scripted_.end()) {
      const auto [reply, isDone] = found->second;
      scripted_.erase(found);
      if (isDone) static_cast<void>(done(method, json::parse(request.body)));
      return reply;
    }
    return done(method, json::parse(request.body));
  }

  FakeTransport::Answer done(const std::string& method, const json& body) {
    if (method == "chat.update") {
      const auto found = messages.find(body.at("ts"));
      if (found == messages.end())
        return FakeTransport::reply(200, R"({"ok":false,"error":"message_not_found"})");
      found->second.text = body.at("text");
      found->second.attachments = body.value("attachments", found->second.attachments);
      return ok(found->first);
    }
    auto timestamp = "1764046800.00010" + std::to_string(++posted_);
    messages[timestamp] = {body.at("text"), body.value("thread_ts", ""),
                           body.value("attachments", json::array()), body.value("reply_broadcast", false)};
    return ok(timestamp);
  }

  static FakeTransport::Answer ok(const std::string& timestamp) {
    return FakeTransport::reply(200,
                                json{{"ok", true}, {"channel", "C0123456789"}, {"ts", timestamp}}.dump());
  }

  std::map<std::string, std::pair<FakeTransport::Answer, bool>> scripted_;
  int posted_ = 0;
};

notify::Notification news(const std::string& kind, notify::Tone tone, bool mention = false) {
  notify::Notification one;
  one.id = "incident-128@main#1764046800000.1764047100000-" + kind;
  one.tone = tone;
  one.mention = mention;
  one.badge = "Critical · #128";
  one.title = "Gmail refuses our mail";
  one.fallback = kind + ": Gmail refuses our mail";
  one.sentence = kind + ": 6 of 31 mails are refused.";
  one.fields = {{"Hit", "notice 3 of 12"}};
  one.footer = one.id;
  one.about = notify::About{};
  one.about->conversation = "incident-128@main";
  one.about->incidents = {128};
  return one;
}

std::string shown(const FakeSlack::Message& message) { return message.text + message.attachments.dump(); }

Peer botPeer() {
  static slack::RememberedConversations conversations;
  Peer peer;
  peer.secret = kToken;
  peer.make = [](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    return makeBot(transport, conversations);
  };
  peer.accepted =
      FakeTransport::reply(200, R"({"ok": true, "channel": "C0123456789", "ts": "1764046800.000100"})");
  peer.foreign = {FakeTransport::reply(200, "<html>Log in</html>"),
                  FakeTransport::reply(200, ""),
                  FakeTransport::reply(204, ""),
                  FakeTransport::reply(200, R"({"ok": "true"})"),
                  FakeTransport::reply(200, R"({"ok": true})"),
                  FakeTransport::reply(200, "[]")};
  peer.markup = {"<!channel>", "<@U0123456>", "*bold*", "`code`", "<https://evil.example|click>"};
  peer.mention = "<!here>";
  peer.texts = [](const http::Request& request) {
    CHECK(request.url == "https://slack.com/api/chat.postMessage");
    CHECK(request.headers.find("Authorization") == std::string("Bearer ") + kToken);
    const auto payload = json::parse(request.body);
    CHECK(payload.at("channel") == "C0123456789");
    std::vector<ShownText> texts = {{payload.at("text"), 500}};
    for (const auto& block : payload.at("attachments").at(0).at("blocks"))
      if (block.contains("text") && block["type"] != "header")
        texts.push_back({block["text"].at("text"), 3000});
    return texts;
  };
  return peer;
}

struct Scene {
  FakeTransport transport;
  FakeSlack slack{transport};
  slack::RememberedConversations conversations;
  std::unique_ptr<slack::BotChannel> bot = makeBot(transport, conversations);

  Done deliver(const notify::Notification& notification) { return runTask(bot->deliver(notification)); }
};

}  // namespace

TEST_CASE("a bot of Slack fulfils the channel contract") { checkContract(botPeer()); }

TEST_CASE("an incident is one message, which is edited; its news form the thread below") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  REQUIRE(scene.deliver(news("renamed", notify::Tone::warning)).ok());
  REQUIRE(scene.deliver(news("critical", notify::Tone::critical, true)).ok());
  REQUIRE(scene.deliver(news("resolved", notify::Tone::good)).ok());

  const auto messages = scene.slack.inChannel();
  REQUIRE(messages.size() == 1);
  CHECK_THAT(shown(messages[0]), Catch::Contains("resolved: 6 of 31") && Catch::Contains("notice 3 of 12") &&
                                     Catch::Contains("#2e7d32"));
  const auto thread = scene.slack.inThread();
  REQUIRE(thread.size() == 3);
  for (const auto& message : thread) CHECK(message.thread == scene.slack.messages.begin()->first);
  // What is below the first message does not repeat its details.
  CHECK_THAT(shown(thread[0]), Catch::Contains("renamed: 6 of 31") && !Catch::Contains("notice 3 of 12"));
  // Whoever has to act sees it in the channel and is mentioned.
  CHECK(thread[1].broadcast);
  CHECK_THAT(thread[1].text, Catch::StartsWith("<!here>"));
  CHECK_FALSE(thread[0].broadcast);
  CHECK_FALSE(thread[2].broadcast);
}

TEST_CASE("that somebody takes care of an incident stands in its message until other news") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::critical, true)).ok());
  auto remark = news("acknowledged", notify::Tone::info);
  remark.title = "Hanako takes care of it until 13:30";
  remark.about->remark = true;
  REQUIRE(scene.deliver(remark).ok());
  CHECK_THAT(shown(scene.slack.inChannel().at(0)),
             Catch::Contains("opened: 6 of 31") && Catch::Contains("Hanako takes care"));
  CHECK_THAT(shown(scene.slack.inThread().at(0)), Catch::Contains("Hanako takes care"));
  // Once more: it is not added a second time.
  REQUIRE(scene.deliver(remark).ok());
  const auto text = shown(scene.slack.inChannel().at(0));
  CHECK(text.find("Hanako") == text.rfind("Hanako"));
  REQUIRE(scene.deliver(news("resolved", notify::Tone::good)).ok());
  CHECK_THAT(shown(scene.slack.inChannel().at(0)), !Catch::Contains("Hanako"));
}

TEST_CASE("other incidents, other alerts and what is about neither are messages of their own") {
  auto other = news("opened", notify::Tone::warning);
  other.about->conversation = "incident-129@main";
  other.about->incidents = {129};
  auto alert = news("opened", notify::Tone::warning);
  alert.id = "stall@main#1764046800000.1";
  alert.about->conversation = "stall@main";
  alert.about->incidents.clear();
  auto again = alert;
  again.id = "stall@main#1764999900000.1";
  auto group = news("opened", notify::Tone::warning);
  group.members = {other, alert};
  auto digest = news("opened", notify::Tone::info);
  digest.about.reset();
  Scene scene;
  for (const auto& one : {news("opened", notify::Tone::warning), other, alert, again, group, digest, digest})
    REQUIRE(scene.deliver(one).ok());
  CHECK(scene.slack.inChannel().size() == 7);
  alert.id = "stall@main#1764046800000.2";
  REQUIRE(scene.deliver(alert).ok());
  CHECK(scene.slack.inChannel().size() == 7);
  CHECK(scene.slack.inThread().size() == 1);
}

TEST_CASE("a message that cannot be edited any more is posted anew, and edited from then on") {
  for (const auto* word :
       {"message_not_found", "cant_update_message", "edit_window_closed", "msg_too_long"}) {
    Scene scene;
    REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
    scene.slack.refuse("chat.update", word);
    REQUIRE(scene.deliver(news("worse", notify::Tone::critical, true)).ok());
    CHECK(scene.slack.inChannel().size() == 2);
    REQUIRE(scene.deliver(news("resolved", notify::Tone::good)).ok());
    CHECK(scene.slack.inChannel().size() == 2);
    CHECK_THAT(shown(scene.slack.inChannel().back()), Catch::Contains("resolved"));
    CHECK(scene.slack.inThread().back().thread == scene.slack.messages.rbegin()->second.thread);
  }
}

TEST_CASE("what a closed thread refuses is posted in the channel, where it mentions people") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  scene.slack.refuse("chat.postMessage", "restricted_action_thread_locked");
  REQUIRE(scene.deliver(news("critical", notify::Tone::critical, true)).ok());
  REQUIRE(scene.slack.inChannel().size() == 2);
  CHECK_THAT(scene.slack.inChannel().back().text, Catch::StartsWith("<!here>"));
  CHECK(scene.slack.inThread().empty());
}

TEST_CASE("what Slack has confirmed of an attempt is not asked for again") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  const auto limited = FakeTransport::reply(429, "", {{"Retry-After", "30"}});
  scene.slack.next("chat.postMessage", limited);
  CHECK_FALSE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  const auto calls = scene.slack.calls;
  REQUIRE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  CHECK(scene.slack.calls == calls + 1);
  CHECK(scene.slack.inThread().size() == 1);
}

TEST_CASE("the YAML that names another channel begins there") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  const auto moved = makeBot(scene.transport, scene.conversations, "C9999999999");
  REQUIRE(runTask(moved->deliver(news("worse", notify::Tone::critical))).ok());
  CHECK(scene.slack.inChannel().size() == 2);
}

TEST_CASE("an answer that is lost doubles a message of the thread at most, never the incident's own") {
  Scene scene;
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  const auto lost = FakeTransport::fail(http::Failure::Kind::closed);
  scene.slack.next("chat.update", lost, true);
  CHECK_FALSE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  CHECK(scene.slack.inThread().empty());
  scene.slack.next("chat.postMessage", lost, true);
  CHECK_FALSE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  REQUIRE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  CHECK(scene.slack.inChannel().size() == 1);
  CHECK(scene.slack.inThread().size() == 2);
}

TEST_CASE("a request that fails says how and to which host, and whose side it is on") {
  Scene scene;
  scene.slack.next("chat.postMessage",
                   FakeTransport::fail(http::Failure::Kind::timedOut, "slack.com:443: 30 s"));
  const auto outcome = scene.deliver(news("opened", notify::Tone::warning));
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().text == "timed_out (slack.com:443: 30 s)");
  scene.slack.next("chat.postMessage", FakeTransport::fail(http::Failure::Kind::dns));
  CHECK(scene.deliver(news("opened", notify::Tone::warning)).error().party == Party::network);
}

TEST_CASE("a refusal of Slack's says whether waiting helps") {
  struct Case {
    const char* word;
    bool passes;
  };
  for (const auto& [word, passes] :
       {Case{"channel_not_found", false}, Case{"not_in_channel", false}, Case{"is_archived", false},
        Case{"invalid_auth", false}, Case{"token_revoked", false}, Case{"account_inactive", false},
        Case{"missing_scope", false}, Case{"some_new_word", false}, Case{"internal_error", true},
        Case{"service_unavailable", true}, Case{"ratelimited", true}}) {
    CAPTURE(word);
    Scene scene;
    scene.slack.refuse("chat.postMessage", word);
    const auto outcome = scene.deliver(news("opened", notify::Tone::warning));
    REQUIRE_FALSE(outcome.ok());
    CHECK(outcome.error().text == word);
    CHECK((outcome.error().party != Party::configuration) == passes);
    // Nothing is taken for posted.
    CHECK(scene.conversations.all().empty());
  }
}

TEST_CASE(
    "blocks that Slack refuses are posted as plain text, in the channel, in an edit and in the thread") {
  Scene scene;
  scene.slack.refuse("chat.postMessage", "invalid_blocks");
  REQUIRE(scene.deliver(news("opened", notify::Tone::warning)).ok());
  CHECK_THAT(scene.slack.inChannel().at(0).text, Catch::Contains("opened: 6 of 31"));
  CHECK(scene.slack.inChannel().at(0).attachments.empty());
  scene.slack.refuse("chat.update", "invalid_attachments");
  REQUIRE(scene.deliver(news("worse", notify::Tone::critical)).ok());
  CHECK_THAT(scene.slack.inChannel().at(0).text, Catch::Contains("worse: 6 of 31"));
  CHECK(scene.slack.inChannel().at(0).attachments.empty());
  CHECK(scene.slack.inThread().size() == 1);
}
