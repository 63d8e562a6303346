#include "simulation/incident_trial.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace arrivald::simulation {
namespace {

using namespace std::chrono_literals;
using incidents::Family;
using incidents::Incident;
using incidents::Kind;
using incidents::Root;

// Positions in City::domains() and their groups.
constexpr std::size_t kGmail = 0, kDocomo = 1, kLg = 2, kYahoo = 3, kMicrosoft = 4, kAu = 5, kSoftBank = 6;
constexpr std::size_t kNotice = 0, kReservation = 2, kNewsletter = 4;

Root root(std::vector<std::string> categories, std::vector<std::string> receivers,
          Family family = Family::shares) {
  std::ranges::sort(receivers);
  return {.family = family,
          .categories = std::move(categories),
          .receivers = std::move(receivers),
          .kinds = {},
          .rule = {}};
}

bool isRight(const Root& a, const Root& b) {
  return a.family == b.family && a.categories == b.categories && a.receivers == b.receivers;
}

bool isRight(const delivery::Subject& subject, const Root& truth) {
  using delivery::Dimension;
  if (subject.dimension == Dimension::account) return truth.isWhole();
  const bool category = subject.dimension == Dimension::category;
  const auto& named = category ? truth.categories : truth.receivers;
  return named == std::vector{subject.name} && (category ? truth.receivers : truth.categories).empty();
}

// Every firing alert is in one place; an incident that was notified ends once.
class Properties {
 public:
  explicit Properties(const IncidentWorld& world) {
    for (const Incident& incident : world.followed().incidents)
      open_[incident.number] = incident.notified && !incident.notified->closed;
  }
  void check(const IncidentWorld& world) {
    std::map<rules::AlertKey, int> places;
    for (const Incident& incident : world.followed().incidents)
      for (const rules::AlertKey& key : incident.members) ++places[key];
    for (const incidents::Unexplained& one : world.followed().unexplained)
      if (one.number == 0) ++places[one.key];
    for (const rules::Alert& alert : world.alerts())
      if (alert.state == rules::AlertState::firing && alert.mutedBy.empty() && places[alert.key] != 1)
        throw std::logic_error(toText(alert.key) + " is in " + std::to_string(places[alert.key]) + " places");
    for (const auto& [key, count] : places)
      if (count > 1) throw std::logic_error(toText(key) + " is in " + std::to_string(count) + " places");
    for (const incidents::Notice& notice : world.notices) {
      using enum incidents::Notice::Kind;
      const bool ends = notice.kind == resolved || notice.kind == ended || notice.kind == merged;
      bool& isOpen = open_[notice.incident.number];
      const bool begins =
          notice.kind == opened || notice.kind == reopened || (notice.kind == unstable && !isOpen);
      if (begins == isOpen || (ends && !isOpen)) throw std::logic_error("an incident begins or ends twice");
      if (begins) isOpen = true;
      if (ends) isOpen = false;
    }
  }

 private:
  std::map<std::int64_t, bool> open_;
};

std::string inWords(const incidents::Notice& notice, const TimeZone& zone) {
  char numbers[80];
  const auto& n = notice.incident.numbers;
  std::snprintf(numbers, sizeof numbers, " (%.0f of %.0f, usually %.1f; score %.1f%s)", n.seen, n.mails,
                n.expected, notice.incident.score, notice.incident.weak ? ", weak" : "");
  return zone.minuteText(notice.at) + " #" + std::to_string(notice.incident.number) + " " +
         std::string(name(notice.kind)) + " " + std::string(rules::name(notice.incident.worstSeverity)) +
         ": " + toText(notice.incident.root) + numbers;
}

// Messages grouped by account: the first 30 s after a change, later ones every five minutes.
class Grouped {
 public:
  void look(bool changed, bool anyFiring, Instant now) {
    pending_ = pending_ || changed;
    if (!pending_ || (last_ && now - *last_ < 5min)) return;
    ++messages_;
    pending_ = false;
    last_ = now;
    if (!anyFiring) last_.reset();
  }
  int messages() const { return messages_; }

 private:
  bool pending_ = false;
  std::optional<Instant> last_;
  int messages_ = 0;
};

// What one trial has seen so far.
class Watcher {
 public:
  Watcher(const IncidentKind& kind, Instant start, const IncidentWorld& world)
      : kind_(kind), start_(start), properties_(world) {}

  void look(const IncidentWorld& world) {
    properties_.check(world);
    lookAtAlerts(world);
    for (const incidents::Change& change : world.incidentChanges) {
      // A cause may look like that of a false alarm shortly before.
      const bool again = first_ == 0 && change.kind == incidents::Change::Kind::reopened;
      if (change.kind != incidents::Change::Kind::opened && !again) continue;
      ++trial.opened;
      if (first_ != 0) continue;
      first_ = change.incident.number;
      openedAt_ = world.now();
      trial.found = world.now() - start_;
      trial.waited = world.now() - firstAlert_.value_or(world.now());
    }
    for (const incidents::Notice& notice : world.notices) {
      ++trial.messages;
      trial.lines.push_back(inWords(notice, world_zone(world)));
      if (notice.incident.number == first_ && !std::exchange(noticed_, true))
        trial.rightAtOnce = isRight(notice.incident.root, kind_.causes.front().root);
      if (notice.kind == incidents::Notice::Kind::resolved || notice.kind == incidents::Notice::Kind::ended)
        trial.ended = world.now() - (start_ + kind_.length);
    }
    if (const Incident* first = world.followed().find(first_);
        first != nullptr && openedAt_ && world.now() - *openedAt_ == 10min)
      trial.rightLater = isRight(first->root, kind_.causes.front().root);
    if (kind_.causes.size() > 1 && !trial.second) lookForSecond(world);
  }

  bool isOver(const IncidentWorld& world) const {
    return std::ranges::none_of(world.followed().incidents,
                                [](const Incident& one) { return isLive(one.state); }) &&
           std::ranges::none_of(world.alerts(),
                                [](const rules::Alert& one) { return rules::active(one.state); });
  }

  IncidentTrial trial;

 private:
  static const TimeZone& world_zone(const IncidentWorld& world) {
    return const_cast<IncidentWorld&>(world).city().zone();
  }

  void lookAtAlerts(const IncidentWorld& world) {
    trial.today += static_cast<int>(world.changes.size());
    const bool firing = std::ranges::any_of(world.alerts(), [](const rules::Alert& alert) {
      return rules::active(alert.state) && alert.mutedBy.empty();
    });
    grouped_.look(!world.changes.empty(), firing, world.now());
    trial.grouped = grouped_.messages();
    for (const rules::Change& change : world.changes) {
      if (std::getenv("ARRIVALD_INCIDENT_ALERTS") != nullptr)
        trial.lines.push_back("    " + world_zone(world).minuteText(change.at) + " " +
                              toText(change.alert.key) + " " + std::string(rules::name(change.kind)));
      if (change.kind != rules::Change::Kind::fired) continue;
      if (!firstAlert_) trial.rightToday = isRight(change.alert.key.subject, kind_.causes.front().root);
      if (!firstAlert_) firstAlert_ = world.now();
    }
    for (const Incident& incident : world.followed().incidents)
      if (incident.stalled && incident.worstSeverity == rules::Severity::critical) trial.criticalStall = true;
  }

  void lookForSecond(const IncidentWorld& world) {
    const Cause& second = kind_.causes[1];
    if (world.now() < start_ + second.after) return;
    for (const Incident& incident : world.followed().incidents)
      if (isLive(incident.state) && isRight(incident.root, second.root) && incident.number != first_)
        trial.second = world.now() - (start_ + second.after);
  }

  const IncidentKind& kind_;
  Instant start_;
  Properties properties_;
  Grouped grouped_;
  std::int64_t first_ = 0;
  bool noticed_ = false;
  std::optional<Instant> openedAt_, firstAlert_;
};

void fault(City& city, Instant from, Duration length, std::vector<std::size_t> categories,
           std::vector<std::size_t> receivers, double share, Kind cause) {
  city.add(Fault{std::move(categories), std::move(receivers), share, cause, from, from + length});
}

}  // namespace

const std::vector<IncidentKind>& incidentKinds() {
  const Root whole = root({}, {});
  static const std::vector<IncidentKind> all{
      {"one receiver refuses 30 %",
       2h,
       {{root({}, {"Gmail"}), 0min}},
       [](City& city, Instant at) { fault(city, at, 2h, {}, {kGmail}, .3, Kind::authentication); },
       "3.5 (2.7), 95, 100"},
      {"one receiver refuses all",
       2h,
       {{root({}, {"docomo"}), 0min}},
       [](City& city, Instant at) { fault(city, at, 2h, {}, {kDocomo}, 1, Kind::recipientRefused); },
       "3.6, 95"},
      {"one category to dead addresses 15 %",
       3h,
       {{root({"reservation"}, {}), 0min}},
       [](City& city, Instant at) { fault(city, at, 3h, {kReservation}, {}, .15, Kind::noAddress); },
       "3.3, 90"},
      {"one category at one receiver 50 %",
       2h,
       {{root({"notice"}, {"Gmail"}), 0min}},
       [](City& city, Instant at) { fault(city, at, 2h, {kNotice}, {kGmail}, .5, Kind::content); },
       "3.5, 80, 100"},
      {"stale list of 2,000",
       20min,
       {{root({"newsletter"}, {}), 0min}},
       [](City& city, Instant at) {
         city.add(Mailing{.at = at, .category = kNewsletter, .receivers = {}, .left = 2000, .dead = .15});
       },
       "3"},
      {"blocklist hit at 4 receivers",
       2h,
       {{root({}, {"docomo", "au", "SoftBank", "Yahoo! JAPAN"}), 0min}},
       [](City& city, Instant at) {
         fault(city, at, 2h, {}, {kDocomo, kAu, kSoftBank, kYahoo}, .6, Kind::senderBlocked);
       },
       "4.5 (3), -, 100"},
      {"all receivers 12 %",
       2h,
       {{whole, 0min}},
       [](City& city, Instant at) { fault(city, at, 2h, {}, {}, .12, Kind::content); },
       "4, -, 100"},
      {"stall 30 min",
       30min,
       {{root({}, {}, Family::waiting), 0min}},
       [](City& city, Instant at) { city.add(Delay{{}, at, at + 30min}); },
       "2"},
      {"stall 10 min",
       10min,
       {{root({}, {}, Family::waiting), 0min}},
       [](City& city, Instant at) { city.add(Delay{{}, at, at + 10min}); },
       "2"},
      {"one provider slow",
       1h,
       {{root({}, {"Microsoft"}, Family::waiting), 0min}},
       [](City& city, Instant at) { city.add(Delay{{kMicrosoft}, at, at + 1h, 20min, 50min}); },
       "2.2, 100"},
      {"mailing greylisted by one receiver",
       15min,
       {{root({}, {"Local governments"}, Family::waiting), 0min}},
       [](City& city, Instant at) {
         city.add(
             Mailing{.at = at, .category = kNewsletter, .receivers = {kLg}, .left = 1500, .greylisted = .6});
       },
       "not critical"},
      {"two causes, overlapping",
       140min,
       {{root({}, {"Gmail"}), 0min}, {root({"reservation"}, {}), 20min}},
       [](City& city, Instant at) {
         fault(city, at, 2h, {}, {kGmail}, .3, Kind::authentication);
         fault(city, at + 20min, 2h, {kReservation}, {}, .15, Kind::noAddress);
       },
       "6.5; second 20 / 40 min"},
      {"two causes, two receivers",
       140min,
       {{root({}, {"Gmail"}), 0min}, {root({}, {"docomo"}), 20min}},
       [](City& city, Instant at) {
         fault(city, at, 2h, {}, {kGmail}, .3, Kind::authentication);
         fault(city, at + 20min, 2h, {}, {kDocomo}, .5, Kind::recipientRefused);
       },
       "7; second 8 / 15 min"},
      {"drift of 5 points in 3 days",
       72h,
       {{whole, 0min}},
       [](City& city, Instant at) { city.add(Fault{{}, {}, .05, Kind::unspecified, at, at + 500h, true}); },
       "7"},
  };
  return all;
}

IncidentTrial tryIncident(IncidentWorld world, const IncidentKind& kind, Instant wanted,
                          const TrialOptions& options) {
  world.policy.hold = options.hold;
  world.pass(wanted - 2h);
  // Not while a false alarm is being followed.
  const auto isQuiet = [&] {
    return std::ranges::none_of(world.followed().incidents,
                                [](const Incident& one) { return isLive(one.state); });
  };
  while (world.now() < wanted || (!isQuiet() && world.now() < wanted + 3h)) world.step();
  const Instant start = world.now();
  kind.begin(world.city(), start);
  Watcher watcher(kind, start, world);
  const Instant end = start + kind.length;
  const bool slow = kind.length > 24h;
  bool restarted = false;
  while (world.now() < end + (slow ? 24h : 6h)) {
    if (options.restart && !restarted && world.now() >= start + 20min) {
      world.loseTable();
      restarted = true;
    }
    world.step();
    watcher.look(world);
    if (!slow && world.now() > end + 30min && watcher.isOver(world)) break;
  }
  return watcher.trial;
}

QuietDays watchQuietDays(IncidentWorld& world, int days) {
  QuietDays quiet;
  Properties properties(world);
  const Instant end = world.now() + days * 24h;
  while (world.now() < end) {
    world.step();
    properties.check(world);
    for (const rules::Change& change : world.changes)
      quiet.alerts += change.kind == rules::Change::Kind::fired ? 1 : 0;
    for (const incidents::Change& change : world.incidentChanges)
      quiet.incidents += change.kind == incidents::Change::Kind::opened ? 1 : 0;
    for (const incidents::Notice& notice : world.notices) {
      ++quiet.messages;
      quiet.lines.push_back(inWords(notice, world.city().zone()));
    }
  }
  return quiet;
}

}  // namespace arrivald::simulation
