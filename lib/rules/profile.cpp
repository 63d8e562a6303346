#include "rules/profile.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "calendar/holidays.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

constexpr Duration kLongest = std::chrono::hours(48);
/// Probability that a day is off without being in the calendar: about once a month.
constexpr double kUnknownHolidays = 1.0 / 30;
/// The same on a day on which offices of the country are usually closed: of those that have an office's week.
constexpr double kUsualClosings = 0.5;

// Days on which offices in Japan are usually closed, whether or not they stand in a calendar: public
// holidays, the turn of the year, and Obon.
bool isUsualClosing(const TimeZone& zone, Date date) {
  using namespace std::chrono;
  if (zone.name() != "Asia/Tokyo") return false;
  const year_month_day day{date};
  const month_day of{day.month(), day.day()};
  return of >= December / 28 || of <= January / 4 || (of >= August / 12 && of <= August / 16) ||
         calendar::japaneseHolidays(static_cast<int>(day.year())).contains(date);
}

int weekdayOf(Date date) { return static_cast<int>(std::chrono::weekday(date).c_encoding()); }

// The lower median: the smaller of two values; 0 for none.
double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// 0: working days, 1: Saturdays, 2: Sundays and holidays.
std::size_t classOf(std::size_t weekday) { return weekday == 0 ? 2 : weekday == 6 ? 1 : 0; }

double logNegativeBinomial(double k, double mean, double shape) {
  mean = std::max(mean, 1e-9);
  return std::lgamma(k + shape) - std::lgamma(shape) - std::lgamma(k + 1) +
         shape * std::log(shape / (shape + mean)) + k * std::log(mean / (shape + mean));
}

}  // namespace

// The counts of the past, by weekday and quarter hour.
class VolumeProfile::History {
 public:
  struct OneDay {
    std::size_t weekday = 0;
    std::size_t known = 0;  // quarter hours
    double requests = 0;
    Day counts{};
  };

  void add(Date date, std::size_t weekday, std::size_t quarter, double requests) {
    OneDay& day = days_[date];
    day.weekday = weekday;
    ++day.known;
    day.requests += requests;
    day.counts[quarter] += requests;
    cells_[weekday][quarter].push_back(requests);
    classes_[classOf(weekday)][quarter].push_back(requests);
  }

  // The smaller of two medians, of the same weekday and of all days of its kind, so that neither a weekly
  // mailing nor an office that is closed on Fridays leads to a wrong expectation.
  double usual(std::size_t weekday, std::size_t quarter) const {
    std::vector<double> same = cells_[weekday][quarter];
    std::vector<double> alike = classes_[classOf(weekday)][quarter];
    return std::min(median(same), median(alike));
  }
  double usualInHour(std::size_t weekday, std::size_t hour) const {
    const auto sums = [&](const auto& of) {
      std::vector<double> hours = of[4 * hour];
      for (std::size_t quarter = 4 * hour + 1; quarter < 4 * hour + 4; ++quarter) {
        hours.resize(std::min(hours.size(), of[quarter].size()));
        for (std::size_t i = 0; i < hours.size(); ++i) hours[i] += of[quarter][i];
      }
      return median(hours);
    };
    return std::min(sums(cells_[weekday]), sums(classes_[classOf(weekday)]));
  }

  const std::map<Date, OneDay>& days() const { return days_; }
  /// A day of which nearly all is known.
  static bool whole(const OneDay& day) { return 10 * day.known >= 8 * kQuarters; }

 private:
  std::array<std::array<std::vector<double>, kQuarters>, 7> cells_;
  std::array<std::array<std::vector<double>, kQuarters>, 3> classes_;
  std::map<Date, OneDay> days_;
};

VolumeProfile::VolumeProfile(const std::vector<QuarterCount>& counts, TimeZone zone, std::set<Date> holidays)
    : zone_(std::move(zone)), holidays_(std::move(holidays)) {
  History history;
  for (const QuarterCount& count : counts) {
    const Date date = zone_.dateOf(count.start);
    history.add(date, static_cast<std::size_t>(isOff(date) ? 0 : weekdayOf(date)), quarterAt(count.start),
                static_cast<double>(count.requests));
  }
  for (std::size_t weekday = 0; weekday < 7; ++weekday) {
    for (std::size_t quarter = 0; quarter < kQuarters; ++quarter)
      usual_[weekday][quarter] = history.usual(weekday, quarter);
    for (std::size_t hour = 0; hour < 24; ++hour) hourly_[weekday][hour] = history.usualInHour(weekday, hour);
  }
  learnDays(history);
  learnShape(history);
}

void VolumeProfile::learnDays(const History& history) {
  constexpr std::size_t kFewestDays = 8;
  constexpr double kSpecial = 3;
  std::array<int, 7> days{};
  std::vector<const History::OneDay*> working;
  std::vector<double> totals;
  neverSilent_.fill(true);
  // Sundays and holidays tell whether the sender keeps an office's week: one with mail is enough for no.
  bool anyOnSundays = false;
  for (const auto& [date, day] : history.days()) {
    if (!History::whole(day)) continue;
    ++days[day.weekday];
    if (classOf(day.weekday) == 2) anyOnSundays = anyOnSundays || day.requests > 0;
    if (classOf(day.weekday) != 0) continue;
    if (day.requests == 0) neverSilent_[day.weekday] = false;
    if (day.requests > 0) working.push_back(&day);
    if (day.requests > 0) totals.push_back(day.requests);
  }
  weeks_ = *std::ranges::min_element(days);
  neverSilent_[0] = anyOnSundays || days[0] < 2;
  if (working.size() < kFewestDays) return;
  // The day of a monthly run is no measure for others.
  const double usual = median(totals);
  std::erase_if(working, [&](const History::OneDay* day) { return day->requests > kSpecial * usual; });
  totals.clear();
  for (const History::OneDay* day : working) {
    totals.push_back(day->requests);
    for (std::size_t quarter = 0; quarter < kQuarters; ++quarter)
      onWorkingDays_[quarter] += day->counts[quarter];
  }
  const auto count = static_cast<double>(totals.size());
  for (double& mails : onWorkingDays_) mails /= count;
  // The variance of a day's mail beyond chance: mean + mean²/k.
  const double mean = std::accumulate(totals.begin(), totals.end(), 0.0) / count;
  double squares = 0;
  for (const double total : totals) squares += (total - mean) * (total - mean);
  const double beyond = squares / (count - 1) - mean;
  shapeOfDay_ = beyond > 0 ? std::clamp(mean * mean / beyond, 4.0, 20.0) : 20.0;
}

// The variance of the hours relative to what is usual: 1/k.
void VolumeProfile::learnShape(const History& history) {
  constexpr double kTelling = 20;
  double squares = 0;
  int ratios = 0;
  for (const auto& [date, day] : history.days())
    for (std::size_t hour = 0; hour < 24; ++hour) {
      const double usual = hourly_[day.weekday][hour];
      if (usual < kTelling || !History::whole(day)) continue;
      double requests = 0;
      for (std::size_t quarter = 4 * hour; quarter < 4 * hour + 4; ++quarter) requests += day.counts[quarter];
      const double ratio = std::min(requests / usual, 1.0);  // only low values matter
      squares += (1 - ratio) * (1 - ratio);
      ++ratios;
    }
  if (ratios >= 24) shape_ = std::clamp(ratios / std::max(2 * squares, 1e-6), 1.0, 30.0);
}

bool VolumeProfile::isOff(Date date) const { return holidays_.contains(date) || weekdayOf(date) == 0; }

std::size_t VolumeProfile::quarterAt(Instant at) const {
  const auto sinceMidnight =
      zone_.local(at).time_since_epoch() - std::chrono::days(zone_.dateOf(at).time_since_epoch());
  return static_cast<std::size_t>(std::clamp<std::int64_t>(sinceMidnight / kQuarter, 0, kQuarters - 1));
}

// Requests an hour. Where an hour has so few that a quarter of it tells nothing, those of the hour, or of the
// hour beside it if that has fewer.
double VolumeProfile::rateAt(std::size_t weekday, std::size_t quarter) const {
  constexpr double kFew = 8;
  const std::size_t hour = quarter / 4;
  const double here = hourly_[weekday][hour];
  if (here < kFew) {
    const bool early = quarter % 4 < 2;
    const std::size_t beside =
        early ? std::max<std::size_t>(hour, 1) - 1 : std::min<std::size_t>(hour + 1, 23);
    return std::min(here, hourly_[weekday][beside]);
  }
  const auto& usual = usual_[weekday];
  const double before = usual[std::max<std::size_t>(quarter, 1) - 1];
  const double after = usual[std::min(quarter + 1, kQuarters - 1)];
  return 4 * std::min({before, usual[quarter], after});
}

double VolumeProfile::meanOver(Instant from, Instant to, std::optional<int> asWeekday) const {
  double mean = 0;
  for (Instant at = from; at < to;) {
    const Instant quarter{at.time_since_epoch() / kQuarter * kQuarter};
    const Instant next = std::min(to, quarter + kQuarter);
    const Date date = zone_.dateOf(at);
    const int weekday = asWeekday.value_or(isOff(date) ? 0 : weekdayOf(date));
    mean += rateAt(static_cast<std::size_t>(weekday), quarterAt(at)) *
            (static_cast<double>((next - at).count()) / static_cast<double>((4 * kQuarter).count()));
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
  const bool isClosing = !neverSilent_[0] && isUsualClosing(zone_, zone_.dateOf(start));
  const double unknown = isClosing ? kUsualClosings : kUnknownHolidays;
  const double odds =
      unknown / (1 - unknown) *
      std::exp(std::clamp(logNegativeBinomial(seen, off, shape_) - logNegativeBinomial(seen, workday, shape_),
                          -700.0, 700.0));
  expected.offChance = odds / (1 + odds);
  return expected;
}

std::optional<Expectation> VolumeProfile::expectOnWorkingDay(Instant from, Instant to) const {
  const Date date = zone_.dateOf(dayStart(to));
  const auto weekday = static_cast<std::size_t>(weekdayOf(date));
  if (shapeOfDay_ <= 0 || weeks_ == 0 || isOff(date) || classOf(weekday) != 0 || !neverSilent_[weekday] ||
      from < dayStart(to) || (!neverSilent_[0] && isUsualClosing(zone_, date)))
    return std::nullopt;
  Expectation expected{.shape = shapeOfDay_, .weeks = weeks_};
  expected.ofDay = std::accumulate(onWorkingDays_.begin(), onWorkingDays_.end(), 0.0);
  const auto part = [](Instant begin, Instant end) {
    return std::max(0.0, static_cast<double>((end - begin).count()) / static_cast<double>(kQuarter.count()));
  };
  for (Instant at = from; at < to;) {
    const Instant start{at.time_since_epoch() / kQuarter * kQuarter};
    const Instant next = std::min(to, start + kQuarter);
    const auto quarter = quarterAt(at);
    const double mails = onWorkingDays_[quarter];
    const double steady = std::min({mails, onWorkingDays_[std::max<std::size_t>(quarter, 1) - 1],
                                    onWorkingDays_[std::min(quarter + 1, kQuarters - 1)]});
    // What exceeds the quarter hours beside it is a lump, which may come a quarter hour early or late.
    expected.mean += steady * part(at, next) +
                     (mails - steady) * part(std::max(at, from + kQuarter), std::min(next, to - kQuarter));
    at = next;
  }
  return expected;
}

}  // namespace arrivald::rules
