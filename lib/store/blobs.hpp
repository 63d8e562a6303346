// blobs: the stored form of counts, days and durations. A blob of counts has one little-endian integer for
// each metric, in the order of the metrics' numbers; a shorter blob was written when there were fewer
// metrics.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/little_endian.hpp"
#include "base/time_zone.hpp"
#include "delivery/metric.hpp"
#include "delivery/window.hpp"

namespace arrivald::store {

/// For Statement::bindBlob(): must live until the statement has run.
template <class Number>
using NumbersBlob = std::array<std::byte, delivery::kMetricCount * sizeof(Number)>;

inline NumbersBlob<std::int64_t> blobOf(const delivery::Counts& counts) {
  NumbersBlob<std::int64_t> blob{};
  char* to = reinterpret_cast<char*>(blob.data());
  for (const auto metric : delivery::allMetrics()) putLittleEndian(to, counts[metric]);
  return blob;
}

inline NumbersBlob<std::uint32_t> blobOf(const decltype(delivery::Mark::totals)& totals) {
  NumbersBlob<std::uint32_t> blob{};
  char* to = reinterpret_cast<char*>(blob.data());
  for (const auto total : totals) putLittleEndian(to, total);
  return blob;
}

inline delivery::Counts countsFrom(std::span<const std::byte> bytes) {
  delivery::Counts counts;
  const char* from = reinterpret_cast<const char*>(bytes.data());
  auto left = bytes.size() / sizeof(std::int64_t);
  for (const auto metric : delivery::allMetrics()) {
    if (left-- == 0) break;
    counts[metric] = takeLittleEndian<std::int64_t>(from);
  }
  return counts;
}

inline decltype(delivery::Mark::totals) totalsFrom(std::span<const std::byte> bytes) {
  decltype(delivery::Mark::totals) totals{};
  const char* from = reinterpret_cast<const char*>(bytes.data());
  auto left = bytes.size() / sizeof(std::uint32_t);
  for (auto& total : totals) {
    if (left-- == 0) break;
    total = takeLittleEndian<std::uint32_t>(from);
  }
  return totals;
}

/// Days since 1970-01-01.
constexpr std::int64_t dayNumber(Date date) {
  return std::chrono::floor<std::chrono::days>(date.time_since_epoch()).count();
}
constexpr Date dayFrom(std::int64_t number) { return Date(std::chrono::days(number)); }
static_assert(dayNumber(Date(std::chrono::days(20'000))) == 20'000);
static_assert(dayFrom(1) - dayFrom(0) == std::chrono::hours(24));

/// Milliseconds: the unit of all stored durations and instants.
constexpr std::int64_t storedSpan(Duration span) {
  return std::chrono::floor<std::chrono::milliseconds>(span).count();
}
static_assert(storedSpan(std::chrono::seconds(60)) == 60'000);
static_assert(std::is_same_v<delivery::Mark::Gap, std::chrono::duration<std::uint32_t, std::milli>>,
              "the gap of a mark is stored in milliseconds");

}  // namespace arrivald::store
