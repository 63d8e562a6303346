// Mail: what incidents are found in: an account's mail of the last hour by category, receiver and kind.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "incidents/grid.hpp"

namespace arrivald::incidents {

/// The windows of mail that has an outcome, shortest first.
inline constexpr std::array<Duration, 4> kWindows{std::chrono::minutes(10), std::chrono::minutes(20),
                                                  std::chrono::minutes(30), std::chrono::minutes(60)};
/// The shortest of kWindows that holds `wanted`, or the longest.
constexpr Duration windowFor(Duration wanted) {
  for (const Duration window : kWindows)
    if (window >= wanted) return window;
  return kWindows.back();
}

/// Mail that waits for longer than `after` is late.
enum class Late : std::uint8_t {
  soon,     ///< after three minutes: shows a stall
  overdue,  ///< after fifteen minutes
};
constexpr Duration lateAfter(Late late) { return std::chrono::minutes(late == Late::soon ? 3 : 15); }
/// The windows in which mail was accepted that is late now.
inline constexpr std::array<Duration, 2> kLateWindows{std::chrono::minutes(15), std::chrono::minutes(60)};

/// Shorter ones, of what has begun only lately, and with less mail of the time before it.
inline constexpr std::array<Duration, 4> kLateSinceBegun{std::chrono::minutes(1), std::chrono::minutes(3),
                                                         std::chrono::minutes(5), std::chrono::minutes(10)};

/// How much of a root's mail went wrong, by category and by receiver.
struct Part {
  std::string name;
  Numbers numbers;
  friend bool operator==(const Part&, const Part&) = default;
};
struct Breakdown {
  std::vector<Part> categories, receivers;
  void add(const Breakdown& other);
  /// Of all categories together.
  Numbers whole() const;
  friend bool operator==(const Breakdown&, const Breakdown&) = default;
};

/// All mail of a window, whatever befell it; of a dimension that no grid knows, nothing.
Breakdown breakdownOf(const Grids& grids);

/// Read-only; nothing behind it changes during one look.
class Mail {
 public:
  virtual ~Mail() = default;

  /// How far back the table holds all mail.
  virtual Duration covered() const = 0;
  /// Of so many minutes, the present one the last, not all outcomes are known yet.
  virtual int unsettled() const { return 3; }
  /// Mail with an outcome in one of kWindows before now.
  virtual Grids shares(Duration window) const = 0;
  /// Mail without one, accepted in a window of kLateWindows or kLateSinceBegun; nothing where that is not
  /// known.
  virtual std::optional<Grid> late(Late late, Duration window) const = 0;
  /// The root's mail of each of the last minutes, oldest first, at most 90; empty where it is not known.
  virtual std::vector<Numbers> minutes(const Root& root) const = 0;
  /// The root's mail of the minute that was the present one so many minutes ago, by category and by receiver.
  virtual Breakdown breakdown(const Root& root, int minutesAgo) const = 0;
};

}  // namespace arrivald::incidents
