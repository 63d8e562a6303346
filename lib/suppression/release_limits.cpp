#include "suppression/release_limits.hpp"

#include <algorithm>

#include "suppression/release_request.hpp"

namespace arrivald::suppression {

Requirement requirementOf(List list, std::optional<Instant> failedAgain, const ReleaseLimits& limits) {
  if (isWish(list)) return limits.wishes == Wishes::kept ? Requirement::nobody : Requirement::anAdmin;
  return failedAgain ? Requirement::anAdmin : Requirement::anOperator;
}

std::string_view name(Motive motive) {
  constexpr std::array<std::string_view, 4> kNames = {"they_told_us", "mended", "one_try", "other"};
  return kNames.at(static_cast<std::size_t>(motive));
}

std::optional<Motive> motiveNamed(std::string_view wanted) {
  for (const auto motive : kMotives)
    if (name(motive) == wanted) return motive;
  return std::nullopt;
}

std::string_view name(Mode mode) { return mode == Mode::rehearsal ? "rehearsal" : "real"; }

std::string_view name(Extent extent) { return extent == Extent::all ? "all" : "advised"; }

std::optional<Extent> extentNamed(std::string_view wanted) {
  for (const auto extent : {Extent::advised, Extent::all})
    if (name(extent) == wanted) return extent;
  return std::nullopt;
}

bool isAdvised(const DraftRow& row) {
  return row.advice == Advice::safe ||
         (row.advice == Advice::onceConfirmed && row.assertion == Assertion::given);
}

std::array<std::size_t, kAdvices.size()> countByAdvice(std::span<const DraftRow> rows) {
  std::array<std::size_t, kAdvices.size()> counts{};
  for (const auto& row : rows) ++counts.at(static_cast<std::size_t>(row.advice));
  return counts;
}

std::size_t countAdvised(std::span<const DraftRow> rows) {
  return static_cast<std::size_t>(std::ranges::count_if(rows, isAdvised));
}

std::size_t leftToday(const ReleaseLimits& limits, std::size_t releasedToday) {
  return limits.perDay - std::min(limits.perDay, releasedToday);
}

std::optional<OverLimit> overLimit(const ReleaseLimits& limits, std::size_t wanted,
                                   std::size_t releasedToday) {
  const auto left = leftToday(limits, releasedToday);
  if (wanted > limits.perRequest)
    return OverLimit{OverLimit::Of::request, wanted, std::min(limits.perRequest, left), limits.perRequest};
  if (wanted > left) return OverLimit{OverLimit::Of::day, wanted, left, limits.perDay};
  return std::nullopt;
}

}  // namespace arrivald::suppression
