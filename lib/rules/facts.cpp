#include "rules/facts.hpp"

#include <algorithm>
#include <array>

namespace arrivald::rules {
namespace {

constexpr std::array<std::string_view, 3> kBases{"best", "statistics", "events"};

}  // namespace

std::string_view name(Basis basis) { return kBases[static_cast<std::size_t>(basis)]; }

std::optional<Basis> basisNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kBases, wanted);
  if (found == kBases.end()) return std::nullopt;
  return static_cast<Basis>(found - kBases.begin());
}

std::string_view name(Source source) {
  constexpr std::array<std::string_view, kSourceCount> kNames{
      "statistics", "subuser_statistics", "category_statistics", "mailbox_provider_statistics", "lists",
      "events"};
  return kNames[static_cast<std::size_t>(source)];
}

std::optional<Source> sourceNamed(std::string_view wanted) {
  for (std::size_t i = 0; i < kSourceCount; ++i)
    if (name(static_cast<Source>(i)) == wanted) return static_cast<Source>(i);
  return std::nullopt;
}

Source sourceOf(delivery::Dimension dimension) {
  switch (dimension) {
    case delivery::Dimension::account:
      return Source::statistics;
    case delivery::Dimension::subuser:
      return Source::subuserStatistics;
    case delivery::Dimension::category:
      return Source::categoryStatistics;
    case delivery::Dimension::mailboxProvider:
      return Source::providerStatistics;
    case delivery::Dimension::domainGroup:
      return Source::events;
  }
  return Source::statistics;
}

std::vector<Sum> Facts::series(const delivery::Subject& subject, Duration step, int count, Instant end,
                               Basis basis) const {
  std::vector<Sum> sums;
  for (int i = count - 1; i >= 0; --i) sums.push_back(sum(subject, step, end - i * step, basis));
  return sums;
}

std::optional<BadShare> Facts::usualShare(const delivery::Subject& subject, Input input, int days,
                                          Instant until) const {
  constexpr std::int64_t kEnough = 300;
  std::vector<BadMail> known;
  std::int64_t total = 0;
  for (const Sum& sum : series(subject, std::chrono::hours(24), days, until)) {
    const BadMail day = sum.known ? badMail(input, sum.counts) : BadMail{};
    if (day.total == 0) continue;
    known.push_back(day);
    total += day.total;
  }
  if (total < kEnough) return std::nullopt;
  std::ranges::sort(known, {}, [](const BadMail& day) { return day.share(); });
  std::int64_t passed = 0;
  for (const BadMail& day : known) {
    passed += day.total;
    if (2 * passed >= total) return day.share();
  }
  return known.back().share();
}

}  // namespace arrivald::rules
