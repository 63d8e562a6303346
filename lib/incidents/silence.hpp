// Silence: what it matches is evaluated and shown, but nobody is notified of it. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/instant.hpp"
#include "rules/matcher.hpp"

namespace arrivald::incidents {

struct Incident;

struct Silence {
  std::int64_t id = 0;        ///< 0: a maintenance window of the configuration
  std::string name;           ///< of such a window
  std::int64_t incident = 0;  ///< only this one; 0: any
  rules::Matcher match;
  std::string by, why;
  Instant created{};
  Instant begin{}, end{};
  bool untilOver = false;  ///< of one incident: it ends with it, at `end` at the latest
  bool atTimes = false;    ///< given by times of the day, not by a duration: a clock that is set leaves them
  friend bool operator==(const Silence&, const Silence&) = default;
};
inline constexpr std::size_t kMaxSilences = 200;
inline constexpr Duration kLongestSilence = std::chrono::days(30);

constexpr bool isActive(const Silence& silence, Instant now) {
  return silence.begin <= now && now < silence.end;
}

/// Whether all that the incident is about is meant: each receiver, category and cause that its root names,
/// and the rules and subjects of all its members. One that is about more than what is meant is not silenced.
bool silences(const Silence& silence, const Incident& incident);
bool silences(const Silence& silence, const rules::AlertKey& key);

/// The active one of those that match which ends last; null: there is none.
const Silence* silencing(std::span<const Silence> all, const Incident& incident, Instant now);
const Silence* silencing(std::span<const Silence> all, const rules::AlertKey& key, Instant now);

}  // namespace arrivald::incidents
