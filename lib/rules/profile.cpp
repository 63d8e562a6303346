#include "rules/profile.hpp"

#include <algorithm>
#include <cmath>

#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kLongest = std::chrono::hours(48);
/// Probability that a day is off without being in the calendar: about once a month.
constexpr double kUnknownHolidays = 1.0 / 30;

int weekdayOf(Date date) { return static_cast<int>(std::chrono::weekday(date).c_encoding()); }

// The lower median: the smaller of two values; 0 for none.
double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// 0: working days, 1: Saturdays, 2: Sundays and holidays.
int classOf(int weekday) { return weekday == 0 ? 2 : weekday == 6 ? 1 : 0; }

double logNegativeBinomial(double k, double mean, double shape) {
  mean = std::max(mean, 1e-9);
  return std::lgamma(k + shape) - std::lgamma(shape) - std::lgamma(k + 1) +
         shape * std::log(shape / (shape + mean)) + k * std::log(mean / (shape + mean));
}

}  // namespace

VolumeProfile::VolumeProfile(const std::vector<HourCount>& history, TimeZone zone, std::set<Date> holidays)
    : zone_(std::move(zone)), holidays_(std::move(holidays)) {
  std::array<std::array<std::vector<double>, 24>, 7> cells;
  std::array<std::array<std::vector<double>, 24>, 3> classes;
  struct Local {
    std::size_t weekday;
    std::size_t hour;
  };
  const auto place = [&](Instant at) {
    const Date date = zone_.dateOf(at);
    const auto hour = std::chrono::floor<std::chrono::hours>(zone_.local(at)).time_since_epoch().count() % 24;
    return Local{static_cast<std::size_t>(isOff(date) ? 0 : weekdayOf(date)),
                 static_cast<std::size_t>((hour + 24) % 24)};
  };
  for (const HourCount& count : history) {
    const Local at = place(count.start);
    cells[at.weekday][at.hour].push_back(static_cast<double>(count.requests));
    classes[static_cast<std::size_t>(classOf(static_cast<int>(at.weekday)))][at.hour].push_back(
        static_cast<double>(count.requests));
  }
  // The smaller of two medians, of the same weekday and of all days of its kind, so that neither a weekly
  // mailing nor an office that is closed on Fridays leads to a wrong expectation.
  std::size_t fewest = history.empty() ? 0 : history.size();
  for (std::size_t weekday = 0; weekday < 7; ++weekday)
    for (std::size_t hour = 0; hour < 24; ++hour) {
      fewest = std::min(fewest, cells[weekday][hour].size());
      usual_[weekday][hour] =
          std::min(median(cells[weekday][hour]),
                   median(classes[static_cast<std::size_t>(classOf(static_cast<int>(weekday)))][hour]));
    }
  weeks_ = static_cast<int>(fewest);

  // The variance of the hours relative to what is usual: 1/k.
  double squares = 0;
  int ratios = 0;
  for (const HourCount& count : history) {
    const Local at = place(count.start);
    const double usual = usual_[at.weekday][at.hour];
    if (usual < 20) continue;
    const double ratio =
        std::min(static_cast<double>(count.requests) / usual, 1.0);  // only low values matter
    squares += (1 - ratio) * (1 - ratio);
    ++ratios;
  }
  if (ratios >= 24) shape_ = std::clamp(ratios / std::max(2 * squares, 1e-6), 1.0, 30.0);
}

bool VolumeProfile::isOff(Date date) const { return holidays_.contains(date) || weekdayOf(date) == 0; }

double VolumeProfile::rateAt(Instant at, std::optional<int> asWeekday) const {
  const Date date = zone_.dateOf(at);
  const auto weekday = static_cast<std::size_t>(asWeekday.value_or(isOff(date) ? 0 : weekdayOf(date)));
  const auto hour = std::chrono::floor<std::chrono::hours>(zone_.local(at)).time_since_epoch().count() % 24;
  return usual_[weekday][static_cast<std::size_t>((hour + 24) % 24)];
}

double VolumeProfile::meanOver(Instant from, Instant to, std::optional<int> asWeekday) const {
  // When an office opens or closes, mail is not spread evenly over the hour: its quarters are interpolated
  // towards a neighbouring hour with less mail, but never towards one with more.
  constexpr Duration kQuarter = kHour / 4;
  double mean = 0;
  for (Instant at = from; at < to;) {
    const Instant quarter{at.time_since_epoch() / kQuarter * kQuarter};
    const Instant next = std::min(to, quarter + kQuarter);
    const Duration sinceMiddle =
        quarter + kQuarter / 2 - std::chrono::floor<std::chrono::hours>(at) - kHour / 2;
    const double here = rateAt(at, asWeekday);
    const double beside = rateAt(sinceMiddle < Duration{0} ? at - kHour : at + kHour, asWeekday);
    const double lean =
        std::abs(static_cast<double>(sinceMiddle.count())) / static_cast<double>(kHour.count());
    const double rate = std::min(here, here + (beside - here) * lean);
    mean +=
        std::max(rate, 0.0) * (static_cast<double>((next - at).count()) / static_cast<double>(kHour.count()));
    at = next;
  }
  return mean;
}

Instant VolumeProfile::dayStart(Instant to) const { return zone_.startOf(zone_.dateOf(to - Duration(1))); }

std::optional<Expectation> VolumeProfile::expect(Instant from, Instant to, std::int64_t todayBefore) const {
  if (weeks_ == 0) return std::nullopt;
  from = std::max(from, to - kLongest);
  Expectation expected{.mean = meanOver(from, to, {}), .shape = shape_, .weeks = weeks_};
  expected.offMean = std::min(expected.mean, meanOver(from, to, 0));
  const Instant start = dayStart(to);
  if (isOff(zone_.dateOf(start))) return expected;
  // Bayes: the probability of a day off, given the mail of today until the silence began.
  const double workday = from > start ? meanOver(start, from, {}) : 0;
  const double off = from > start ? meanOver(start, from, 0) : 0;
  const auto seen = static_cast<double>(std::max<std::int64_t>(0, todayBefore));
  const double odds =
      kUnknownHolidays / (1 - kUnknownHolidays) *
      std::exp(std::clamp(logNegativeBinomial(seen, off, shape_) - logNegativeBinomial(seen, workday, shape_),
                          -700.0, 700.0));
  expected.offChance = odds / (1 + odds);
  return expected;
}

}  // namespace arrivald::rules
