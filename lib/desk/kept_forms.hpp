// KeptForms: what a form held that came after the session had ended, until the same user has logged in again.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "desk/form.hpp"
#include "desk/token.hpp"

namespace arrivald::desk {

/// Resource; loop thread only. In memory.
class KeptForms {
 public:
  static constexpr std::size_t kMaxKept = 50;
  static constexpr Duration kKept = std::chrono::hours(12);

  KeptForms(const Clock& clock, RandomBytes random) : clock_(clock), random_(std::move(random)) {}
  KeptForms(const KeptForms&) = delete;
  KeptForms& operator=(const KeptForms&) = delete;

  /// The wall clock was set: ages do not change.
  void shift(Duration step);

  /// Returns a key that works once.
  std::string keep(const std::string& user, Form form);
  /// The number of rows that the form had ticked; 0 for an unknown key.
  std::size_t ticksOf(std::string_view key) const;
  /// The form, once, and only for the user who sent it.
  std::optional<Form> take(std::string_view key, std::string_view user);

 private:
  struct Kept {
    std::string key, user;
    Form form;
    Instant until{};
  };
  const Clock& clock_;
  RandomBytes random_;
  std::deque<Kept> kept_;  // oldest first
};

}  // namespace arrivald::desk
