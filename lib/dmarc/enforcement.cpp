#include "dmarc/enforcement.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace arrivald::dmarc {
namespace {

constexpr double kWilsonZ = 1.64;
constexpr auto kOpenFor = std::chrono::hours(60);
constexpr std::uint64_t kMinSourceMessages = 50;
// With less a source is not news: pools of a provider send a mail now and then from another network.
constexpr std::uint64_t kMinNewMessages = 20;
constexpr int kWeek = 7;

// The end of Wilson's interval on this side: 1 the upper, -1 the lower.
double wilson(std::uint64_t hits, std::uint64_t of, double side) {
  if (of == 0) return side > 0 ? 1 : 0;
  const auto n = static_cast<double>(of);
  const double p = static_cast<double>(hits) / n, z2 = kWilsonZ * kWilsonZ;
  const double middle = p + z2 / (2 * n);
  const double half = kWilsonZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return std::clamp((middle + side * half) / (1 + z2 / n), 0.0, 1.0);
}

struct Limits {
  double days, reporters, own, coverage, failing, source, spfOnly, unknownShare, unknownWeek, underway;
  double newSource, policyAge;
};
constexpr Limits kQuarantine = {14, 3, 1000, 0.2, 0.005, 0.98, 0.1, 0.005, 49, 1, 7, 14};
constexpr Limits kReject = {21, 3, 5000, 0.3, 0.001, 0.995, 0.01, 1, 19, 0.005, 7, 28};

struct Sum {
  std::uint64_t messages = 0, failing = 0, spfOnly = 0;
};

Sum ownOf(const Sources& sources, Date from, Date to) {
  Sum sum;
  for (const auto& [day, sums] : sources.days) {
    if (day < from || day > to) continue;
    const auto& own = sums.byOrigin[static_cast<std::size_t>(Origin::own)];
    sum.messages += own.messages();
    sum.failing += own.fail;
    sum.spfOnly += own.spfOnly;
  }
  return sum;
}

double share(std::uint64_t part, std::uint64_t of) {
  return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

// Of the days of which both are known: what SendGrid delivered can only be covered by reports of that mail.
std::optional<double> coverageOf(const EnforcementFacts& facts) {
  std::uint64_t reported = 0, delivered = 0;
  for (const auto& [day, messages] : facts.delivered) {
    if (day < facts.firstDay || day > facts.lastDay) continue;
    delivered += messages;
    if (const auto sums = facts.sources.days.find(day); sums != facts.sources.days.end())
      reported += sums->second.ownBySendGrid;
  }
  // Where SendGrid's mail is not told apart from other mail, nothing is known.
  const bool unseen = reported == 0 && ownOf(facts.sources, facts.firstDay, facts.lastDay).messages > 0;
  if (delivered == 0 || unseen) return std::nullopt;
  // Days of reports are not those of the statistics, and one mail may be in several: a whole is no more.
  return std::min(1.0, share(reported, delivered));
}

/// Finds the conditions of one step.
class Conditions {
 public:
  Conditions(const EnforcementFacts& facts, Step step)
      : facts_(facts), step_(step), limits_(step == Step::quarantine ? kQuarantine : kReject) {}

  std::vector<Condition> find() {
    addData();
    addOwn();
    addOthers();
    addAge();
    found_.push_back({ConditionId::authBounces, State::byHand, Limit::atMost,
                      step_ == Step::quarantine ? 0.001 : 0.0005, std::nullopt, 0});
    found_.push_back({ConditionId::dns, facts_.dns, Limit::atLeast, 1, std::nullopt, 0});
    return std::move(found_);
  }

 private:
  Condition& add(ConditionId id, Limit limit, double bound, std::optional<double> value,
                 std::uint64_t atStake = 0) {
    Condition condition{id, State::unknown, limit, bound, value, atStake};
    if (value) {
      const bool met = limit == Limit::atLeast ? *value >= bound : *value <= bound;
      condition.state = met ? State::met : State::unmet;
    }
    found_.push_back(std::move(condition));
    return found_.back();
  }
  void addData();
  void addOwn();
  void addFailing(ConditionId id, Date from, Date to);
  void addOthers();
  void addAge();

  const EnforcementFacts& facts_;
  Step step_;
  const Limits& limits_;
  std::vector<Condition> found_;
};

void Conditions::addData() {
  const auto own = ownOf(facts_.sources, facts_.firstDay, facts_.lastDay);
  add(ConditionId::days, Limit::atLeast, limits_.days, static_cast<double>(facts_.sources.days.size()));
  add(ConditionId::reporters, Limit::atLeast, limits_.reporters, static_cast<double>(facts_.reporters));
  add(ConditionId::ownMessages, Limit::atLeast, limits_.own, static_cast<double>(own.messages));
  add(ConditionId::coverage, Limit::atLeast, limits_.coverage, coverageOf(facts_));
}

void Conditions::addFailing(ConditionId id, Date from, Date to) {
  const auto own = ownOf(facts_.sources, from, to);
  add(id, Limit::atMost, limits_.failing,
      own.messages == 0 ? std::nullopt : std::optional(wilsonUpper(own.failing, own.messages)), own.failing);
}

void Conditions::addOwn() {
  const auto days = [](int count) { return std::chrono::days(count); };
  addFailing(ConditionId::ownFailing, facts_.firstDay, facts_.lastDay);
  addFailing(ConditionId::ownFailingWeek1, facts_.lastDay - days(kWeek - 1), facts_.lastDay);
  addFailing(ConditionId::ownFailingWeek2, facts_.lastDay - days(2 * kWeek - 1),
             facts_.lastDay - days(kWeek));
  const Source* worst = nullptr;
  const auto passes = [](const Source& source) {
    return 1 - share(source.tally.fail, source.tally.messages());
  };
  for (const auto& source : facts_.sources.sources)
    if (source.origin == Origin::own && source.tally.messages() >= kMinSourceMessages &&
        (!worst || passes(source) < passes(*worst)))
      worst = &source;
  auto& each = add(ConditionId::eachSource, Limit::atLeast, limits_.source,
                   worst ? std::optional(passes(*worst)) : std::nullopt, worst ? worst->tally.fail : 0);
  if (worst) each.subject = worst->name;
  const auto own = ownOf(facts_.sources, facts_.firstDay, facts_.lastDay);
  add(ConditionId::spfOnly, Limit::atMost, limits_.spfOnly,
      own.messages == 0 ? std::nullopt : std::optional(share(own.spfOnly, own.messages)), own.spfOnly);
}

// The most that a source failed in seven days in a row.
std::uint64_t worstWeek(const Source& source) {
  std::uint64_t worst = 0;
  for (const auto& [first, ignored] : source.days) {
    std::uint64_t sum = 0;
    for (auto day = source.days.find(first);
         day != source.days.end() && day->first < first + std::chrono::days(kWeek); ++day)
      sum += day->second.fail;
    worst = std::max(worst, sum);
  }
  return worst;
}

void Conditions::addOthers() {
  std::uint64_t all = 0, unknown = 0, underway = 0, week = 0;
  std::string service;
  for (const auto& source : facts_.sources.sources) {
    all += source.tally.messages();
    if (source.origin == Origin::relayThatBreaks || source.origin == Origin::forwarded)
      underway += source.tally.fail;
    if (source.origin != Origin::unknownService) continue;
    unknown += source.tally.fail;
    if (const auto most = worstWeek(source); most > week) {
      week = most;
      service = source.name;
    }
  }
  const auto of = [&](std::uint64_t part) {
    return all == 0 ? std::nullopt : std::optional(share(part, all));
  };
  if (step_ == Step::quarantine)
    add(ConditionId::unknownShare, Limit::atMost, limits_.unknownShare, of(unknown), unknown).subject =
        service;
  add(ConditionId::unknownWeek, Limit::atMost, limits_.unknownWeek, static_cast<double>(week), unknown)
      .subject = service;
  add(ConditionId::lostUnderway, Limit::atMost, limits_.underway, of(underway), underway);
}

void Conditions::addAge() {
  const Source* newest = nullptr;
  for (const auto& source : facts_.sources.sources)
    if (source.origin == Origin::own && source.tally.messages() >= kMinNewMessages &&
        (!newest || source.firstDay > newest->firstDay))
      newest = &source;
  const auto age = [&](Date since) {
    return static_cast<double>(
        std::chrono::floor<std::chrono::days>(facts_.lastDay - since + std::chrono::days(1)).count());
  };
  auto& source = add(ConditionId::newSource, Limit::atLeast, limits_.newSource,
                     newest ? std::optional(age(newest->firstDay)) : std::nullopt);
  if (newest) source.subject = newest->name;
  // Reject asks for as long at quarantine.
  auto since = facts_.policy.since;
  if (step_ == Step::reject && facts_.policy.p == "none") since = facts_.lastDay + std::chrono::days(1);
  add(ConditionId::policyAge, Limit::atLeast, limits_.policyAge,
      since ? std::optional(age(*since)) : std::nullopt);
}

bool isData(ConditionId id) {
  return id == ConditionId::days || id == ConditionId::reporters || id == ConditionId::ownMessages;
}

bool isMet(const Condition& condition) {
  return condition.state == State::met || condition.state == State::byHand;
}

AtStake stakeOf(const Sources& sources) {
  AtStake stake;
  for (const auto& source : sources.sources) {
    const auto failing = source.tally.fail;
    if (source.origin == Origin::own)
      stake.own += failing;
    else if (source.origin == Origin::forwarded || source.origin == Origin::relayThatBreaks)
      stake.forwarded += failing;
    else if (source.origin == Origin::unknownService)
      stake.unknownServices += failing;
    else if (source.origin == Origin::unknown)
      stake.unknown += failing;
    else
      stake.spoofed += failing;
  }
  return stake;
}

Outlook outlookOf(const EnforcementFacts& facts, const Enforcement& found) {
  const auto own = ownOf(facts.sources, facts.firstDay, facts.lastDay);
  const auto isMissing = [](const Condition& condition) { return isData(condition.id) && !isMet(condition); };
  const bool enforced = facts.policy.p == "quarantine" || facts.policy.p == "reject";
  if (enforced && own.messages > 0 && wilsonLower(own.failing, own.messages) > kQuarantine.failing)
    return Outlook::losesOwnMail;
  if (enforced && std::ranges::any_of(found.quarantine, isMissing)) return Outlook::enforcedUnknown;
  if (facts.policy.p == "reject") return Outlook::enforced;
  const auto& conditions = found.conditions(found.next);
  if (std::ranges::any_of(conditions, isMissing))
    return enforced ? Outlook::enforced : Outlook::notEnoughData;
  if (!std::ranges::all_of(conditions, isMet)) return enforced ? Outlook::enforced : Outlook::notReady;
  return found.next == Step::quarantine ? Outlook::readyForQuarantine : Outlook::readyForReject;
}

}  // namespace

std::string_view name(Step step) { return step == Step::quarantine ? "quarantine" : "reject"; }

std::string_view name(ConditionId id) {
  static constexpr std::array<std::string_view, 16> kNames = {"days",
                                                              "reporters",
                                                              "own_messages",
                                                              "coverage",
                                                              "own_failing",
                                                              "own_failing_last_week",
                                                              "own_failing_week_before",
                                                              "each_source",
                                                              "spf_only",
                                                              "unknown_share",
                                                              "unknown_week",
                                                              "lost_underway",
                                                              "new_source",
                                                              "policy_age",
                                                              "auth_bounces",
                                                              "dns"};
  return kNames.at(static_cast<std::size_t>(id));
}

std::string_view name(State state) {
  static constexpr std::array<std::string_view, 4> kNames = {"met", "unmet", "unknown", "by_hand"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view name(Outlook outlook) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "not_enough_data", "not_ready",      "ready_for_quarantine", "ready_for_reject",
      "enforced",        "loses_own_mail", "enforced_unknown"};
  return kNames.at(static_cast<std::size_t>(outlook));
}

double wilsonUpper(std::uint64_t hits, std::uint64_t of) { return wilson(hits, of, 1); }
double wilsonLower(std::uint64_t hits, std::uint64_t of) { return wilson(hits, of, -1); }

std::vector<Condition> missingData(const Enforcement& judged) {
  const auto step = judged.outlook == Outlook::enforcedUnknown ? Step::quarantine : judged.next;
  std::vector<Condition> missing;
  for (const auto& condition : judged.conditions(step))
    if (isData(condition.id) && !isMet(condition)) missing.push_back(condition);
  return missing;
}

Date lastClosedDay(Instant now, const TimeZone& zone) {
  // The day before the one that holds the instant until which all is closed.
  return zone.dateOf(now - kOpenFor) - std::chrono::days(1);
}

Enforcement judgeEnforcement(const EnforcementFacts& facts) {
  Enforcement found;
  const auto own = ownOf(facts.sources, facts.firstDay, facts.lastDay);
  for (const auto& [day, sums] : facts.sources.days)
    if (day >= facts.firstDay && day <= facts.lastDay) found.messages += sums.total().messages();
  found.reporters = facts.reporters;
  found.ownMessages = own.messages;
  found.ownPassed = own.messages - own.failing;
  found.coverage = coverageOf(facts);
  found.quarantine = Conditions(facts, Step::quarantine).find();
  found.reject = Conditions(facts, Step::reject).find();
  found.next = facts.policy.p == "quarantine" || facts.policy.p == "reject" ? Step::reject : Step::quarantine;
  found.atStake = stakeOf(facts.sources);
  found.outlook = outlookOf(facts, found);
  std::vector<const Condition*> open;
  for (const auto& condition : found.conditions(found.next))
    if (!isMet(condition)) open.push_back(&condition);
  std::stable_sort(open.begin(), open.end(),
                   [](const Condition* a, const Condition* b) { return a->atStake > b->atStake; });
  for (const auto* condition : open) found.first.push_back(condition->id);
  return found;
}

}  // namespace arrivald::dmarc
