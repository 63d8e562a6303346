// catalogue: the name, type and help text of every exported metric, in one place.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/metric.hpp"
#include "delivery/subject.hpp"
#include "rules/input.hpp"

namespace arrivald::metrics {

enum class Type { counter, gauge, histogram };
/// "counter", …: the spelling of the text format.
std::string_view name(Type type);

/// Metrics that are few: one series an account, a job, a list, a channel. In the order of the table.
enum class Single {
  pollSeconds,
  pollErrors,
  pollLastSuccess,
  pollAge,
  rateLimit,
  rateLimitRemaining,
  malformed,
  missedRuns,
  corrections,
  dataLastChange,
  dataUnchanged,
  foldedNames,
  listEntries,
  listAdded,
  listRemoved,
  listCauses,
  streamBatches,
  streamEvents,
  streamRepeated,
  streamMalformed,
  streamLost,
  streamLatency,
  streamPercentile,
  streamInFlight,
  streamOverdue,
  streamOldest,
  forwardsWaiting,
  forwardLag,
  forwarded,
  streamDifference,
  streamLag,
  alertsByState,
  notifications,
  outboxWaiting,
  outboxUndeliverable,
  outboxOldest,
  heartbeats,
  statusPage,
  statusPageIncidents,
  configAccepted,
  configRefused,
  configLastGood,
  configLastAccepted,
  clockSteps,
  clockLastStep,
  buildInfo,
  processCpu,
  processResident,
  processVirtual,
  processOpenFiles,
  processMaxFiles,
  processStart,
  processThreads,
};
inline constexpr std::size_t kSingleCount = 53;

struct SingleMetric {
  Single id;
  std::string_view name;
  Type type;
  std::array<std::string_view, 4> labels;  ///< empty ones do not count
  std::string_view help;
};
const SingleMetric& describe(Single id);

/// What the last label of a counter can be, where that is known beforehand: such series are there with 0
/// before anything has happened, so that increase() sees the first time. Empty for all other metrics.
std::span<const std::string_view> knownValues(Single id);

/// Metrics that are many: one series a subject, some also a window. Their names are
/// "arrivald_" + the dimension (nothing for the account itself) + the stem; their labels are the account, the
/// dimension and the window.
struct MailCounter {
  delivery::Metric metric;
  std::string_view stem;
  std::string_view help;
};
struct WindowGauge {
  rules::Input input;
  std::string_view stem;
  std::string_view help;
};
/// Own counters, fed by what the provider's numbers grew; the same metrics also give the "today_" gauges.
std::span<const MailCounter> mailCounters();
std::span<const WindowGauge> windowGauges();
/// False for what would be 0 for ever: mailbox-provider statistics and the event stream, of which groups of
/// domains are known, have "drops" for four other metrics, and the event stream knows no first openings and
/// clicks.
bool applies(delivery::Metric metric, delivery::Dimension dimension);
/// False where no day totals of the provider are read.
bool hasToday(delivery::Dimension dimension);
/// How many series a subject of this dimension has, in as many windows.
std::size_t seriesOf(delivery::Dimension dimension, std::size_t windows);

inline constexpr std::string_view kWindowCovered = "window_covered_seconds";
inline constexpr std::string_view kWindowCoveredHelp =
    "How much of the window has been read; the window's other metrics are absent while that is too little";

/// Ends the help text of the "today_" gauges.
inline constexpr const char* kTodayHelp =
    "; as the provider states it for the account's current day: no counter, falls to 0 at the account's "
    "midnight";

inline constexpr std::string_view kAlerts = "arrivald_alerts";
inline constexpr std::string_view kAlertsHelp =
    "Always 1; one series for each alert that is pending, firing or recovering, of the first 1000";

/// "arrivald_category_": what metrics of this dimension begin with.
std::string prefix(delivery::Dimension dimension);
/// The label that tells the dimension's subjects apart; empty for the account itself.
std::string_view labelOf(delivery::Dimension dimension);

/// Everything there is, expanded: for the reference in the README, and for tests.
struct Description {
  std::string name;
  Type type;
  std::string labels;  ///< "account, category, window"
  std::string help;
};
std::vector<Description> catalogue();

}  // namespace arrivald::metrics
