// catalogue: the name, type, labels and help text of every exported metric.
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
/// "counter", "gauge" or "histogram", as in Prometheus' text format.
std::string_view name(Type type);

/// Metrics with few series: one per account, task, list, channel or target. In the order of the table.
enum class Single {
  pollSeconds,
  pollErrors,
  pollLastSuccess,
  pollAge,
  rateLimit,
  rateLimitRemaining,
  creditsRemaining,
  creditsLimit,
  reputation,
  statisticsContradictory,
  malformed,
  missedRuns,
  corrections,
  dataLastChange,
  dataUnchanged,
  foldedNames,
  listEntries,
  listReadTo,
  listAdded,
  listRemoved,
  listCauses,
  listCausesRemoved,
  listCauseEntries,
  released,
  releasesArrived,
  releasesFailedAgain,
  streamBatches,
  streamEvents,
  streamRepeated,
  streamMalformed,
  streamLate,
  streamDropped,
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
  incidentsOpen,
  incidentsAcknowledged,
  incidentsOpened,
  notifications,
  outboxWaiting,
  outboxUndeliverable,
  outboxOldest,
  dmarcInputs,
  dmarcRefused,
  dmarcIntake,
  dmarcMessages,
  dmarcDispositions,
  dmarcSources,
  dmarcOwnPass,
  dmarcCoverage,
  dmarcDay,
  dmarcReady,
  dmarcConditions,
  storeWritable,
  storeRefused,
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
inline constexpr std::size_t kSingleCount = 81;

struct SingleMetric {
  Single id;
  std::string_view name;
  Type type;
  std::array<std::string_view, 4> labels;  ///< names; unused ones are empty
  std::string_view help;
};
const SingleMetric& describe(Single id);

/// All values of a counter's last label, where they are known in advance: these series are exported with 0
/// from the start, so that increase() sees the first event. Empty for all other metrics.
std::span<const std::string_view> knownValues(Single id);

/// Metrics with many series: one per subject, for gauges one per subject and window. Their names are
/// "arrivald_" + the dimension and "_" (nothing for the account itself) + the stem; their labels are the
/// account, the dimension and the window.
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
/// Counters of arrivald, increased by the growth of the provider's numbers; the same metrics also have
/// "today_" gauges.
std::span<const MailCounter> mailCounters();
std::span<const WindowGauge> windowGauges();
/// False for combinations that would always be 0: mailbox-provider statistics and the event stream (domain
/// groups) have "drops" in place of four other metrics, and the event stream has no unique opens and clicks.
bool applies(delivery::Metric metric, delivery::Dimension dimension);
/// False if the provider has no day totals for the dimension.
bool hasToday(delivery::Dimension dimension);
/// The number of series that a subject of this dimension has with `windows` windows.
std::size_t seriesOf(delivery::Dimension dimension, std::size_t windows);

inline constexpr std::string_view kWindowCovered = "window_covered_seconds";
inline constexpr std::string_view kWindowCoveredHelp =
    "How much of the window has been read; the window's other metrics are absent while that is too little";

/// Appended to the help text of the counters, which cannot fall.
inline constexpr const char* kTotalHelp =
    "; what the provider counted too much for a while stays counted, unlike in the window gauges";
/// Appended to the help text of the "today_" gauges.
inline constexpr const char* kTodayHelp =
    "; as the provider reports it for the account's current day: not a counter, falls to 0 at the account's "
    "midnight";

inline constexpr std::string_view kAlerts = "arrivald_alerts";
inline constexpr std::string_view kAlertsHelp =
    "Always 1; one series for each alert that is pending, firing or recovering, of the first 1000";

/// "arrivald_category_": the prefix of the names of this dimension's metrics.
std::string prefix(delivery::Dimension dimension);
/// The label that distinguishes the dimension's subjects; empty for the account itself.
std::string_view labelOf(delivery::Dimension dimension);

/// All metrics, expanded by dimension: for tests.
struct Description {
  std::string name;
  Type type;
  std::string labels;  ///< "account, category, window"
  std::string help;
};
std::vector<Description> catalogue();

}  // namespace arrivald::metrics
