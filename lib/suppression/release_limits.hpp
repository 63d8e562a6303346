// release_limits: what a draft offers to release, what a person has to confirm, and how much may be released
// at a time. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "suppression/advice.hpp"

namespace arrivald::suppression {

/// Whether entries that are the recipient's own wish (isWish()) can be released at all.
enum class Wishes : std::uint8_t { kept, releasedByAdmins };

struct ReleaseLimits {
  std::size_t perRequest = 20;
  std::size_t perDay = 50;  ///< of a user, by the calendar day of the desk's zone
  Wishes wishes = Wishes::kept;
};
inline constexpr std::size_t kMaxMemoCharacters = 200;

/// Who may release an entry.
enum class Requirement : std::uint8_t { anOperator, anAdmin, nobody };
/// `failedAgain`: since when it is known that the mail after an earlier release of the address failed.
Requirement requirementOf(List list, std::optional<Instant> failedAgain, const ReleaseLimits& limits);

/// Why somebody releases; a person has to choose one. The numbers are stored.
enum class Motive : std::uint8_t {
  theyToldUs = 0,  ///< the recipient has contacted us
  mended = 1,      ///< a fault or a setting was mended
  oneTry = 2,      ///< one mail is sent to see
  other = 3,
};
inline constexpr std::array kMotives = {Motive::theyToldUs, Motive::mended, Motive::oneTry, Motive::other};
/// "they_told_us", "mended", "one_try", "other".
std::string_view name(Motive motive);
std::optional<Motive> motiveNamed(std::string_view name);

/// What a person decides to release.
enum class Extent : std::uint8_t {
  advised = 0,  ///< what follows the advice
  all = 1,      ///< everything, the number typed
};
std::string_view name(Extent extent);
std::optional<Extent> extentNamed(std::string_view name);

/// Whether a person has ticked the fact that an entry of Advice::onceConfirmed asks for.
enum class Assertion : std::uint8_t { missing, given };

/// A row of a draft as far as the decision needs it.
struct DraftRow {
  Advice advice = Advice::doNot;
  Assertion assertion = Assertion::missing;
};
/// Released by Extent::advised: safe, or asserted where that is asked for.
bool isAdvised(const DraftRow& row);
/// The rows of each advice; the groups of the page, in the order of kAdvices.
std::array<std::size_t, kAdvices.size()> countByAdvice(std::span<const DraftRow> rows);
std::size_t countAdvised(std::span<const DraftRow> rows);

/// Why that many entries are not released now.
struct OverLimit {
  enum class Of : std::uint8_t { request, day } of = Of::request;
  std::size_t wanted = 0;
  std::size_t fits = 0;  ///< how many would be released
  std::size_t max = 0;
  friend bool operator==(const OverLimit&, const OverLimit&) = default;
};
/// `releasedToday`: counted against the day of this user so far.
std::optional<OverLimit> overLimit(const ReleaseLimits& limits, std::size_t wanted,
                                   std::size_t releasedToday);
std::size_t leftToday(const ReleaseLimits& limits, std::size_t releasedToday);

}  // namespace arrivald::suppression
