#include "simulation/city.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;
using incidents::Kind;
using stream::EventKind;

constexpr std::size_t kCategories = 7;
constexpr std::size_t kReceivers = 9;
constexpr std::size_t kLocalGovernment = 2;
constexpr std::array<double, kCategories> kOfCategory{.28, .12, .20, .14, .08, .08, .10};
// Gmail, docomo, local governments, Yahoo! JAPAN, Microsoft, au, SoftBank, iCloud, others.
constexpr std::array<std::array<double, kReceivers>, kCategories> kMixes{{
    {.20, .14, .22, .14, .09, .09, .06, .04, .02},  // notice
    {.30, .18, .02, .16, .10, .10, .07, .05, .02},  // password-reset
    {.26, .18, .04, .18, .08, .11, .08, .05, .02},  // reservation
    {.16, .12, .34, .14, .09, .07, .04, .02, .02},  // tax
    {.20, .12, .24, .16, .12, .07, .04, .03, .02},  // newsletter
    {.10, .06, .60, .08, .08, .03, .02, .02, .01},  // survey
    {.28, .16, .06, .20, .08, .09, .07, .04, .02},  // library
}};
constexpr std::array<double, kReceivers> kFails{.005, .008, .003, .010, .012, .008, .008, .006, .012};
// The usual causes: mostly addresses that are gone.
constexpr std::array<double, incidents::kCauseKinds> kCauses{.42, .08, .16, .05, .08, .03,
                                                             .01, .03, .01, .05, .04, .04};

Duration minutes(double count) { return Duration(static_cast<Duration::rep>(count * 60'000)); }

bool has(const std::vector<std::size_t>& some, std::size_t one) {
  return some.empty() || std::ranges::find(some, one) != some.end();
}

}  // namespace

const std::vector<std::string>& City::categories() {
  static const std::vector<std::string> names{"notice",     "password-reset", "reservation", "tax",
                                              "newsletter", "survey",         "library"};
  return names;
}

const std::vector<std::string>& City::domains() {
  static const std::vector<std::string> names{"gmail.com",   "docomo.ne.jp", "city.example.lg.jp",
                                              "yahoo.co.jp", "outlook.jp",   "ezweb.ne.jp",
                                              "softbank.jp", "icloud.com",   "ocn.ne.jp"};
  return names;
}

City::City(unsigned seed, TimeZone zone, double readRightly)
    : random_(seed * 2'654'435'761U + 17), zone_(std::move(zone)), readRightly_(readRightly) {}

void City::beginDay(Date day) {
  day_ = day;
  volume_ = std::exp(std::normal_distribution<double>(0, .25)(random_));
  const std::chrono::weekday weekday(day);
  if (weekday == std::chrono::Sunday || weekday == std::chrono::Saturday) return;
  if (std::uniform_int_distribution<int>(0, 2)(random_) != 0) return;
  const auto minute = std::uniform_int_distribution<int>(9 * 60, 17 * 60)(random_);
  Mailing mailing{.at = zone_.startOf(day) + minute * 1min, .category = 4, .receivers = {}, .left = 600};
  const std::array<std::size_t, 5> receivers{0, 1, 2, 3, 4};
  mailing.receivers = {
      receivers[static_cast<std::size_t>(std::discrete_distribution<int>{.2, .12, .45, .13, .1}(random_))]};
  add(std::move(mailing));
}

double City::perMinute(Instant at) {
  const auto local = zone_.local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const double hour = static_cast<double>((local - day).count()) / 3.6e6;
  const std::chrono::weekday weekday(day);
  constexpr double kNight = 5.0 / 60;
  if (weekday == std::chrono::Sunday || weekday == std::chrono::Saturday)
    return kNight * (hour > 8 && hour < 20 ? 2 : 1);
  const auto peak = [&](double centre, double width) {
    return std::exp(-(hour - centre) * (hour - centre) / (2 * width * width));
  };
  return kNight + 20 * std::min(1.0, peak(10.5, 1.3) + peak(15, 1.6)) * volume_;
}

Kind City::read(Kind cause) {
  std::uniform_real_distribution<double> uniform;
  if (uniform(random_) < readRightly_) return cause;
  if (uniform(random_) < .6) return Kind::unspecified;
  return static_cast<Kind>(std::uniform_int_distribution<int>(0, 11)(random_));
}

std::pair<bool, Kind> City::fate(std::size_t category, std::size_t receiver, Instant at,
                                 const Mailing* mailing) {
  std::uniform_real_distribution<double> uniform;
  if (mailing != nullptr && uniform(random_) < mailing->dead) return {true, read(Kind::noAddress)};
  for (const Fault& fault : faults_) {
    if (at < fault.from || at >= fault.to || !has(fault.categories, category) ||
        !has(fault.receivers, receiver))
      continue;
    const double grown =
        fault.grows ? std::min(1.0, static_cast<double>((at - fault.from).count()) / (72 * 3.6e6)) : 1;
    if (uniform(random_) < fault.share * grown) return {true, read(fault.cause)};
  }
  if (uniform(random_) < kFails[receiver] * (mailing != nullptr ? 2 : 1)) {
    std::discrete_distribution<int> causes(kCauses.begin(), kCauses.end());
    return {true, static_cast<Kind>(causes(random_))};
  }
  return {false, Kind::unspecified};
}

// Until the outcome; what the receiver puts off is told of.
Duration City::waitOf(std::size_t receiver, Instant at, const Mailing* mailing, Happened event) {
  std::uniform_real_distribution<double> uniform;
  double wait = uniform(random_) < .9 ? uniform(random_) : -8 * std::log(1 - uniform(random_));
  const auto putOff = [&] {
    event.kind = EventKind::deferred;
    event.at += 2s;
    schedule(event);
  };
  const bool greylisted = receiver == kLocalGovernment && uniform(random_) < (mailing != nullptr ? .3 : .15);
  if (mailing != nullptr && mailing->greylisted > 0 && uniform(random_) < mailing->greylisted) {
    wait += 5 + 19 * uniform(random_);
    putOff();
  } else if (greylisted) {
    wait += 5 + 10 * uniform(random_);
    putOff();
  }
  Instant due = at + minutes(wait);
  for (const Delay& delay : delays_) {
    if (due < delay.from || due >= delay.to || !has(delay.receivers, receiver)) continue;
    if (delay.most > Duration{0}) {
      due += delay.least +
             minutes(uniform(random_) * static_cast<double>((delay.most - delay.least).count()) / 60'000);
      putOff();
    } else {
      due = delay.to + minutes(20 * uniform(random_));
    }
  }
  return due - at;
}

void City::send(std::size_t category, std::size_t receiver, Instant at, const Mailing* mailing) {
  std::uniform_real_distribution<double> uniform;
  Happened event{.at = at + minutes(uniform(random_)),
                 .mail = ++mails_,
                 .category = static_cast<std::uint8_t>(category),
                 .receiver = static_cast<std::uint8_t>(receiver),
                 .kind = EventKind::processed,
                 .cause = Kind::unspecified};
  schedule(event);
  const auto [fails, cause] = fate(category, receiver, at, mailing);
  event.at += 1s + waitOf(receiver, event.at, mailing, event);
  event.kind = !fails ? EventKind::delivered : uniform(random_) < .6 ? EventKind::bounce : EventKind::blocked;
  event.cause = cause;
  schedule(event);
}

std::vector<Happened> City::minute(Instant at) {
  if (const Date day = zone_.dateOf(at); day != day_) beginDay(day);
  const double mean = perMinute(at);
  for (std::size_t category = 0; category < kCategories; ++category)
    for (std::size_t receiver = 0; receiver < kReceivers; ++receiver) {
      const double share = kOfCategory[category] * kMixes[category][receiver];
      const int mails = std::poisson_distribution<int>(mean * share)(random_);
      for (int i = 0; i < mails; ++i) send(category, receiver, at, nullptr);
    }
  for (Mailing& mailing : mailings_) {
    if (mailing.at > at || mailing.left <= 0) continue;
    const int now = std::min(mailing.left, mailing.perMinute);
    mailing.left -= now;
    std::discrete_distribution<std::size_t> mix(kMixes[mailing.category].begin(),
                                                kMixes[mailing.category].end());
    for (int i = 0; i < now; ++i) {
      const std::size_t receiver = mailing.receivers.empty() ? mix(random_) : mailing.receivers.front();
      send(mailing.category, receiver, at, &mailing);
    }
  }
  std::vector<Happened> happened;
  while (!later_.empty() && later_.begin()->first <= at) {
    happened.insert(happened.end(), later_.begin()->second.begin(), later_.begin()->second.end());
    later_.erase(later_.begin());
  }
  return happened;
}

}  // namespace arrivald::simulation
