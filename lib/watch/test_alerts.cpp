#include "watch/test_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "notify/catalogue.hpp"
#include "notify/channel_answer.hpp"
#include "notify/compose.hpp"
#include "watch/channels.hpp"

namespace arrivald::watch {

using nlohmann::ordered_json;

namespace {

constexpr std::string_view kPrefix = "test#";
constexpr Duration kRepeatedWithin = std::chrono::minutes(1);
constexpr std::size_t kLookAhead = 1000;

bool stands(const store::OutboxTable::Progress& earlier, const Outbox& outbox, Instant now) {
  if (earlier.created < outbox.retainedAt()) return false;
  return earlier.state == "waiting" ||
         (earlier.state == "delivered" && now >= earlier.created && now - earlier.created < kRepeatedWithin);
}

ordered_json outcomeOf(Outbox& outbox, const std::string& channel, const store::OutboxTable::Progress& test,
                       const notify::Catalogue& words) {
  ordered_json one{{"channel", channel}, {"id", test.change}, {"answer", test.outcome}};
  const bool waits = test.state == "waiting", delivered = test.state == "delivered";
  one["state"] = waits ? "waiting" : delivered ? "delivered" : "failed";
  if (!waits && !delivered)
    one["remedy"] = words.text(fmt::format("cli.test.remedy.{}", notify::remedyFor(test.outcome)));
  if (!waits) return one;
  std::int64_t before = 0;
  if (const auto waiting = outbox.waiting(channel, kLookAhead))
    for (const auto& queued : *waiting) {
      if (queued.change == test.change) break;
      ++before;
      one["answer"] = queued.outcome;
    }
  one["waiting_before"] = before;
  return one;
}

}  // namespace

bool isTestAlert(std::string_view change) { return change.starts_with(kPrefix); }

Result<std::vector<TestAlert>> queueTestAlerts(Outbox& outbox, const Clock& clock,
                                               const config::Config& config, const std::string& channel,
                                               double random, Repeat repeat) {
  const auto now = clock.now();
  const auto id = fmt::format("{}{}.{}", kPrefix, unixMilliseconds(now), static_cast<int>(random * 1e6));
  std::vector<Outgoing> outgoing;
  std::vector<TestAlert> tests;
  std::string known;
  for (const auto& each : config.channels) {
    known += (known.empty() ? "" : ", ") + each.name;
    if (!channel.empty() && each.name != channel) continue;
    const auto earlier = outbox.latest(kPrefix, each.name);
    if (repeat == Repeat::afterAMinute && earlier && stands(*earlier, outbox, now)) {
      tests.push_back({each.name, earlier->change, true});
      continue;
    }
    tests.push_back({each.name, id, false});
    outgoing.push_back(
        {id, each.name, notify::composeTest(each.name, id, now, config.zone, languageOf(config, each))});
  }
  if (tests.empty())
    return Error::of(Error::Kind::notFound,
                     known.empty() ? phrase("no channel is configured, so nobody can be notified")
                                   : phrase("no channel is called {}; there are: {}", channel, known));
  if (!outgoing.empty()) static_cast<void>(outbox.putNow(outgoing));
  return tests;
}

std::string testAlertsJson(const std::vector<TestAlert>& tests) {
  ordered_json out{{"tests", ordered_json::array()}};
  for (const auto& test : tests)
    out["tests"].push_back({{"channel", test.channel}, {"id", test.id}, {"repeated", test.repeated}});
  return out.dump();
}

std::string testOutcomesJson(Outbox& outbox, const config::Config& config) {
  const auto& words = notify::Catalogue::of(config.language);
  ordered_json out{{"tests", ordered_json::array()}};
  for (const auto& channel : config.channels)
    if (const auto test = outbox.latest(kPrefix, channel.name))
      out["tests"].push_back(outcomeOf(outbox, channel.name, *test, words));
  return escapeUnprintable(out.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::optional<store::OutboxTable::Progress> failedTest(const Outbox& outbox, const std::string& channel) {
  auto test = outbox.latest(kPrefix, channel);
  if (!test || test->created < outbox.retainedAt() || test->state == "waiting" || test->state == "delivered")
    return std::nullopt;
  const auto latest = outbox.latest("", channel);
  if (latest && latest->created > test->created && latest->state == "delivered") return std::nullopt;
  return test;
}

}  // namespace arrivald::watch
