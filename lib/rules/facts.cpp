#include "rules/facts.hpp"

#include <algorithm>
#include <array>

namespace arrivald::rules {

std::string_view name(Source source) {
  constexpr std::array<std::string_view, kSourceCount> kNames{
      "statistics", "subuser_statistics", "category_statistics", "mailbox_provider_statistics", "lists",
      "events",     "status_page"};
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

std::optional<double> Facts::usualShare(const delivery::Subject& subject, Input input, int days,
                                        Instant until) const {
  constexpr std::int64_t kEnough = 300;
  std::vector<Share> shares;
  std::int64_t total = 0;
  for (const Sum& sum : series(subject, std::chrono::hours(24), days, until)) {
    const Share share = sum.known ? shareOf(input, sum.counts) : Share{};
    if (share.total == 0) continue;
    shares.push_back(share);
    total += share.total;
  }
  if (total < kEnough) return std::nullopt;
  const auto value = [](const Share& share) {
    return static_cast<double>(share.bad) / static_cast<double>(share.total);
  };
  std::ranges::sort(shares, {}, value);
  std::int64_t passed = 0;
  for (const Share& share : shares) {
    passed += share.total;
    if (2 * passed >= total) return value(share);
  }
  return value(shares.back());
}

}  // namespace arrivald::rules
