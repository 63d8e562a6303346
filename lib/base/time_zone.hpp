// TimeZone: converts between instants and local dates and times. The rules are the system's tzdata.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace arrivald {

/// A value; refers to the process-wide time zone database, which is never unloaded.
class TimeZone {
 public:
  /// UTC.
  TimeZone();
  /// By IANA name: "Asia/Tokyo", "America/Los_Angeles", "UTC". Fails with Error::Kind::invalid.
  static Result<TimeZone> find(std::string_view name);
  /// All names that find() accepts, sorted: for "did you mean" suggestions.
  static std::vector<std::string> names();

  const std::string& name() const { return name_; }
  Date dateOf(Instant instant) const;
  /// The local time of `instant` in this zone.
  std::chrono::local_time<Duration> local(Instant instant) const;
  /// The first instant of `date` in this zone; where DST skips midnight, the first instant that exists.
  Instant startOf(Date date) const;
  /// The instants whose local time is `local`: none in a DST gap, two in an overlap (the earlier one first).
  struct Reading {
    int count;
    Instant first;   ///< if count is 0: the instant of the transition that skips the local time
    Instant second;  ///< only if count is 2
  };
  Reading instantsAt(std::chrono::local_time<std::chrono::seconds> local) const;
  /// "2026-11-23 14:04", in local time.
  std::string minuteText(Instant instant) const;
  /// "2026-11-23 14:04 JST", for wherever no heading names the zone; "… UTC+04:00" where the zone has no
  /// abbreviation.
  std::string zonedText(Instant instant) const;

  friend bool operator==(const TimeZone& a, const TimeZone& b) { return a.name_ == b.name_; }

 private:
  std::string name_;
  const void* zone_;  // date::time_zone; its header would add a second of compile time to each file
};

}  // namespace arrivald
