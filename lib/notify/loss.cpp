#include "notify/loss.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

namespace arrivald::notify {

std::optional<Loss> mainLoss(std::span<const FailedMail> failed, Duration window, Instant now) {
  constexpr std::size_t kEnough = 5;
  constexpr Duration kPause = std::chrono::hours(1);
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  std::size_t all = 0;
  for (const auto& one : failed)
    if (one.at > now - window) {
      ++counts[{one.group, one.code}];
      ++all;
    }
  const auto max = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  if (all < kEnough || 2 * max->second < all) return std::nullopt;
  Loss loss;
  loss.share = static_cast<double>(max->second) / static_cast<double>(all);
  loss.group = max->first.first;
  loss.code = max->first.second;
  loss.failures = max->second;
  std::optional<Instant> since;
  for (const auto& one : std::views::reverse(failed)) {
    if (one.group != loss.group || one.code != loss.code) continue;
    if (since && *since - one.at > kPause) break;
    since = one.at;
  }
  loss.since = since.value_or(now);
  return loss;
}

}  // namespace arrivald::notify
