#include "rules/facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

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
    case delivery::Dimension::sendingDomain:
      break;
  }
  return Source::statistics;
}

std::vector<Sum> Facts::series(const delivery::Subject& subject, Duration step, int count, Instant end,
                               Basis basis) const {
  std::vector<Sum> sums;
  for (int i = count - 1; i >= 0; --i) sums.push_back(sum(subject, step, end - i * step, basis));
  return sums;
}

std::optional<Duration> Facts::lastOutcomes(const delivery::Subject& subject, std::int64_t outcomes,
                                            Duration max, Instant end) const {
  constexpr Duration kExact = std::chrono::minutes(1);
  const auto holds = [&](Duration window) { return sum(subject, window, end).counts.outcomes() >= outcomes; };
  if (!holds(max)) return std::nullopt;
  Duration low{0};
  Duration high = max;
  while (high - low > kExact) {
    const Duration middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

namespace {

// The standard error of a share: by the spread of the days around it, but no less than that of so many mails.
double errorOf(const std::vector<BadMail>& days, BadShare share, std::int64_t total) {
  double squares = 0;
  for (const BadMail& day : days) {
    const double off = day.share()->value() - share.value();
    squares += off * off * static_cast<double>(day.total) / static_cast<double>(total);
  }
  const double mails = static_cast<double>(total);
  const double ofDays = squares / static_cast<double>(days.size());
  const double ofMails = (share.value() + 1 / mails) / mails;
  return std::sqrt(std::max(ofDays, ofMails));
}

}  // namespace

std::optional<Usual> Facts::usualShare(const delivery::Subject& subject, Input input, int days,
                                       Instant until) const {
  constexpr std::int64_t kEnough = 100;
  std::vector<BadMail> known;
  std::int64_t total = 0;
  for (const Sum& sum : series(subject, std::chrono::hours(24), days, until)) {
    const BadMail day = sum.knows(metricsOf(input)) ? badMail(input, sum.counts) : BadMail{};
    if (day.total == 0) continue;
    known.push_back(day);
    total += day.total;
  }
  if (total < kEnough || known.size() < static_cast<std::size_t>(kUsualDays)) return std::nullopt;
  std::ranges::sort(known, {}, [](const BadMail& day) { return day.share(); });
  std::int64_t passed = 0;
  BadShare median = *known.back().share();
  for (const BadMail& day : known) {
    passed += day.total;
    if (2 * passed < total) continue;
    median = *day.share();
    break;
  }
  return Usual{median, errorOf(known, median, total)};
}

}  // namespace arrivald::rules
