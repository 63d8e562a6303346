// silence: nobody is notified of what is known, or planned. Loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "incidents/silence.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// As it is asked for by a command or a request; what is empty was not given.
struct AddSilence {
  static constexpr Duration kFarthest = std::chrono::days(366);
  std::int64_t incident = 0;
  rules::Matcher match = {};
  std::string by = {}, why = {};
  std::string length = {};  ///< "8h"; excludes `until`
  std::string from = {};    ///< a time; without one, now
  std::string until = {};   ///< a time, or "over" of an incident
};

/// A time as people give it: RFC 3339, "2026-11-28 18:00" or "2026-11-28" in the zone, or "18:00", which is
/// the next one after `after`.
Result<Instant> readTime(std::string_view text, const TimeZone& zone, Instant after);

/// Stores it, and marks what it silences. Returns its number. Error::Kind::invalid says what is wrong and how
/// it is asked for rightly, Error::Kind::notFound that no incident of that number goes on.
Result<std::int64_t> addSilence(Owners& owners, const config::Config& config, const AddSilence& asked);
/// Why it may silence nothing: a receiver or a category that is not known, with the nearest that is. Empty if
/// all that it names is known.
Phrase doubtOf(const rules::Matcher& match, const Owners& owners, const config::Config& config);
/// Ends it now: what is still bad is notified by the next look.
Done endSilence(Owners& owners, const config::Config& config, std::int64_t id);

/// The maintenance windows that are on, or come within a month, as silences.
std::vector<incidents::Silence> maintenanceAt(const config::Config& config, Instant now);
/// All that are on or planned, maintenance windows too, those that are on first.
std::vector<incidents::Silence> currentSilences(const Owners& owners, const config::Config& config);

/// {"silences": […]}: each with what it matches, whom it is by, and the numbers of the incidents that it
/// silences now. Times are RFC 3339.
std::string silencesJson(const Owners& owners, const config::Config& config);
/// A line each.
std::vector<std::string> silenceLines(const Owners& owners, const config::Config& config, Language language);

}  // namespace arrivald::watch
