// Metric, Metrics and Counts: the provider's metrics, sets of them, and one number for each.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace arrivald::delivery {

/// The metrics of SendGrid's statistics, under its names, and `returned`. Mailbox-provider statistics have
/// `drops` in place of the four kinds of drops. The numbers are stored, as positions in the blobs of counts:
/// a new metric is added at the end, and none is moved or removed without a migration.
enum class Metric : std::uint8_t {
  requests = 0,
  processed = 1,
  delivered = 2,
  deferred = 3,  ///< delivery attempts, not messages: may exceed requests, so never a denominator
  bounces = 4,
  blocks = 5,
  bounceDrops = 6,
  spamReportDrops = 7,
  unsubscribeDrops = 8,
  invalidEmails = 9,
  drops = 10,
  spamReports = 11,
  unsubscribes = 12,
  opens = 13,
  uniqueOpens = 14,
  clicks = 15,
  uniqueClicks = 16,
  /// Delivered mails that bounced afterwards, at the time of their delivery. Counted by the event stream
  /// only: in the statistics such a mail is one delivered and one bounce.
  returned = 17,
};
inline constexpr std::size_t kMetricCount = 18;
static_assert(static_cast<std::size_t>(Metric::returned) + 1 == kMetricCount);

/// All metrics, in the order of the enumeration.
constexpr std::array<Metric, kMetricCount> allMetrics() {
  std::array<Metric, kMetricCount> all{};
  for (std::size_t i = 0; i < kMetricCount; ++i) all[i] = static_cast<Metric>(i);
  return all;
}

/// "bounce_drops": the spelling of the provider's JSON and of our metric names.
std::string_view name(Metric metric);
std::optional<Metric> metricNamed(std::string_view name);

/// A set of metrics. Stored as its bits.
class Metrics {
 public:
  constexpr Metrics() = default;
  constexpr Metrics(std::initializer_list<Metric> metrics) {
    for (const Metric metric : metrics) insert(metric);
  }
  static constexpr Metrics ofBits(std::uint32_t bits) {
    Metrics metrics;
    metrics.bits_ = bits;
    return metrics;
  }
  static constexpr Metrics all() { return ofBits((1U << kMetricCount) - 1); }
  constexpr void insert(Metric metric) { bits_ |= 1U << static_cast<unsigned>(metric); }
  constexpr bool contains(Metric metric) const { return (bits_ >> static_cast<unsigned>(metric) & 1U) != 0; }
  constexpr bool intersects(Metrics other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  constexpr Metrics& operator|=(Metrics other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr Metrics operator|(Metrics a, Metrics b) { return a |= b; }
  friend constexpr bool operator==(const Metrics&, const Metrics&) = default;

 private:
  std::uint32_t bits_ = 0;
};
static_assert(kMetricCount < 32);

/// Messages with an outcome.
inline constexpr Metrics kOutcomeMetrics{Metric::delivered, Metric::bounces, Metric::blocks};
inline constexpr Metrics kDropMetrics{Metric::bounceDrops, Metric::spamReportDrops, Metric::unsubscribeDrops,
                                      Metric::invalidEmails, Metric::drops};
/// In place of a total that an answer lacks, or that it gives as something else than a whole number.
inline constexpr std::int64_t kLacking = -1;

/// One number for each metric. Plain 64-bit sums without overflow checks; may be negative.
class Counts {
 public:
  constexpr std::int64_t& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
  constexpr std::int64_t operator[](Metric metric) const { return values_[static_cast<std::size_t>(metric)]; }

  constexpr Counts& operator+=(const Counts& other) {
    for (std::size_t i = 0; i < kMetricCount; ++i) values_[i] += other.values_[i];
    return *this;
  }
  constexpr Counts& operator-=(const Counts& other) {
    for (std::size_t i = 0; i < kMetricCount; ++i) values_[i] -= other.values_[i];
    return *this;
  }
  friend constexpr Counts operator+(Counts a, const Counts& b) { return a += b; }
  friend constexpr Counts operator-(Counts a, const Counts& b) { return a -= b; }
  friend constexpr bool operator==(const Counts&, const Counts&) = default;

  constexpr bool isZero() const { return *this == Counts{}; }

  /// bounces + blocks: messages with an outcome other than delivery.
  constexpr std::int64_t failed() const { return (*this)[Metric::bounces] + (*this)[Metric::blocks]; }
  /// delivered − returned: messages whose last word is delivery.
  constexpr std::int64_t stayed() const { return (*this)[Metric::delivered] - (*this)[Metric::returned]; }
  /// delivered − returned + bounces + blocks: messages with a final outcome, each counted once.
  constexpr std::int64_t outcomes() const { return stayed() + failed(); }
  /// delivered + bounces + blocks: what the statistics call outcomes, where a returned mail counts twice.
  constexpr std::int64_t outcomeEvents() const { return (*this)[Metric::delivered] + failed(); }
  /// All drops, under the four kinds or under `drops`.
  constexpr std::int64_t dropped() const {
    return (*this)[Metric::bounceDrops] + (*this)[Metric::spamReportDrops] +
           (*this)[Metric::unsubscribeDrops] + (*this)[Metric::invalidEmails] + (*this)[Metric::drops];
  }

 private:
  std::array<std::int64_t, kMetricCount> values_{};
};

}  // namespace arrivald::delivery
