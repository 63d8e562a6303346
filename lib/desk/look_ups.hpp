// LookUps: addresses that somebody asked about, by a key that may stand in a URL where no address may.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "desk/token.hpp"

namespace arrivald::desk {

/// What a person typed to ask about.
struct Asked {
  enum class Of { nothing, address, domain } of = Of::nothing;
  std::string text;
};
/// Mends blanks, "mailto:", "<…>" and full-width signs. What has no "@" but a dot is a domain.
Asked readAsked(std::string_view typed);

/// Resource; loop thread only. In memory: after a restart one asks again.
class LookUps {
 public:
  static constexpr std::size_t kMaxKept = 10'000;
  static constexpr Duration kKept = std::chrono::hours(12);

  LookUps(const Clock& clock, RandomBytes random) : clock_(clock), random_(std::move(random)) {}
  LookUps(const LookUps&) = delete;
  LookUps& operator=(const LookUps&) = delete;

  /// The wall clock was set: ages do not change.
  void shift(Duration step);

  /// The key of an address; the same one while it is kept.
  std::string keep(const std::string& address);
  std::optional<std::string> find(std::string_view key) const;

 private:
  struct Kept {
    std::string address;
    Instant until{};
  };
  const Clock& clock_;
  RandomBytes random_;
  std::map<std::string, Kept, std::less<>> byKey_;
  std::deque<std::string> oldestFirst_;
};

}  // namespace arrivald::desk
