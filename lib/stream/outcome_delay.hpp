// OutcomeDelay: how late the outcomes of mail are told by events: posted at once as a rule, by some systems
// in lumps of minutes.
//
// Pure, no I/O; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/instant.hpp"

namespace arrivald::stream {

/// A value.
class OutcomeDelay {
 public:
  /// What comes later was posted again, after a downtime of the receiver.
  static constexpr Duration kLongest = std::chrono::minutes(20);
  /// Of so few outcomes nothing is known.
  static constexpr unsigned kEnough = 20;

  OutcomeDelay() = default;
  /// What comes later than `longest`, up to 18 hours, is not noted.
  explicit OutcomeDelay(Duration longest) : longest_(longest) {}
  void note(Instant at, Instant received);
  /// What nine in ten of the last outcomes do not exceed; nothing if there were not enough.
  std::optional<Duration> nineInTen() const;

 private:
  Duration longest_ = kLongest;
  std::array<std::uint16_t, 256> seconds_{};  // of the last outcomes
  unsigned next_ = 0, known_ = 0;
};

}  // namespace arrivald::stream
