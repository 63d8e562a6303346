// Registry: every exported metric. The names, types and help texts are in catalogue.cpp; here is who may
// write what. All calls on the loop thread; none waits, allocates much or fails. Names that come from outside
// are bounded in length and number, so a scrape's size is bounded too. No address ever becomes a label:
// values that look like one are masked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"

namespace arrivald::metrics {

struct Options {
  std::string version;
  /// Names of each dimension that get series of their own, per account; further ones are counted together
  /// under the name "other", which a name of that very spelling shares.
  std::map<delivery::Dimension, std::size_t> namesPerDimension;
  std::size_t namesOtherwise = 100;  ///< for dimensions that are not in the map
};

/// What a window of one subject shows. Ratios may exceed 1 (late mail) and are unknown without a denominator.
struct WindowValues {
  delivery::Counts counts;
  Duration covered{};
  std::optional<double> deliveredByOutcome;  ///< delivered / (delivered + bounces + blocks)
  std::optional<double> deliveredByRequest;  ///< delivered / requests
  std::optional<double> deliveredLessDrops;  ///< delivered / (requests − drops)
  std::optional<double> bounced;
  std::optional<double> blocked;
  std::optional<double> dropped;
  std::optional<double> spamReported;
};

/// The series of one subject. The reference stays good until the subject is forgotten.
class SubjectSeries {
 public:
  virtual ~SubjectSeries() = default;
  /// Raises the counters; negative parts are ignored, since a counter never falls.
  virtual void add(const delivery::Counts& increment) = 0;
  /// The provider's own totals of the account's current day, as they are. Nothing for a folded subject.
  virtual void setToday(const std::optional<delivery::Counts>& totals) = 0;
  /// No values: the window is unknown and its series are absent. Nothing for a folded subject.
  virtual void setWindow(Duration window, const std::optional<WindowValues>& values) = 0;
  /// True if this subject has no series of its own.
  virtual bool folded() const = 0;
};

/// One job of one account.
class JobSeries {
 public:
  virtual ~JobSeries() = default;
  virtual void succeeded(Duration took, Instant at) = 0;
  /// `kind`: the failure's name, such as "throttled".
  virtual void failed(std::string_view kind, Duration took) = 0;
};

struct AlertSample {
  std::string rule;
  std::string severity;
  std::string state;  ///< "pending", "firing", …: whatever the rules call it
  delivery::Subject subject;
};

enum class ListChange { added, removed };

class Registry {
 public:
  Registry(const Clock& clock, Options options);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Mail
  SubjectSeries& subject(const delivery::Subject& subject);
  void forget(const delivery::Subject& subject);
  /// Everything about an account that is no longer configured.
  void forgetAccount(std::string_view account);
  void corrected(std::string_view account, delivery::Dimension dimension, std::int64_t cells);
  /// When one of the provider's numbers of this account last moved.
  void dataChanged(std::string_view account, Instant at);

  // Polling
  JobSeries& job(std::string_view account, std::string_view job);
  void rateLimit(std::string_view account, std::string_view endpoint, std::optional<std::int64_t> limit,
                 std::optional<std::int64_t> remaining);
  /// Values, fields or rows in answers that could not be used.
  void odd(std::string_view account, std::string_view what, std::int64_t count);
  void missedRuns(std::string_view job, std::int64_t count);

  // Suppression lists
  void listSize(std::string_view account, std::string_view list, std::int64_t entries);
  void listChanged(std::string_view account, std::string_view list, ListChange change, std::int64_t entries);

  // Alerts: replaces all that were there.
  void alerts(const std::vector<AlertSample>& samples);

  // Telling
  void notified(std::string_view channel, std::string_view outcome);
  void outbox(std::int64_t waiting, std::int64_t undeliverable, std::optional<Instant> oldest);
  void heartbeat(std::string_view outcome);

  // Ourselves
  void configAccepted(Instant at);
  void configRefused();
  void clockStepped(Duration step);
  /// 0 none … 3 critical; nothing: the page could not be read.
  void statusPage(std::optional<int> indicator, std::int64_t unresolvedIncidents);
  void loopDelayed(Duration delay);

  /// The whole exposition in Prometheus' text format 0.0.4. Reads /proc for the process metrics; touches
  /// nothing else outside.
  std::string expose();
  static std::string_view contentType();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::metrics
