// AccountFacts: numbers of an account that are neither mail nor lists: unreadable events, the plan's credits,
// the provider's opinion. A part of Facts.
#pragma once

#include <optional>
#include <string_view>

#include "base/instant.hpp"
#include "rules/input.hpp"

namespace arrivald::rules {

/// Read-only. Nothing behind it may change during an evaluation.
class AccountFacts {
 public:
  virtual ~AccountFacts() = default;

  /// `input` is one for which ofAccountOnly() holds; `window` ends at `now` and is ignored by inputs of the
  /// present. Nothing if the number is unknown: not read lately, not applicable to the account's plan.
  virtual std::optional<double> accountNumber(std::string_view account, Input input, Duration window,
                                              Instant now) const {
    static_cast<void>(account), static_cast<void>(input), static_cast<void>(window), static_cast<void>(now);
    return std::nullopt;
  }
  /// The stretch of time before `now` that decided accountNumber(): `window`, unless less is known or a
  /// shorter one tells more.
  virtual Duration decidedWithin(std::string_view account, Input input, Duration window, Instant now) const {
    static_cast<void>(account), static_cast<void>(input), static_cast<void>(now);
    return window;
  }
  /// Whether an earlier answer than the one that accountNumber() tells bears it out: of creditsLeft one that
  /// still had credits, so that they ran out since; of the others any. Else it is the provider's first word.
  virtual bool isBorneOut(std::string_view account, Input input, Instant now) const {
    static_cast<void>(account), static_cast<void>(input), static_cast<void>(now);
    return false;
  }
};

}  // namespace arrivald::rules
