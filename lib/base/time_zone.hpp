// TimeZone: which calendar day an instant belongs to, where. The zone rules are the system's (tzdata).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace arrivald {

/// A value; refers to the process-wide zone database, which is never unloaded.
class TimeZone {
 public:
  /// UTC.
  TimeZone();
  /// By IANA name: "Asia/Tokyo", "America/Los_Angeles", "UTC".
  static Result<TimeZone> find(std::string_view name);
  /// All names that find() knows, in order: for messages such as "did you mean".
  static std::vector<std::string> names();

  const std::string& name() const { return name_; }
  Date dateOf(Instant instant) const;
  /// Wall time shown by a clock in this zone.
  std::chrono::local_time<Duration> local(Instant instant) const;
  /// The first instant of `date` here; where midnight is skipped by DST, the first instant that exists.
  Instant startOf(Date date) const;
  /// Every instant at which clocks here show `local`: none in a DST gap, two in an overlap (earlier first).
  struct Reading {
    int count;
    Instant first;   ///< count 0: the instant of the transition that skips it
    Instant second;  ///< only for count 2
  };
  Reading instantsAt(std::chrono::local_time<std::chrono::seconds> local) const;
  /// "2026-11-23 14:04" as a clock here shows it.
  std::string minuteText(Instant instant) const;

  friend bool operator==(const TimeZone& a, const TimeZone& b) { return a.name_ == b.name_; }

 private:
  std::string name_;
  const void* zone_;  // date::time_zone, kept out of the header: it costs a second of compile time a file
};

}  // namespace arrivald
