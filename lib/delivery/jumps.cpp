#include "delivery/jumps.hpp"

#include <algorithm>
#include <utility>

namespace arrivald::delivery {
namespace {

// Whether an answer is nowhere below the totals before the jump, and somewhere below those after it, by a
// good part of it: what is lower by less may be a correction.
bool isInside(const Rows& shown, const Jump& jump, const Rows& heights) {
  const auto& before = jump.before;
  bool below = false;
  for (const auto& [date, counts] : shown) {
    const auto start = before.find(date);
    const auto end = jump.after.find(date);
    const auto height = heights.find(date);
    if (start == before.end() || end == jump.after.end() || height == heights.end()) continue;
    for (const auto metric : allMetrics()) {
      if (counts[metric] < 0) continue;
      if (counts[metric] < start->second[metric]) return false;
      below =
          below || 4 * (std::min(end->second[metric], height->second[metric]) - counts[metric]) >= jump.size;
    }
  }
  return below;
}

enum class Course : std::uint8_t { falls, stands, rises };

// What an answer lacks stands.
Course courseOf(const Rows& earlier, Rows& later) {
  auto course = Course::stands;
  for (auto& [date, counts] : later) {
    const auto before = earlier.find(date);
    if (before == earlier.end()) continue;
    for (const auto metric : allMetrics()) {
      if (counts[metric] < 0) counts[metric] = before->second[metric];
      if (counts[metric] < before->second[metric]) return Course::falls;
      if (counts[metric] > before->second[metric]) course = Course::rises;
    }
  }
  return course;
}

}  // namespace

void Jumps::note(Jump jump) {
  std::erase_if(jumps_, [&](const Jump& old) { return jump.since - old.since > kKeptFor; });
  if (jumps_.size() >= kKept) jumps_.erase(std::ranges::min_element(jumps_, {}, &Jump::size));
  jumps_.push_back(std::move(jump));
}

std::optional<Jump> Jumps::deniedBy(const Rows& shown, const Rows& heights, Instant at) {
  const auto jump = std::find_if(jumps_.rbegin(), jumps_.rend(), [&](const Jump& each) {
    return each.heights.empty() && isInside(shown, each, heights);
  });
  if (jump == jumps_.rend()) {
    inside_.reset();
    return std::nullopt;
  }
  auto latest = shown;
  const auto course =
      inside_ && inside_->since == jump->since ? courseOf(inside_->latest, latest) : Course::falls;
  if (course == Course::falls) inside_ = Inside{jump->since, at, {}, 0, 0};
  inside_->latest = std::move(latest);
  ++inside_->reads;
  if (course == Course::rises) ++inside_->rises;
  if (inside_->reads < kReads || inside_->rises < kRises || at - inside_->first < kApart) return std::nullopt;

  inside_.reset();
  jump->heights = heights;
  auto denied = *jump;
  std::erase_if(jumps_, [&](const Jump& each) { return each.heights.empty() && each.since >= denied.since; });
  return denied;
}

std::int64_t Jumps::heightReached(Date date, Metric metric, std::int64_t believed, std::int64_t now) const {
  std::int64_t reached = 0;
  for (const auto& jump : jumps_) {
    const auto row = jump.heights.find(date);
    if (row == jump.heights.end()) continue;
    const auto height = row->second[metric];
    if (height > believed && 10 * (now - believed) >= 9 * (height - believed))
      reached = std::max(reached, height);
  }
  return reached;
}

void Jumps::restore(std::vector<Jump> jumps) {
  if (jumps.size() > kKept) jumps.resize(kKept);
  jumps_ = std::move(jumps);
}

void Jumps::shift(Duration step) {
  for (auto& jump : jumps_) jump.since += step;
  if (inside_) inside_->since += step, inside_->first += step;
}

}  // namespace arrivald::delivery
