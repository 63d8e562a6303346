#include "incidents/follow.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "incidents/course.hpp"
#include "incidents/explain.hpp"
#include "incidents/gather.hpp"
#include "incidents/match.hpp"
#include "incidents/sight.hpp"
#include "rules/probability.hpp"

namespace arrivald::incidents {
namespace {

using rules::Alert;
using rules::AlertKey;
using rules::Severity;
using std::chrono::hours;
using std::chrono::minutes;

constexpr double kHoldsOfAlert = 0.34;
constexpr Duration kWaitForRoot = minutes(10);
constexpr double kResidualScore = 10;
constexpr double kResidualExcess = 5;
constexpr double kZ = 3.1;
constexpr double kResidualWarning = 0.02, kResidualCritical = 0.10;
constexpr double kCovered = 0.5;
constexpr Duration kRefinedFor = minutes(60);
constexpr Duration kWidens = minutes(15);
constexpr Duration kStillBad = minutes(10);
constexpr double kSharedExcess = 0.5;
constexpr double kBetter = 3;  // nats
constexpr int kLooksForName = 3;
constexpr Duration kQuietFor = minutes(10), kSteadyFor = minutes(60);
constexpr Duration kWaitForAlerts = minutes(45);
constexpr Duration kTooLittleFor = hours(3);
constexpr Duration kTableLacks = minutes(20);
constexpr Duration kReopenedWithin = hours(2);
constexpr std::size_t kReopenings = 3;
constexpr Duration kEndedKept = hours(72);
constexpr Duration kPutOff = minutes(60);
constexpr double kSameDrift = 0.6;
constexpr double kDriftOfPart = 0.7;
constexpr std::array<Duration, 2> kShareWindows{minutes(10), minutes(30)};

double shareOf(const Alert& alert) {
  const auto share = rules::badShare(alert.evidence);
  return share ? share->value() : 0;
}

// The look at one account.
class Follower {
 public:
  Follower(Followed& state, std::vector<Change>& changes, const AccountMail& account, const Mail& mail,
           std::vector<const Alert*> alerts, Instant now, const Confusion& confusion)
      : state_(state),
        changes_(changes),
        account_(account.account),
        hasTable_(account.mail != nullptr),
        byAlerts_(account.byAlerts),
        now_(now),
        sight_(mail, state.incidents, account_, now, confusion) {
    for (const Incident& incident : state_.incidents)
      if (incident.account == account_)
        for (const AlertKey& key : incident.members) formerly_[key] = incident.number;
    for (const Unexplained& one : state_.unexplained)
      if (one.key.subject.account == account_) doubtedSince_[one.key] = one.since;
    std::erase_if(state_.unexplained,
                  [&](const Unexplained& one) { return one.key.subject.account == account_; });
    for (const Alert* alert : alerts)
      if (rules::active(alert->state) && !std::ranges::binary_search(state_.apart, alert->key))
        active_.push_back(alert);
    for (const Alert* alert : alerts)
      if (alert->state == rules::AlertState::resolved && !alert->quietSince) recovered_.push_back(alert);
    std::ranges::stable_sort(active_, [](const Alert* a, const Alert* b) {
      return std::tuple(a->severity, shareOf(*a)) > std::tuple(b->severity, shareOf(*b));
    });
  }

  void run() {
    for (std::size_t i = 0; i < state_.incidents.size(); ++i)
      if (Incident& incident = state_.incidents[i]; incident.account == account_ && isLive(incident.state))
        live(incident);
    for (const Alert* alert : active_)
      if (fires(*alert)) place(*alert);
    residual();
    merge();
    settle();
  }

 private:
  static bool fires(const Alert& alert) {
    return alert.state == rules::AlertState::firing && alert.mutedBy.empty();
  }

  // --- an incident that is open: its name, its numbers, whether it is over

  void live(Incident& incident) {
    if (incident.byAlerts) {
      if (incident.root.family == Family::shares && !incident.slow) measure(incident, sight_);
      if (hasFiringMember(incident)) incident.lastBad = now_;
      // Alerts that are gone, or had too little mail, have not recovered: nobody knows whether it is over.
      if (!hasActiveMember(incident))
        end(incident, hasRecoveredMember(incident) ? State::resolved : State::ended);
      return;
    }
    noteSource(incident);
    const bool isSeen = !isByStatistics(incident) || isShown(incident.root);
    if (!incident.slow && isSeen) measure(incident, sight_);
    becomeSlow(incident);
    // Sums know no causes, and tell categories apart from receivers at best: they have no better name.
    if (incident.state == State::open && !isByStatistics(incident)) gather(incident);
    if (incident.state == State::open && !isByStatistics(incident)) refine(incident);
    const Outlook outlook = outlookFor(incident, isSeen);
    const bool isOver = outlook != Outlook::undecided;
    if (incident.state == State::open && isOver) {
      incident.mailEnded = outlook == Outlook::mailEnded;
      incident.goodSince = endOf(incident, sight_.mail(), now_);
      uncountAfterEnd(incident, sight_.mail(), now_);
      enter(incident, State::quiet, Change::Kind::quieted);
    } else if (incident.state == State::quiet && !isOver && isBadAgain(incident, isSeen)) {
      incident.goodSince.reset();
      enter(incident, State::open, Change::Kind::relapsed);
    } else if (incident.state == State::quiet && hasBeenQuiet(incident)) {
      end(incident, State::resolved);
    } else if (incident.state == State::open && now_ - incident.lastBad >= kTooLittleFor && !incident.slow) {
      end(incident, State::ended);
    }
  }

  // While an alert of its mail fires, whose window still holds the bad mail, nobody is told that all is over.
  // What is news for a day, such as replies of a cause, says nothing about how long it goes on.
  bool hasBeenQuiet(const Incident& incident) const {
    const Duration quiet = now_ - incident.since;
    if (quiet < (incident.unstable ? kSteadyFor : kQuietFor)) return false;
    return quiet >= kWaitForAlerts || !hasMember(incident, [&](const Alert& alert) {
             return fires(alert) && familyOf(alert) == incident.root.family;
           });
  }

  void noteSource(Incident& incident) const {
    if (!byAlerts_) return incident.statisticsSince.reset();
    if (!incident.statisticsSince) incident.statisticsSince = now_;
    incident.statisticsUntil = now_;
  }

  // Where the stream has just come back, its table still lacks the mail of the time without it.
  bool isByStatistics(const Incident& incident) const {
    return incident.statisticsUntil && now_ - *incident.statisticsUntil < kTableLacks;
  }

  // Whether there are numbers of the root's mail now. What sums do not know is not mail that has ended.
  bool isShown(const Root& root) {
    if (root.family != Family::shares || !hasTable_ || !sight_.covers(kWindows.front())) return false;
    return std::ranges::any_of(sight_.plain(Family::shares, kWindows.front()),
                               [&](const Grid& grid) { return grid.sliceOf(root).has_value(); });
  }

  Outlook outlookFor(Incident& incident, bool isSeen) {
    const bool waits = incident.root.family == Family::waiting;
    const bool active = hasActiveMember(incident) || drifting_.contains(incident.number);
    if (incident.slow && active) incident.lastBad = now_;
    if (isByStatistics(incident) && !incident.slow) return outlookByStatistics(incident, isSeen, active);
    const Outlook outlook = waits ? outlookOfWaiting(incident, sight_, hasFiringMember(incident))
                                  : outlookOf(incident, sight_, active);
    if (waits && outlook == Outlook::undecided) incident.lastBad = now_;
    return outlook;
  }

  // An alert whose subject only the stream knew tells nothing now, and has not recovered when it ends so.
  Outlook outlookByStatistics(Incident& incident, bool isSeen, bool active) {
    if (hasBadMember(incident)) incident.lastBad = now_;
    if (hasMember(incident, [](const Alert& alert) { return !alert.unknownSince; }))
      return Outlook::undecided;
    if (active ? hasWholeRecovered(incident) : hasRecoveredMember(incident)) return Outlook::over;
    return isSeen && !active ? outlookOf(incident, sight_, false) : Outlook::undecided;
  }

  bool isBadAgain(const Incident& incident, bool isSeen) {
    if (isByStatistics(incident) && !isSeen) return hasBadMember(incident);
    return incident.root.family == Family::waiting || isBad(incident, sight_, Doubt::clearly);
  }

  // Mail that fails because of a drift is as usual again now and then: it is over with the drift. While
  // another alert mutes the one of the drift, that is not placed, but it holds.
  void becomeSlow(Incident& incident) {
    if (incident.root.family != Family::shares) return;
    for (const Alert* alert : active_) {
      if (!isDrift(*alert) || familyOf(*alert) != Family::shares) continue;
      const auto subject = rootOf(alert->key.subject, Family::shares);
      if (subject->categories != incident.root.categories || subject->receivers != incident.root.receivers)
        continue;
      if (!incident.slow && explained(*alert, sight_, state_.incidents, 0) != 0) continue;
      incident.slow = true;
      measureDrift(incident, *alert);
      drifting_.insert(incident.number);
    }
  }

  static void measureDrift(Incident& incident, const Alert& alert) {
    const auto& drift = std::get<rules::DriftEvidence>(alert.evidence);
    const auto mails = static_cast<double>(drift.mails.total);
    incident.numbers = {mails, static_cast<double>(drift.mails.bad), drift.usual.value() * mails};
    incident.window = drift.window;
    incident.longShare = incident.numbers.excessShare();
  }

  // What shows to be one cause of many replies is named so before anything is placed: else the other replies
  // would be an incident of their own.
  void gather(Incident& incident) {
    const Duration age = now_ - incident.openedAt;
    if (incident.slow || age > kRefinedFor || now_ - incident.lastBad > kStillBad) return;
    Root root =
        gathered(incident.root, sight_, incident.number, age <= kWidens ? Widening::allowed : Widening::none);
    if (root != incident.root) rename(incident, std::move(root));
  }

  void enter(Incident& incident, State state, Change::Kind kind) {
    incident.state = state;
    incident.since = now_;
    note(kind, incident);
    sight_.invalidate();
  }

  void end(Incident& incident, State state) {
    incident.endedAt = now_;
    if (!incident.goodSince) incident.goodSince = now_;
    if (incident.unstable) {
      incident.unstable = false;
      incident.reopenings.clear();
      note(Change::Kind::steady, incident);
    }
    enter(incident, state, state == State::resolved ? Change::Kind::resolved : Change::Kind::ended);
  }

  void refine(Incident& incident) {
    if (now_ - incident.openedAt > kRefinedFor || now_ - incident.lastBad > kStillBad || incident.slow)
      return;
    const bool waits = incident.root.family == Family::waiting;
    const Duration window =
        waits ? kLateWindows.front()
              : windowFor(std::max(Duration(minutes(10)), now_ - incident.began + minutes(10)));
    if (!waits && !sight_.covers(window)) return;
    const Late late = incident.stalled ? Late::soon : Late::overdue;
    const Grids& grids = sight_.absorbed(incident.root.family, window, incident.number, late);
    auto found = locate(grids, incident.root.family);
    if (found)
      found->root = gathered(found->root, sight_, incident.number,
                             now_ - incident.openedAt <= kWidens ? Widening::allowed : Widening::none);
    if (!found || found->root == incident.root || comesLater(incident, found->root) ||
        !isBetterName(incident, *found, grids)) {
      incident.candidate.reset();
      incident.candidateSeen = 0;
      return;
    }
    incident.candidateSeen = incident.candidate == found->root ? incident.candidateSeen + 1 : 1;
    incident.candidate = found->root;
    if (incident.notified && incident.candidateSeen < kLooksForName) return;
    incident.score = found->score;
    rename(incident, found->root);
  }

  // More mail that fails a while later, of a cause that does not spread, is another incident.
  bool comesLater(const Incident& incident, const Root& root) const {
    return now_ - incident.openedAt > kWidens && contains(root, incident.root) &&
           !contains(incident.root, root) && !haveSpreadingKind(incident.root, root);
  }

  static bool isBetterName(const Incident& incident, const Located& found, const Grids& grids) {
    const double shared = Sight::excessWithin(grids, incident.root, found.root);
    if (shared < kSharedExcess * Sight::sum(grids, incident.root).excess()) return false;
    const bool samePart =
        found.root.categories == incident.root.categories && found.root.receivers == incident.root.receivers;
    if (samePart && incident.root.kinds.empty()) return true;
    // Its replies vary and began together: one of them is no better name.
    if (samePart && found.root.kinds.size() < incident.root.kinds.size()) return false;
    return found.score >= scoreIn(grids, incident.root) + kBetter;
  }

  static double scoreIn(const Grids& grids, const Root& root) {
    for (const Grid& grid : grids)
      if (const auto slice = grid.sliceOf(root)) return scoreOf(grid, *slice);
    return 0;
  }

  void rename(Incident& incident, Root root) {
    Root before = std::exchange(incident.root, std::move(root));
    incident.weak = false;
    incident.candidate.reset();
    incident.candidateSeen = 0;
    incident.rootSince = now_;
    const bool wider = contains(incident.root, before) && !contains(before, incident.root);
    note(wider ? Change::Kind::spread : Change::Kind::refined, incident, std::move(before));
    sight_.invalidate();
  }

  template <class Condition>
  bool hasMember(const Incident& incident, Condition condition) const {
    return std::ranges::any_of(active_, [&](const Alert* alert) {
      return condition(*alert) && std::ranges::find(incident.members, alert->key) != incident.members.end();
    });
  }
  bool hasActiveMember(const Incident& incident) const {
    return hasMember(incident, [](const Alert&) { return true; });
  }
  bool hasFiringMember(const Incident& incident) const { return hasMember(incident, fires); }
  bool hasBadMember(const Incident& incident) const {
    return hasMember(incident, [&](const Alert& alert) { return fires(alert) && alert.lastBad >= now_; });
  }
  bool hasRecoveredMember(const Incident& incident) const {
    return std::ranges::any_of(recovered_, [&](const Alert* alert) {
      return std::ranges::find(incident.members, alert->key) != incident.members.end();
    });
  }
  // Whether an alert of mail that holds all of the incident's has ended since the stream told nothing.
  bool hasWholeRecovered(const Incident& incident) const {
    return std::ranges::any_of(recovered_, [&](const Alert* alert) {
      const auto root = rootOf(alert->key.subject, incident.root.family);
      return familyOf(*alert) == incident.root.family && root && contains(*root, incident.root) &&
             incident.statisticsSince && alert->since >= *incident.statisticsSince;
    });
  }

  // --- alerts

  void place(const Alert& alert) {
    const auto known = formerly_.find(alert.key);
    const std::int64_t member = known == formerly_.end() ? 0 : known->second;
    const Family family = familyOf(alert);
    Incident* of = state_.find(member);
    // It fires on, but what it sees now is no longer bad: that says nothing new.
    if (of != nullptr && alert.lastBad < now_) return join(*of, alert);
    // What was notified as a part of an incident, or as one of its own, stays there to its end.
    if (family == Family::rule && of != nullptr &&
        (of->byAlerts ? isLive(of->state) : alert.severity <= of->worstSeverity))
      return join(*of, alert);
    // What sums show of an incident found in the stream is less than it: its alerts stay with it.
    if (family != Family::rule && of != nullptr && isByStatistics(*of) && isLive(of->state))
      return join(*of, alert);
    // Until the table covers the shortest window again, what an incident explained it still explains.
    if (family != Family::rule && hasTable_ && !sight_.covers(kWindows.front()) && of != nullptr)
      return join(*of, alert);
    if (Incident* explaining = state_.find(explained(alert, sight_, state_.incidents, member))) {
      if (!isLive(explaining->state) && explaining->root.family == Family::shares &&
          isBad(*explaining, sight_, Doubt::clearly))
        reopen(*explaining, alert.severity);
      return join(*explaining, alert);
    }
    if (family == Family::rule) return placeByRule(alert);
    if (isDrift(alert)) return placeDrift(alert);
    const auto root = locateFor(alert);
    if (root) return placeAt(alert, *root);
    placeWithoutRoot(alert, of);
  }

  void placeByRule(const Alert& alert) {
    const Root root{
        .family = Family::rule, .categories = {}, .receivers = {}, .kinds = {}, .rule = alert.key.rule};
    for (Incident& incident : state_.incidents) {
      if (incident.account != account_ || incident.root != root || !mayContinue(incident, now_)) continue;
      if (!isLive(incident.state)) reopen(incident, alert.severity);
      return join(incident, alert);
    }
    Incident& incident = open(root, alert, 0);
    incident.byAlerts = true;
    join(incident, alert);
  }

  void placeDrift(const Alert& alert) {
    const auto& drift = std::get<rules::DriftEvidence>(alert.evidence);
    const auto subject = rootOf(alert.key.subject, Family::shares);
    const double excess =
        static_cast<double>(drift.mails.bad) - drift.usual.value() * static_cast<double>(drift.mails.total);
    for (Incident& incident : state_.incidents) {
      if (incident.account != account_ || incident.root.family != Family::shares ||
          !mayContinue(incident, now_))
        continue;
      const bool same =
          incident.root.categories == subject->categories && incident.root.receivers == subject->receivers;
      const bool inside = contains(incident.root, *subject);
      if (!same && (!incident.slow || (!inside && !contains(*subject, incident.root)))) continue;
      const double other = incident.numbers.excess();
      if (!same && std::min(excess, other) < kSameDrift * std::max(excess, other)) continue;
      if (!isLive(incident.state)) reopen(incident, Severity::warning);
      incident.slow = true;
      if (same) measureDrift(incident, alert);
      if (!same && inside && excess >= kDriftOfPart * other) {
        rename(incident, *subject);
        measureDrift(incident, alert);
      }
      return join(incident, alert);
    }
    Incident& incident = open(*subject, alert, 0);
    incident.slow = true;
    measureDrift(incident, alert);
    join(incident, alert);
  }

  std::optional<Located> locateFor(const Alert& alert) {
    const Family family = familyOf(alert);
    const auto subject = rootOf(alert.key.subject, family);
    if (!subject || !hasTable_ || !sight_.covers(kWindows.front())) return std::nullopt;
    std::optional<Located> best;
    for (const Duration window : family == Family::shares ? kShareWindows : kLateWindows) {
      if (window > kWindows.front() && !sight_.covers(window)) break;
      const Grids& grids = sight_.absorbed(family, window, 0, lateOf(alert));
      auto found = locate(grids, family);
      if (!found || (best && found->score <= best->score)) continue;
      const double excess = Sight::sum(grids, *subject).excess();
      if (Sight::excessWithin(grids, *subject, found->root) < kHoldsOfAlert * excess) continue;
      best = std::move(found);
    }
    if (best) best->root = gathered(best->root, sight_, 0, Widening::allowed);
    return best;
  }

  void placeAt(const Alert& alert, const Located& found) {
    if (Incident* matching = matchingTo(found, lateOf(alert))) {
      if (!isLive(matching->state)) reopen(*matching, alert.severity);
      widen(*matching, found, lateOf(alert));
      return join(*matching, alert);
    }
    Incident& incident = open(found.root, alert, found.score);
    join(incident, alert);
  }

  Incident* matchingTo(const Located& found, Late late) {
    const std::int64_t number = match(found, late, sight_, state_.incidents, account_);
    return number == 0 ? nullptr : state_.find(number);
  }

  // The same cause at more receivers, or the same mail and more.
  void widen(Incident& incident, const Located& found, Late late) {
    if (incident.slow || found.root == incident.root) return;
    if (haveSpreadingKind(incident.root, found.root)) {
      Root wider = joined(incident.root, found.root);
      if (wider != incident.root) rename(incident, std::move(wider));
      return;
    }
    if (!contains(found.root, incident.root)) return;
    const Grids& grids = sight_.absorbed(found.root.family, found.window, incident.number, late);
    if (scoreIn(grids, found.root) >= scoreIn(grids, incident.root) + kBetter || incident.weak)
      rename(incident, found.root);
  }

  // Nothing stands out: wait a while for what another incident may explain, then its own mail is the root.
  void placeWithoutRoot(const Alert& alert, Incident* of) {
    const auto doubted = doubtedSince_.find(alert.key);
    const Instant since = doubted == doubtedSince_.end() ? now_ : doubted->second;
    const Family family = familyOf(alert);
    const bool other = std::ranges::any_of(state_.incidents, [&](const Incident& incident) {
      return incident.account == account_ && incident.root.family == family && isLive(incident.state);
    });
    const bool uncovered = hasTable_ && !sight_.covers(kWindows.front());
    const bool isMember = of != nullptr && isLive(of->state);
    if ((other || uncovered) && now_ - since < kWaitForRoot) {
      state_.unexplained.push_back({alert.key, since, isMember ? of->number : 0});
      if (isMember) join(*of, alert);
      return;
    }
    const auto subject = rootOf(alert.key.subject, family);
    const Located weak{.slice = {}, .root = *subject, .score = 0, .numbers = {}, .window = windowOf(alert)};
    if (isMember && contains(of->root, *subject)) return join(*of, alert);
    for (Incident& incident : state_.incidents)
      if (incident.account == account_ && incident.weak && incident.root.family == family &&
          mayContinue(incident, now_) &&
          (contains(incident.root, *subject) || contains(*subject, incident.root))) {
        if (!isLive(incident.state)) reopen(incident, alert.severity);
        return join(incident, alert);
      }
    Incident& incident = open(weak.root, alert, 0);
    incident.weak = true;
    incident.byAlerts = byAlerts_ || !isCounted(weak.root) || seesMoreThanTable(alert, weak.root);
    incident.openedAt = std::max(since, incident.began);  // it has waited to be notified since then
    join(incident, alert);
  }

  // Whether there are numbers of the root's mail.
  bool isCounted(const Root& root) {
    if (!hasTable_) return false;
    const Duration window =
        root.family == Family::waiting ? kLateWindows.front() : Duration(kWindows.front());
    const Grids& grids = sight_.plain(root.family, window);
    return std::ranges::any_of(grids, [&](const Grid& grid) { return grid.sliceOf(root).has_value(); });
  }

  // After a start the statistics may tell of failures that the stream has not brought yet: its numbers would
  // say that nearly all is well.
  bool seesMoreThanTable(const Alert& alert, const Root& root) {
    constexpr double kFarMore = 3;
    if (root.family != Family::shares) return false;
    const Numbers numbers = Sight::sum(sight_.plain(Family::shares, windowOf(alert)), root);
    return shareOf(alert) > kFarMore * numbers.share();
  }

  Incident& open(const Root& root, const Alert& alert, double score) {
    Instant began = std::min(alert.beganAt, now_);
    if (root.family == Family::shares && score > 0)
      if (const auto first = beginningOf(sight_.mail(), root, now_)) began = std::min(*first, now_);
    Incident& incident = add(root, score, began);
    incident.severity = incident.worstSeverity = severityOf(alert, incident);
    incident.worstRule = alert.key.rule;
    return incident;
  }

  Incident& add(const Root& root, double score, Instant began) {
    Incident incident;
    incident.number = ++state_.lastNumber;
    incident.account = account_;
    incident.root = root;
    incident.since = incident.openedAt = incident.lastBad = incident.rootSince = now_;
    incident.began = began;
    incident.score = score;
    incident.byAlerts = byAlerts_;
    state_.incidents.push_back(std::move(incident));
    sight_.invalidate();
    fresh_.insert(state_.incidents.back().number);
    return state_.incidents.back();
  }

  void reopen(Incident& incident, Severity severity) {
    std::erase_if(incident.reopenings, [&](Instant at) { return now_ - at > kReopenedWithin; });
    incident.reopenings.push_back(now_);
    incident.endedAt.reset();
    incident.goodSince.reset();
    incident.mailEnded = false;
    incident.lastBad = now_;
    incident.severity = incident.worstSeverity = severity;
    // Whoever took care of it did so until it was over.
    incident.acknowledged.reset();
    // Since its end nobody has counted its mail.
    if (!incident.slow) measure(incident, sight_);
    enter(incident, State::open, Change::Kind::reopened);
    if (incident.reopenings.size() >= kReopenings && !incident.unstable) {
      incident.unstable = true;
      note(Change::Kind::unstable, incident);
    }
  }

  void join(Incident& incident, const Alert& alert) {
    members_[alert.key] = incident.number;
    incident.joined = true;
    if (isStall(alert)) incident.stalled = true;
  }

  // --- mail that no open incident explains, before an alert says so

  void residual() {
    const bool any = std::ranges::any_of(state_.incidents, [&](const Incident& incident) {
      return incident.account == account_ && incident.root.family == Family::shares && isLive(incident.state);
    });
    if (!any || !hasTable_ || byAlerts_) return;
    std::optional<Located> best;
    std::string covering;
    for (const Duration window : kShareWindows) {
      if (!sight_.covers(window)) break;
      const Grids& grids = sight_.absorbed(Family::shares, window);
      auto found = locate(grids, Family::shares);
      if (!found || found->score < kResidualScore || found->numbers.excess() < kResidualExcess) continue;
      if (rules::wilsonLower(found->numbers.excess(), found->numbers.mails, kZ) <= kResidualWarning) continue;
      std::string rule = coveringRule(*found, grids);
      if (rule.empty() || (best && found->score <= best->score)) continue;
      covering = std::move(rule);
      best = std::move(found);
    }
    if (!best) return;
    best->root = gathered(best->root, sight_, 0, Widening::allowed);
    if (Incident* matching = matchingTo(*best, Late::soon)) {
      if (isLive(matching->state)) widen(*matching, *best, Late::soon);
      return;
    }
    const auto began = beginningOf(sight_.mail(), best->root, now_);
    Incident& incident = add(best->root, best->score, std::min(now_, began.value_or(now_)));
    const double bound = rules::wilsonLower(best->numbers.excess(), best->numbers.mails, kZ);
    incident.severity = incident.worstSeverity =
        bound > kResidualCritical ? Severity::critical : Severity::warning;
    incident.worstRule = covering;
  }

  // The rule of an alert whose mail holds most of what was found; empty: there is none.
  std::string coveringRule(const Located& found, const Grids& grids) const {
    for (const Alert* alert : active_) {
      if (!fires(*alert) || familyOf(*alert) != Family::shares) continue;
      const auto subject = rootOf(alert->key.subject, Family::shares);
      if (subject && Sight::excessWithin(grids, found.root, *subject) >= kCovered * found.numbers.excess())
        return alert->key.rule;
    }
    return {};
  }

  // Of one kind that reaches every receiver, or of the same mail.
  static bool areOne(const Incident& older, const Incident& younger) {
    if (older.root.family != Family::shares || younger.root.family != Family::shares) return false;
    const bool sameMail =
        older.root.categories == younger.root.categories && older.root.receivers == younger.root.receivers;
    return (sameMail && kindsMeet(older.root, younger.root)) ||
           (!older.slow && !younger.slow && haveSpreadingKind(older.root, younger.root));
  }

  void merge() {
    for (Incident& older : state_.incidents)
      for (Incident& younger : state_.incidents) {
        if (older.number >= younger.number || older.account != account_ || younger.account != account_ ||
            !isLive(older.state) || !isLive(younger.state) || !areOne(older, younger))
          continue;
        if (haveSpreadingKind(older.root, younger.root))
          if (Root wider = joined(older.root, younger.root); wider != older.root)
            rename(older, std::move(wider));
        older.severity = std::max(older.severity, younger.severity);
        older.began = std::min(older.began, younger.began);
        younger.mergedInto = older.number;
        younger.endedAt = now_;
        enter(younger, State::merged, Change::Kind::merged);
        for (auto& [key, number] : members_)
          if (number == younger.number) number = older.number;
      }
  }

  // --- the end of the look

  static Severity severityOf(const Alert& alert, const Incident& incident) {
    if (isDrift(alert)) return std::min(alert.severity, Severity::warning);
    // Mail that a receiver puts off is no stall, and nothing to be done about for an hour.
    if (incident.root.kinds != std::vector<Kind>{Kind::deferred}) return alert.severity;
    if (isStall(alert)) return Severity::info;
    const auto* overdue = std::get_if<rules::OverdueEvidence>(&alert.evidence);
    if (overdue != nullptr && overdue->oldest <= kPutOff) return std::min(alert.severity, Severity::warning);
    return alert.severity;
  }

  void settle() {
    // Alerts that recover or are muted stay where they were.
    for (const Alert* alert : active_)
      if (const auto known = formerly_.find(alert->key);
          known != formerly_.end() && !fires(*alert) && !members_.contains(alert->key))
        members_[alert->key] = follow(known->second);
    for (const Alert* alert : active_)
      if (const auto doubted = doubtedSince_.find(alert->key);
          doubted != doubtedSince_.end() && !fires(*alert) && !members_.contains(alert->key))
        state_.unexplained.push_back({alert->key, doubted->second, 0});
    for (Incident& incident : state_.incidents)
      if (incident.account == account_) incident.members.clear();
    std::map<AlertKey, const Alert*> byKey;
    for (const Alert* alert : active_) byKey[alert->key] = alert;
    for (const auto& [key, number] : members_) {
      Incident& incident = *state_.find(number);
      incident.members.push_back(key);
      const Alert& alert = *byKey.at(key);
      if (!fires(alert) || !isLive(incident.state)) continue;
      const Severity severity = severityOf(alert, incident);
      if (incident.worstRule.empty() || severity > incident.worstSeverity)
        incident.worstRule = alert.key.rule;
      incident.severity = std::max(incident.severity, severity);
    }
    for (Incident& incident : state_.incidents) {
      if (incident.account != account_ || !isLive(incident.state)) continue;
      if (fresh_.contains(incident.number)) {
        if (!incident.slow) measure(incident, sight_);
        incident.worstSeverity = incident.severity;
        note(Change::Kind::opened, incident);
      } else if (incident.severity > incident.worstSeverity) {
        incident.worstSeverity = incident.severity;
        note(Change::Kind::worsened, incident);
      }
    }
    std::erase_if(state_.incidents, [&](const Incident& incident) {
      return incident.account == account_ && incident.endedAt && !isLive(incident.state) &&
             incident.members.empty() && now_ - *incident.endedAt > kEndedKept;
    });
  }

  std::int64_t follow(std::int64_t number) const {
    const Incident* incident = state_.find(number);
    return incident != nullptr && incident->state == State::merged ? follow(incident->mergedInto) : number;
  }

  void note(Change::Kind kind, const Incident& incident, Root before = {}) {
    changes_.push_back({kind, now_, incident, std::move(before)});
  }

  Followed& state_;
  std::vector<Change>& changes_;
  std::string account_;
  bool hasTable_, byAlerts_;
  Instant now_;
  Sight sight_;
  std::vector<const Alert*> active_, recovered_;
  std::map<AlertKey, std::int64_t> formerly_, members_;
  std::map<AlertKey, Instant> doubtedSince_;
  std::set<std::int64_t> fresh_, drifting_;
};

// Of an account without any table.
class NoMail final : public Mail {
 public:
  Duration covered() const override { return Duration{0}; }
  Grids shares(Duration) const override { return {}; }
  std::optional<Grid> late(Late, Duration) const override { return std::nullopt; }
  std::vector<Numbers> minutes(const Root&) const override { return {}; }
  Breakdown breakdown(const Root&, int) const override { return {}; }
};

}  // namespace

std::string_view name(Change::Kind kind) {
  constexpr std::array<std::string_view, 12> kNames{"opened",   "spread",   "refined",  "worsened",
                                                    "quieted",  "relapsed", "resolved", "ended",
                                                    "reopened", "merged",   "unstable", "steady"};
  return kNames[static_cast<std::size_t>(kind)];
}

Look follow(Followed before, std::span<const Alert> alerts, std::span<const AccountMail> accounts,
            Instant now, const Confusion& confusion) {
  Look look{std::move(before), {}};
  const NoMail none;
  for (const AccountMail& account : accounts) {
    std::vector<const Alert*> own;
    for (const Alert& alert : alerts)
      if (alert.key.subject.account == account.account) own.push_back(&alert);
    Follower(look.state, look.changes, account, account.mail != nullptr ? *account.mail : none,
             std::move(own), now, confusion)
        .run();
  }
  std::ranges::stable_sort(look.changes, {}, [](const Change& change) { return change.incident.number; });
  return look;
}

}  // namespace arrivald::incidents
