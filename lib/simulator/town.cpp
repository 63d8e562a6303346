#include "simulator/town.hpp"

#include <algorithm>
#include <cmath>

#include "simulator/people.hpp"

namespace arrivald::simulator {
namespace {

using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Metric;

constexpr std::size_t kGmail = 0;
constexpr std::size_t kCarrier = 1;
constexpr std::size_t kLocalGovernment = 2;
constexpr std::size_t kYahoo = 3;

Duration minutes(double count) { return Duration(static_cast<Duration::rep>(count * 60'000)); }

std::string recipientOf(std::string_view domain, std::uint64_t mail) {
  return domain.empty() ? std::string() : personAt(kPeople + mail % (8 * kPeople), domain);
}

}  // namespace

std::string_view name(Incident incident) {
  switch (incident) {
    case Incident::none:
      return "none";
    case Incident::totalStall:
      return "total_stall";
    case Incident::blocksAtOne:
      return "blocks_at_one";
    case Incident::carrierFails:
      return "carrier_fails";
    case Incident::drift:
      return "drift";
    case Incident::deadDomain:
      return "dead_domain";
    case Incident::staleList:
      return "stale_list";
    case Incident::statisticsGap:
      return "statistics_gap";
    case Incident::apiOutage:
      return "api_outage";
    case Incident::keyRevoked:
      return "key_revoked";
    case Incident::throttled:
      return "throttled";
    case Incident::staleSuppressions:
      return "stale_suppressions";
    case Incident::everythingFails:
      return "everything_fails";
    case Incident::senderStops:
      return "sender_stops";
  }
  return "none";
}

Town::Town(unsigned seed, TimeZone zone, const Habits& habits)
    : random_(seed),
      zone_(std::move(zone)),
      habits_(habits),
      groups_{{"Gmail", .20, .005},
              {"docomo", .12, .008},
              {"lg.jp", .45, .003},
              {"Yahoo", .13, .010},
              {"Microsoft", .10, .012}} {
  for (Group& group : groups_) group.failure *= habits.failureFactor;
}

void Town::begin(Incident incident, Instant start, Duration length) {
  incident_ = incident;
  start_ = start;
  end_ = start + length;
  constexpr auto kForAddresses = Mailing::Fails::forAddresses;
  if (incident == Incident::deadDomain)
    mailings_.push_back({start, kLocalGovernment, 600, 1.0, 100, kForAddresses, kDeadDomain});
  if (incident == Incident::staleList) mailings_.push_back({start, kYahoo, 2000, .15, 100, kForAddresses});
}

bool Town::isOff(Date date) const {
  const std::chrono::weekday weekday(date);
  return weekday == std::chrono::Sunday || weekday == std::chrono::Saturday ||
         habits_.holidays.contains(date);
}

double Town::onWorkingDay(Date day, double hour) const {
  if (habits_.day == Habits::Day::office) return hour >= 9 && hour < 17.25 ? habits_.busiest * volume_ : 0;
  const auto peak = [&](double centre, double width) {
    return std::exp(-(hour - centre) * (hour - centre) / (2 * width * width));
  };
  const std::chrono::year_month_day date(day);
  const std::chrono::year_month_day_last last(date.year(), std::chrono::month_day_last(date.month()));
  const bool monthEnd = static_cast<unsigned>(last.day()) - static_cast<unsigned>(date.day()) < 3;
  return habits_.busiest * std::min(1.0, peak(10.5, 1.3) + peak(15, 1.6)) * volume_ * (monthEnd ? 1.5 : 1.0);
}

double Town::perMinute(Instant at) const {
  if (incident_ == Incident::senderStops && at >= start_ && at < end_) return 0;
  if (habits_.day == Habits::Day::always) return habits_.busiest * volume_;
  const auto local = zone_.local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const double hour = static_cast<double>((local - day).count()) / 3.6e6;
  if (isOff(day)) return habits_.night * (hour > 8 && hour < 20 ? 2 : 1);
  return habits_.night + onWorkingDay(day, hour);
}

void Town::beginDay(Date day) {
  day_ = day;
  volume_ = std::exp(std::normal_distribution<double>(0, habits_.spread)(random_));
  constexpr std::chrono::day kOfRun{20};
  constexpr int kRunPerMinute = 2'000;
  if (habits_.monthlyRun > 0 && std::chrono::year_month_day(day).day() == kOfRun)
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const double share = groups_[i].share;
      mailings_.push_back({zone_.startOf(day) + 10h, i, static_cast<int>(habits_.monthlyRun * share),
                           groups_[i].failure, static_cast<int>(kRunPerMinute * share)});
    }
  if (!habits_.mailings || isOff(day)) return;
  if (std::uniform_int_distribution<int>(0, 2)(random_) != 0) return;
  const auto group =
      static_cast<std::size_t>(std::discrete_distribution<int>{.2, .12, .45, .13, .1}(random_));
  const auto minute = std::uniform_int_distribution<int>(9 * 60, 17 * 60)(random_);
  mailings_.push_back({zone_.startOf(day) + minute * 1min, group, 600, 2 * groups_[group].failure});
}

double Town::failureOf(std::size_t group, double usual, Instant at) const {
  if (incident_ == Incident::drift && at >= start_) {
    const double grown =
        static_cast<double>((at - start_).count()) / static_cast<double>((end_ - start_).count());
    return usual + .05 * std::min(1.0, grown);
  }
  if (at < start_ || at >= end_) return usual;
  if (incident_ == Incident::blocksAtOne && group == kGmail) return 1 - (1 - usual) * .7;
  if (incident_ == Incident::carrierFails && group == kCarrier) return 1;
  if (incident_ == Incident::everythingFails) return 1;
  return usual;
}

// A second of the minute derived from the mail's number. It draws no random number, so the counts are the
// same with and without happenings.
Instant Town::secondIn(Instant minute, std::uint64_t mail, unsigned salt) {
  std::uint64_t hash = (mail * 4 + salt + 1) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 31;
  return minute + std::chrono::seconds(hash % 60);
}

// Minutes until the outcome. The local governments' servers greylist a part, more of a mailing. A domain that
// does not exist has no server that could let mail wait.
double Town::waitOf(const Sent& sent, Instant processed, std::uint64_t mail, std::vector<Counts>& counts,
                    std::vector<Happening>* happenings) {
  std::uniform_real_distribution<double> uniform;
  const auto group = sent.group;
  const bool isAnswered = sent.domain.empty();
  double wait = 0;
  if (isAnswered) wait = uniform(random_) < .9 ? uniform(random_) : -8 * std::log(1 - uniform(random_));
  if (isAnswered && group == kLocalGovernment && uniform(random_) < (sent.mails > 50 ? .5 : .15)) {
    wait += 5 + 10 * uniform(random_);
    ++counts[group][Metric::deferred];
    if (happenings) happenings->push_back({processed + 2s, mail, group, Metric::deferred});
  }
  if (habits_.lateAtMost > Duration{0}) {
    const double least = static_cast<double>(habits_.lateAtLeast.count()) / 60'000;
    const double most = static_cast<double>(habits_.lateAtMost.count()) / 60'000;
    wait += least + (most - least) * uniform(random_);
  }
  return wait;
}

void Town::send(const Sent& sent, Instant at, std::vector<Counts>& counts,
                std::vector<Happening>* happenings) {
  std::uniform_real_distribution<double> uniform;
  const auto group = sent.group;
  int mails = sent.mails;
  counts[group][Metric::requests] += mails;
  const auto record = [&](Instant when, std::uint64_t mail, Metric metric) {
    if (happenings) happenings->push_back({when, mail, group, metric, recipientOf(sent.domain, mail)});
  };
  if (incident_ == Incident::staleSuppressions && at >= start_ && at < end_) {
    const int dropped = std::binomial_distribution<int>(mails, .5)(random_);
    counts[group][Metric::bounceDrops] += dropped;
    mails -= dropped;
    for (int i = 0; i < dropped; ++i) {
      ++mails_;
      record(secondIn(at, mails_, 0), mails_, Metric::bounceDrops);
    }
  }
  counts[group][Metric::processed] += mails;
  const double failure = failureOf(group, sent.failure, at);
  for (int i = 0; i < mails; ++i) {
    const auto mail = ++mails_;
    const auto processed = secondIn(at, mail, 0);
    record(processed, mail, Metric::processed);
    const double chance = uniform(random_);
    double wait = 0;
    // A receiver decides when it is tried.
    const bool late = habits_.lateAtMost > Duration{0};
    if (late) wait = waitOf(sent, processed, mail, counts, happenings);
    const bool fails = chance < (late ? failureOf(group, sent.failure, at + minutes(wait)) : failure);
    Metric metric = !fails ? Metric::delivered : uniform(random_) < .6 ? Metric::bounces : Metric::blocks;
    // A drift is a list that grows old: what fails besides the usual does for its addresses.
    const bool isOfDrift = incident_ == Incident::drift && chance >= sent.failure;
    if (fails && (isOfDrift || sent.fails == Mailing::Fails::forAddresses)) metric = Metric::bounces;
    const Instant tried = late ? at + minutes(wait) : at;
    if (fails && incident_ == Incident::blocksAtOne && group == kGmail && tried >= start_ && tried < end_)
      metric = Metric::blocks;
    if (!late) wait = waitOf(sent, processed, mail, counts, happenings);
    Instant due = std::chrono::floor<std::chrono::minutes>(at + minutes(wait));
    // Mail that a stall delays is delivered within 20 minutes of its end.
    if (incident_ == Incident::totalStall && due >= start_ && due < end_)
      due = std::chrono::floor<std::chrono::minutes>(end_ + minutes(20 * uniform(random_)));
    if (due <= at) {
      ++counts[group][metric];
      record(processed + 1s + (secondIn(at, mail, 1) - at) / 6, mail, metric);
    } else {
      later_[due].push_back({group, metric, mail, sent.domain});
    }
  }
}

std::vector<Counts> Town::minute(Instant at, std::vector<Happening>* happenings) {
  std::vector<Counts> counts(groups_.size());
  if (const Date day = zone_.dateOf(at); day != day_) beginDay(day);
  // A stall also delays mail that was already in flight.
  const bool stalled = incident_ == Incident::totalStall && at >= start_ && at < end_;
  while (!later_.empty() && later_.begin()->first <= at) {
    for (const Outcome& outcome : later_.begin()->second) {
      if (stalled) {
        later_[end_].push_back(outcome);
        continue;
      }
      ++counts[outcome.group][outcome.metric];
      // Not before the mail was processed, which may have been in the second half of the previous minute.
      if (happenings)
        happenings->push_back({secondIn(at, outcome.mail, 1), outcome.mail, outcome.group, outcome.metric,
                               recipientOf(outcome.domain, outcome.mail)});
    }
    later_.erase(later_.begin());
  }
  const double mean = perMinute(at);
  for (std::size_t group = 0; group < groups_.size(); ++group)
    send(
        {group, std::poisson_distribution<int>(mean * groups_[group].share)(random_), groups_[group].failure},
        at, counts, happenings);
  for (Mailing& mailing : mailings_) {
    if (mailing.at > at) continue;
    if (incident_ == Incident::senderStops && at >= start_ && at < end_) continue;
    const int now = std::min(mailing.left, mailing.perMinute);
    mailing.left -= now;
    send({mailing.group, now, mailing.failure, mailing.fails, mailing.domain}, at, counts, happenings);
  }
  std::erase_if(mailings_, [](const Mailing& mailing) { return mailing.left == 0; });
  return counts;
}

}  // namespace arrivald::simulator
