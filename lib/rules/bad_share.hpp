// BadShare and BadMail: how much mail went wrong. The code uses this one sense throughout; inOwnTerms()
// converts to a delivery rate at the boundaries: texts, metrics and YAML.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace arrivald::rules {

/// A share of bad mail: 0 is best, 1 is worst.
class BadShare {
 public:
  constexpr BadShare() = default;
  constexpr explicit BadShare(double share) : share_(share) {}
  /// The complement of a share of good mail: 2 % for a delivery rate of 98 %.
  static constexpr BadShare missingTo(double good) { return BadShare(1 - good); }

  constexpr double value() const { return share_; }
  /// The complement: the share of good mail.
  constexpr double good() const { return 1 - share_; }

  friend constexpr auto operator<=>(BadShare, BadShare) = default;
  friend constexpr BadShare operator*(BadShare share, double factor) {
    return BadShare(share.share_ * factor);
  }
  friend constexpr BadShare operator+(BadShare a, BadShare b) { return BadShare(a.share_ + b.share_); }

 private:
  double share_ = 0;
};

/// `bad` of `total` mails had the outcome that a rule watches for. 0 ≤ bad ≤ total.
struct BadMail {
  std::int64_t bad = 0;
  std::int64_t total = 0;

  /// Nothing if there is no mail.
  constexpr std::optional<BadShare> share() const {
    if (total <= 0) return std::nullopt;
    return BadShare(static_cast<double>(bad) / static_cast<double>(total));
  }
  constexpr BadMail& operator+=(const BadMail& other) {
    bad += other.bad;
    total += other.total;
    return *this;
  }
  friend bool operator==(const BadMail&, const BadMail&) = default;
};

}  // namespace arrivald::rules
