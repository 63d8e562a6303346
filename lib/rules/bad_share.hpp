// BadShare and BadMail: how much mail went wrong. Stated in this one sense throughout; what people read as a
// delivery rate is made of it by inOwnTerms() where words, metrics or YAML are.
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
  /// What is missing to a share of good mail: 2 % to a delivery rate of 98 %.
  static constexpr BadShare missingTo(double good) { return BadShare(1 - good); }

  constexpr double value() const { return share_; }
  /// The share of all other mail.
  constexpr double good() const { return 1 - share_; }

  friend constexpr auto operator<=>(BadShare, BadShare) = default;
  friend constexpr BadShare operator*(BadShare share, double factor) {
    return BadShare(share.share_ * factor);
  }
  friend constexpr BadShare operator+(BadShare a, BadShare b) { return BadShare(a.share_ + b.share_); }

 private:
  double share_ = 0;
};

/// `bad` of `total` mails went the way that a rule watches for. 0 ≤ bad ≤ total.
struct BadMail {
  std::int64_t bad = 0;
  std::int64_t total = 0;

  /// Nothing of no mail: that is neither all nor none.
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
