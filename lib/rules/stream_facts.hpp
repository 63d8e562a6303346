// StreamFacts and ListFacts: what rules ask of those who own an account's event stream and its suppression
// lists. They implement these; the rules know nothing else of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"

namespace arrivald::rules {

/// Read-only. `now` is the evaluation's; nothing behind it may change while rules are being evaluated.
class StreamFacts {
 public:
  virtual ~StreamFacts() = default;

  /// Whether the account's event stream tells all that happens, so that its windows take over from the
  /// statistics'.
  virtual bool alive(std::string_view account, Instant now) const = 0;

  /// Of an account or a domain group: messages in flight.
  struct Waiting {
    std::int64_t overdue = 0;   ///< processed in [now − after − window, now − after]
    std::int64_t messages = 0;  ///< whenever they were
    std::int64_t deferred = 0;  ///< of these, put off at least once
    Duration oldest{0};
    std::optional<double> usualShare;  ///< of mail that takes longer than `after`, as learned
  };
  /// Nothing without an event stream that is alive.
  virtual std::optional<Waiting> waiting(const delivery::Subject& subject, Duration after, Duration window,
                                         Instant now) const = 0;

  /// How long mail takes from processed to delivered, of what was delivered in (now − window, now].
  struct Latency {
    std::int64_t delivered = 0;
    Duration median{0}, p95{0}, p99{0};
  };
  /// Nothing without an event stream that is alive, or where nothing was delivered.
  virtual std::optional<Latency> latency(const delivery::Subject& subject, Duration window,
                                         Instant now) const = 0;

  /// Replies of the event stream in (now − window, now] whose cause is one of `causes`, by name; nothing
  /// without a stream that is alive.
  virtual std::optional<std::int64_t> causeCount(const delivery::Subject& subject,
                                                 const std::vector<std::string>& causes, Duration window,
                                                 Instant now) const = 0;

  /// A closed day of the account as statistics and stream have it.
  struct DayCompared {
    Date day;
    delivery::Counts statistics, events;
  };
  /// Nothing where one of them does not know the whole of it.
  virtual std::optional<DayCompared> dayCompared(std::string_view account, Instant now) const = 0;

  /// The stream's settings at the provider.
  struct SettingsSeen {
    std::string wrong;  ///< what is wrong with them, for people; empty if all is well
  };
  /// Nothing before they have been read.
  virtual std::optional<SettingsSeen> streamSettings(std::string_view account) const = 0;

  /// What the provider has done to the account: "compliance_suspend", "compliance_deactivate",
  /// "compliance_ban", or empty; nothing without an event stream.
  virtual std::optional<std::string> accountStatus(std::string_view account) const = 0;
};

/// Read-only, likewise.
class ListFacts {
 public:
  virtual ~ListFacts() = default;

  /// New entries of an account's suppression list ("bounces", …) in (end − window, end]; nothing where
  /// unknown.
  virtual std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list,
                                                 Duration window, Instant end) const = 0;
};

}  // namespace arrivald::rules
