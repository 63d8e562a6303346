#include "stream/day_offset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace arrivald::stream {
namespace {

using namespace std::chrono_literals;

constexpr auto kEast = 14 * 60min, kWest = -12 * 60min, kStep = 30min;
constexpr std::int64_t kEnoughMail = 100;
constexpr double kFits = 0.02;
constexpr Duration kDay = 24h;

Instant midnightOf(Date date) {
  return Instant(std::chrono::duration_cast<Duration>(date.time_since_epoch()));
}

}  // namespace

std::optional<DayOffset> dayOffset(const delivery::Series& events,
                                   std::span<const std::pair<Date, std::int64_t>> days, Instant now) {
  std::vector<std::pair<Instant, std::int64_t>> covered;
  std::int64_t all = 0;
  for (const auto& [date, processed] : days) {
    const auto begin = midnightOf(date);
    if (!events.begin() || *events.begin() > begin - kEast || begin + kDay - kWest > now) continue;
    covered.emplace_back(begin, processed);
    all += processed;
  }
  if (covered.size() < 2 || all < kEnoughMail) return std::nullopt;
  std::optional<DayOffset> best;
  for (auto offset = std::chrono::minutes(kWest); offset <= kEast; offset += kStep) {
    std::int64_t apart = 0;
    for (const auto& [begin, processed] : covered)
      apart += std::abs(events.sum(kDay, begin + kDay - offset, kDay).counts[delivery::Metric::processed] -
                        processed);
    const double deviation = static_cast<double>(apart) / static_cast<double>(all);
    if (!best || deviation < best->deviation) best = DayOffset{offset, deviation};
  }
  return best->deviation <= kFits ? best : std::nullopt;
}

std::string toText(std::chrono::minutes offset) {
  const auto minutes = std::abs(offset.count());
  return fmt::format("UTC{}{:02}:{:02}", offset < 0min ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace arrivald::stream
