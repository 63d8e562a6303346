// blobs: counts and totals as bytes. Eight bytes a metric, little-endian as every machine this runs on; a
// shorter blob is one of an older version with fewer metrics.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"

namespace arrivald::store {

inline std::span<const std::byte> bytesOf(const delivery::Counts& counts) {
  return std::as_bytes(std::span<const delivery::Counts, 1>(&counts, 1));
}

template <class T>
void copyInto(T& value, std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (!bytes.empty())
    std::memcpy(static_cast<void*>(&value), bytes.data(), std::min(bytes.size(), sizeof value));
}

inline delivery::Counts countsFrom(std::span<const std::byte> bytes) {
  delivery::Counts counts;
  copyInto(counts, bytes);
  return counts;
}

inline std::int64_t dayNumber(Date date) { return date.time_since_epoch().count(); }
inline Date dayFrom(std::int64_t number) { return Date(std::chrono::days(number)); }

}  // namespace arrivald::store
