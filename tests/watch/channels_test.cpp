// The configured channels.
#include "watch/channels.hpp"

#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;

namespace {

config::Config withChannels(const std::vector<std::pair<std::string, std::optional<Language>>>& wanted) {
  config::Config config;
  config.language = Language::japanese;
  for (const auto& [name, language] : wanted) {
    auto& channel = config.channels.emplace_back();
    channel.name = name;
    channel.language = language;
    channel.webhook = {Secret("https://hooks.slack.com/services/T/B/" + name), "HOOK"};
  }
  return config;
}

}  // namespace

TEST_CASE("a channel speaks its own language, or the one of the configuration") {
  auto config = withChannels({{"ops", std::nullopt}, {"abroad", Language::english}});
  CHECK(languageOf(config, config.channels[0]) == Language::japanese);
  CHECK(languageOf(config, config.channels[1]) == Language::english);
  config.language = Language::english;
  CHECK(languageOf(config, config.channels[0]) == Language::english);
}

TEST_CASE("channels are made in the order of the configuration, which they do not need afterwards") {
  FakeTransport transport;
  const ManualClock clock;
  transport.always(FakeTransport::asked("POST", "hooks.slack.com"), FakeTransport::reply(200, "ok"));
  slack::RememberedConversations conversations;
  const auto channels = makeChannels(withChannels({{"ops", std::nullopt}, {"abroad", Language::english}}),
                                     transport, clock, conversations);
  REQUIRE(channels.size() == 2);
  CHECK(channels[0]->name() == "ops");
  CHECK(channels[0]->language() == Language::japanese);
  CHECK(channels[1]->name() == "abroad");
  CHECK(channels[1]->language() == Language::english);
  CHECK(makeChannels(config::Config(), transport, clock, conversations).empty());
  CHECK(transport.requests().empty());
}

TEST_CASE("each type of channel is made, and programs get each notification by itself") {
  config::Config config;
  for (const auto type :
       {config::ChannelType::slack, config::ChannelType::webhook, config::ChannelType::pagerduty}) {
    auto& channel = config.channels.emplace_back();
    channel.name = "c" + std::to_string(config.channels.size());
    channel.type = type;
    channel.webhook.secret = Secret("https://hooks.slack.com/services/T/B/x");
    channel.key.secret = Secret("0123456789abcdef");
  }
  config.channels[2].minSeverity = rules::Severity::critical;
  config.channels[2].url = "https://events.eu.pagerduty.com/v2/enqueue";
  FakeTransport transport;
  const ManualClock clock;
  slack::RememberedConversations conversations;
  const auto channels = makeChannels(config, transport, clock, conversations);
  REQUIRE(channels.size() == 3);
  CHECK(channels[2]->name() == "c3");
  const auto settings = planSettingsOf(config);
  CHECK_FALSE(settings.channels[0].single);
  CHECK(settings.channels[1].single);
  CHECK(settings.channels[2].single);
  CHECK(settings.channels[2].minSeverity == rules::Severity::critical);
}
