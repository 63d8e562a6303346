// StreamFacts and ListFacts: what rules need to know about an account's event stream and suppression lists.
// The owners of those implement these interfaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"

namespace arrivald::rules {

/// What the statistics of the last day count and the event stream does not tell of.
enum class LackingPart : std::uint8_t {
  none,
  processed,
  delivered,
  failed,
  dropped,
  dayBoundary,  ///< nothing: the account's days begin at another hour than its time_zone says
};
/// "", "processed", "delivered", "failed", "dropped", "day_boundary".
std::string_view name(LackingPart part);
std::optional<LackingPart> lackingPartNamed(std::string_view name);

/// Read-only. `now` is the instant of the evaluation; nothing behind it may change meanwhile.
class StreamFacts {
 public:
  virtual ~StreamFacts() = default;

  /// Whether the account's event stream is complete at present, so that its windows replace those of the
  /// statistics.
  virtual bool alive(std::string_view account, Instant now) const = 0;

  /// Whether the stream brought what the statistics counted in (now − window, now], so that its counts of
  /// that window can be believed.
  virtual bool complete(std::string_view account, Duration window, Instant now) const {
    static_cast<void>(window);
    return alive(account, now);
  }

  /// Mail that the statistics of the last day have and the stream does not tell of, although it is not
  /// silent: event types that the event webhook leaves out, or batches that never came.
  struct Lacking {
    LackingPart part = LackingPart::none;
    std::int64_t statistics = 0, events = 0;
    std::string zone = {};  ///< "UTC-07:00": where the days begin, of LackingPart::dayBoundary
  };
  /// Nothing if all is there, if that is unknown, or if it has not lasted.
  virtual std::optional<Lacking> lacking(std::string_view account, Instant now) const {
    static_cast<void>(account), static_cast<void>(now);
    return std::nullopt;
  }

  /// Whether the stream has brought by now what the statistics count, although it may come late.
  virtual bool caughtUp(std::string_view account, Instant now) const { return alive(account, now); }

  /// Outcomes that the statistics counted since the last event and that no event told of. Nothing if that
  /// cannot be told apart from what the statistics count late.
  virtual std::optional<std::int64_t> unheard(std::string_view account, Instant now) const {
    static_cast<void>(account), static_cast<void>(now);
    return std::nullopt;
  }

  /// By how much the statistics count mail later than the stream at least; 0 if that is unknown.
  virtual Duration statisticsBehind(std::string_view account, Instant now) const {
    static_cast<void>(account), static_cast<void>(now);
    return {};
  }

  /// How late the stream tells the outcomes of mail: nine in ten come no later. Of a stream that has told few
  /// yet, how late they may be.
  virtual Duration outcomeDelay(std::string_view account) const {
    static_cast<void>(account);
    return {};
  }

  /// Failures that events told of long after they had happened.
  struct CameLate {
    Instant at;    ///< when they were counted
    Instant from;  ///< before the first minute in which one happened
    Instant to;    ///< after the last
  };
  /// The last ones; nothing if there were none.
  virtual std::optional<CameLate> cameLate(std::string_view account) const {
    static_cast<void>(account);
    return std::nullopt;
  }

  /// Of an account or a domain group: messages in flight.
  struct Waiting {
    std::int64_t overdue = 0;   ///< processed in [now − after − window, now − after]
    std::int64_t messages = 0;  ///< whenever they were processed
    std::int64_t deferred = 0;  ///< of these, deferred at least once
    Duration oldest{0};
    std::optional<double> usualShare;  ///< learned share of mail that takes longer than `after`
  };
  /// Nothing unless the event stream is alive.
  virtual std::optional<Waiting> waiting(const delivery::Subject& subject, Duration after, Duration window,
                                         Instant now) const = 0;

  /// The time from processed to delivered, of mail delivered in (now − window, now].
  struct Latency {
    std::int64_t delivered = 0;
    Duration median{0}, p95{0}, p99{0};
  };
  /// Nothing unless the event stream is alive and mail was delivered.
  virtual std::optional<Latency> latency(const delivery::Subject& subject, Duration window,
                                         Instant now) const = 0;

  /// Number of replies in (now − window, now] whose cause is one of `causes`, by name. Nothing unless the
  /// event stream is alive.
  virtual std::optional<std::int64_t> causeCount(const delivery::Subject& subject,
                                                 const std::vector<std::string>& causes, Duration window,
                                                 Instant now) const = 0;

  /// Failures beyond the first ones of a recipient domain and minute.
  struct Excess {
    Instant at;     ///< the end of the minute
    Instant added;  ///< when they were counted; the stream's windows contain them from the next mark on
    std::int64_t failures = 0;
  };
  /// All failures of the last day beyond the first `max` of each domain and minute, of an account or a domain
  /// group. Nothing for other subjects, and without an event stream.
  virtual std::optional<std::vector<Excess>> excessFailures(const delivery::Subject& subject,
                                                            std::int64_t max) const = 0;

  /// A completed day of the account in statistics and event stream.
  struct DayCompared {
    Date day;
    delivery::Counts statistics, events;
  };
  /// Nothing unless both cover the whole day.
  virtual std::optional<DayCompared> dayCompared(std::string_view account, Instant now) const = 0;

  /// The event webhook's settings at the provider.
  struct SettingsSeen {
    std::string wrong;  ///< comma-separated defects, see watch::wrongSettings(); empty if correct
  };
  /// Nothing before they have been read.
  virtual std::optional<SettingsSeen> streamSettings(std::string_view account) const = 0;

  /// What the provider did to the account: "compliance_suspend", "compliance_deactivate",
  /// "compliance_ban", or empty; nothing without an event stream.
  virtual std::optional<std::string> accountStatus(std::string_view account) const = 0;
};

/// Read-only, likewise.
class ListFacts {
 public:
  virtual ~ListFacts() = default;

  /// New entries of an account's suppression list ("bounces", …) in (end − window, end]; nothing if
  /// unknown.
  virtual std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list,
                                                 Duration window, Instant end) const = 0;

  /// New entries of the lists that hold replies in (end − window, end] whose cause is one of `causes`, by
  /// name: of an account or a domain group. Nothing for other subjects, and before the first complete crawl.
  virtual std::optional<std::int64_t> listedCauses(const delivery::Subject& subject,
                                                   const std::vector<std::string>& causes, Duration window,
                                                   Instant end) const {
    static_cast<void>(subject), static_cast<void>(causes), static_cast<void>(window), static_cast<void>(end);
    return std::nullopt;
  }

  /// How many such entries were created in an ordinary `window` of the four weeks before (end − window, end],
  /// also on days before arrivald was there; a flood of one day hardly counts. Nothing as above.
  virtual std::optional<double> usuallyListed(const delivery::Subject& subject,
                                              const std::vector<std::string>& causes, Duration window,
                                              Instant end) const {
    static_cast<void>(subject), static_cast<void>(causes), static_cast<void>(window), static_cast<void>(end);
    return std::nullopt;
  }

  /// Entries of the list of blocks.
  struct ListedBlocks {
    std::int64_t lately = 0;  ///< new within the window
    bool before = false;      ///< whether there was any before the window, however long ago
  };
  /// Of an account or a domain group; nothing as above.
  virtual std::optional<ListedBlocks> listedBlocks(const delivery::Subject& subject, Duration window,
                                                   Instant end) const {
    static_cast<void>(subject), static_cast<void>(window), static_cast<void>(end);
    return std::nullopt;
  }

  /// The domain groups of an account that have new entries in (end − window, end].
  virtual std::vector<delivery::Subject> listedGroups(std::string_view account, Duration window,
                                                      Instant end) const {
    static_cast<void>(account), static_cast<void>(window), static_cast<void>(end);
    return {};
  }
};

}  // namespace arrivald::rules
