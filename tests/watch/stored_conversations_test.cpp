// Which message of Slack each incident has, over restarts and while the store refuses.
#include "watch/stored_conversations.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/channels.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

struct Fixture {
  TempStore folder;
  ManualClock clock;
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  std::unique_ptr<watch::StoredConversations> conversations = made();

  std::unique_ptr<watch::StoredConversations> made() {
    return std::make_unique<watch::StoredConversations>(*database, clock);
  }
  void restart() { conversations = made(); }
};

const slack::Opening kFirst{"C0123456789", "1764046800.000100", "{}"};
const slack::Opening kSecond{"C0123456789", "1764046900.000200", "{\"text\":\"two\"}"};

}  // namespace

TEST_CASE_METHOD(Fixture, "the message of an incident is known after a restart, by channel") {
  conversations->keep("on-call", "incident-1@main", kFirst);
  conversations->keep("others", "incident-1@main", kSecond);
  restart();
  CHECK(conversations->find("on-call", "incident-1@main") == kFirst);
  CHECK(conversations->find("others", "incident-1@main") == kSecond);
  CHECK_FALSE(conversations->find("on-call", "incident-2@main"));
  conversations->keep("on-call", "incident-1@main", kSecond);
  CHECK(conversations->find("on-call", "incident-1@main") == kSecond);
}

TEST_CASE_METHOD(Fixture, "what the store refuses is known from memory, and stored with the next") {
  const auto execute = [&](const char* sql) {
    REQUIRE(database->transact([&] { store::Statement(*database, sql).run(); }));
  };
  execute("CREATE TRIGGER refuse BEFORE INSERT ON conversations BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  conversations->keep("on-call", "incident-1@main", kFirst);
  CHECK(conversations->find("on-call", "incident-1@main") == kFirst);
  execute("DROP TRIGGER refuse");
  conversations->keep("on-call", "incident-2@main", kSecond);
  restart();
  CHECK(conversations->find("on-call", "incident-1@main") == kFirst);
  CHECK(conversations->find("on-call", "incident-2@main") == kSecond);
}

TEST_CASE_METHOD(Fixture, "a message without news for 90 days is forgotten") {
  conversations->keep("on-call", "incident-1@main", kFirst);
  clock.advance(std::chrono::hours(24 * 91));
  conversations->keep("on-call", "incident-2@main", kSecond);
  CHECK_FALSE(conversations->find("on-call", "incident-1@main"));
  CHECK(conversations->find("on-call", "incident-2@main") == kSecond);
}

TEST_CASE_METHOD(Fixture, "a channel of Slack with a token and a room edits its message after a restart") {
  config::Config config;
  auto& channel = config.channels.emplace_back();
  channel.name = "on-call";
  channel.key.secret = Secret("xoxb-0123456789");
  channel.room = "C0123456789";
  FakeTransport transport;
  transport.always(
      FakeTransport::asked("POST", "https://slack.com/api/chat."),
      FakeTransport::reply(200, R"({"ok":true,"channel":"C0123456789","ts":"1764046800.000100"})"));
  notify::Notification news;
  news.id = "incident-1@main#1.1-opened";
  news.about = notify::About{};
  news.about->conversation = "incident-1@main";
  news.about->incidents = {1};
  for (int start = 0; start < 2; ++start) {
    const auto channels = watch::makeChannels(config, transport, clock, *conversations);
    CHECK(runTask(channels.at(0)->deliver(news)).ok());
    restart();
  }
  std::vector<std::string> asked;
  for (const auto& request : transport.requests())
    asked.push_back(request.url.substr(request.url.rfind('/') + 1));
  CHECK(asked == std::vector<std::string>{"chat.postMessage", "chat.update", "chat.postMessage"});
}
