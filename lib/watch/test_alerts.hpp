// test_alerts: test notifications, and what became of them. Owns nothing; loop thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "watch/outbox.hpp"

namespace arrivald::watch {

/// Whether the id of a change is that of a test.
bool isTestAlert(std::string_view change);

struct TestAlert {
  std::string channel;
  std::string id;
  bool repeated = false;  ///< an earlier test, for which none was posted anew
};

/// Whether a channel that was tested a moment ago gets another test.
enum class Repeat { afterAMinute, atOnce };

/// Puts a test notification for each channel into the outbox, or only for `channel` if it is not empty. While
/// an earlier test waits, or was delivered within a minute and under the same configuration, that one stands
/// for it. `random` from 0 to 1 makes ids differ. Error::Kind::notFound names the channels there are.
Result<std::vector<TestAlert>> queueTestAlerts(Outbox& outbox, const Clock& clock,
                                               const config::Config& config, const std::string& channel,
                                               double random, Repeat repeat);

/// {"tests": [{"channel", "id", "repeated"}]}.
std::string testAlertsJson(const std::vector<TestAlert>& tests);

/// The latest test of each channel: {"tests": [{"channel", "id", "state": "waiting", "delivered" or "failed",
/// "answer", "remedy", "waiting_before"}]}, the remedy in the configuration's language.
std::string testOutcomesJson(Outbox& outbox, const config::Config& config);

/// The latest test of the channel, if it failed by the present configuration and nothing was delivered since.
std::optional<store::OutboxTable::Progress> failedTest(const Outbox& outbox, const std::string& channel);

}  // namespace arrivald::watch
