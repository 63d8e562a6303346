#include "rules/evaluate.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "rules/evaluate_rule.hpp"
#include "rules/machine.hpp"

namespace arrivald::rules {
namespace {

// Whether the alert has to be kept: it is active, or was recently.
bool kept(const Alert& alert, Instant now, const NotificationTiming& timing) {
  if (alert.state == AlertState::resolved && now - alert.since < timing.resolvedKept) return true;
  return alert.flapping || alert.state == AlertState::pending || active(alert.state) ||
         std::ranges::any_of(alert.flips, [&](Instant at) { return now - at < timing.flipsWithin; });
}

class Evaluator {
 public:
  Evaluator(std::span<const Rule> rules, const Facts& facts, Instant now, const NotificationTiming& timing)
      : facts_(facts), now_(now), timing_(timing) {
    for (const Rule& rule : rules) rules_.emplace(rule.name, &rule);
    for (delivery::Subject& subject : facts.subjects()) {
      accounts_.insert(subject.account);
      subjects_.insert(std::move(subject));
    }
  }

  Verdict run(std::span<const Alert> alerts) {
    for (const Alert& alert : alerts) take(alert);
    for (const auto& [name, rule] : rules_) evaluateAll(*rule);
    tellLateOnes();
    mute();
    for (auto& [key, alert] : alerts_)
      if (std::optional<Change> change = notify(alert, facts_, now_, timing_))
        verdict_.changes.push_back(*std::move(change));
    for (auto& [key, alert] : alerts_)
      if (kept(alert, now_, timing_)) verdict_.alerts.push_back(std::move(alert));
    std::ranges::sort(verdict_.changes, [](const Change& a, const Change& b) {
      if (a.alert.severity != b.alert.severity) return a.alert.severity > b.alert.severity;
      return std::tie(a.alert.key, a.alert.episode) < std::tie(b.alert.key, b.alert.episode);
    });
    return std::move(verdict_);
  }

 private:
  // Continues a former alert, or closes it.
  void take(const Alert& alert) {
    const auto rule = rules_.find(alert.key.rule);
    if (rule == rules_.end()) return end(alert, Reason::Why::ruleRemoved);
    if (alert.meaning != meaning(*rule->second)) {
      end(alert, Reason::Why::ruleRemoved);
      Alert fresh;
      fresh.key = alert.key;
      fresh.episode = alert.episode;
      alerts_.emplace(alert.key, std::move(fresh));
      return;
    }
    // A subject may be missing from one answer: its state is unknown then; it is not removed.
    const bool missing = !subjects_.contains(alert.key.subject);
    const bool removed = missing && alert.unknownSince && now_ - *alert.unknownSince >= timing_.unknownFor;
    if (removed || !applies(*rule->second, alert.key.subject) || isOfRemovedSource(alert) ||
        !accounts_.contains(alert.key.subject.account))
      return end(alert, Reason::Why::subjectRemoved);
    const auto [place, isNew] = alerts_.emplace(alert.key, alert);
    if (isNew && missing) advance(place->second, *rule->second, Evaluation{}, now_);
  }

  bool applies(const Rule& rule, const delivery::Subject& subject) const {
    return rule.scope.contains(subject) && facts_.watched(subject, feedOf(rule));
  }

  // About a source that could not be read and is not asked for any more: nothing has recovered.
  bool isOfRemovedSource(const Alert& alert) const {
    const auto* reading = std::get_if<ReadingEvidence>(&alert.evidence);
    if (!reading || !reading->source || !active(alert.state)) return false;
    const auto readings = facts_.readings(alert.key.subject.account);
    return !readings.empty() &&
           std::ranges::none_of(readings, [&](const Reading& one) { return one.source == reading->source; });
  }

  void end(Alert alert, Reason::Why why) {
    if (std::optional<Change> change = close(alert, why, now_))
      verdict_.changes.push_back(*std::move(change));
  }

  void evaluateAll(const Rule& rule) {
    for (const delivery::Subject& subject : subjects_) {
      if (!applies(rule, subject)) continue;
      const AlertKey key{rule.name, subject};
      const auto known = alerts_.find(key);
      const auto context = contextOf(facts_, now_, known == alerts_.end() ? nullptr : &known->second);
      const Evaluation evaluation = evaluateRule(rule, subject, context);
      if (evaluation.outcome == Outcome::good)
        noteLate(rule, subject, known == alerts_.end() ? nullptr : &known->second);
      if (known == alerts_.end() && evaluation.outcome != Outcome::bad) continue;
      Alert& alert = known != alerts_.end() ? known->second : alerts_[key];
      alert.key = key;
      alert.meaning = meaning(rule);
      const auto episode = alert.episode;
      advance(alert, rule, evaluation, now_);
      if (alert.episode != episode)
        alert.beganAt = std::min(now_, beginningOf(subject, evaluation.evidence, context));
    }
  }

  // What is bad now, or cannot be told, is an alert like others.
  void noteLate(const Rule& rule, const delivery::Subject& subject, const Alert* known) {
    constexpr Duration kNews = std::chrono::minutes(2);
    constexpr std::size_t kMost = 100;  // each may take an evaluation for every minute of two hours
    const auto late = facts_.cameLate(subject.account);
    if (!late || now_ - late->at > kNews) return;
    if (known && (active(known->state) || known->lastBad >= late->from)) return;
    if (late_.size() >= kMost) return;
    if (auto found = lateAlert(rule, subject, facts_, *late, now_)) {
      if (known) found->episode = std::max(found->episode, known->episode + 1);
      late_.push_back(*std::move(found));
    }
  }

  // Whether an alert of the whole account told of the same time.
  bool isToldOf(const Alert& late) const {
    return std::ranges::any_of(alerts_, [&](const auto& entry) {
      const Alert& other = entry.second;
      return entry.first.subject.account == late.key.subject.account &&
             entry.first.subject.dimension == delivery::Dimension::account && badShare(other.worst) &&
             other.firedAt && other.beganAt <= late.lastBad && other.lastBad >= late.beganAt;
    });
  }

  // One message an account: of the widest and gravest. The others are known, and not told again.
  void tellLateOnes() {
    const auto rank = [](const Alert& alert) {
      return std::tuple(alert.key.subject.dimension != delivery::Dimension::account,
                        -static_cast<int>(alert.severity), -badness(alert.worst));
    };
    std::ranges::stable_sort(late_, [&](const Alert& a, const Alert& b) {
      return std::tie(a.key.subject.account) < std::tie(b.key.subject.account) ||
             (a.key.subject.account == b.key.subject.account && rank(a) < rank(b));
    });
    std::set<std::string> told;
    for (Alert& alert : late_) {
      const auto& account = alert.key.subject.account;
      if (!told.contains(account) && !isToldOf(alert))
        verdict_.changes.push_back(tellLate(alert, facts_, now_));
      told.insert(account);
    }
    for (Alert& alert : late_) alerts_.insert_or_assign(alert.key, alert);
  }

  // A status of an unknown type does not stop the mail.
  static bool explainsOthers(const Alert& alert) {
    if (const auto* number = std::get_if<NumberEvidence>(&alert.evidence)) return !number->doubted();
    const auto* status = std::get_if<StatusEvidence>(&alert.evidence);
    return status == nullptr || status->stopped();
  }

  // In the order of the keys. A muted alert mutes nothing, so of two rules that mute each other one is
  // notified.
  void mute() {
    for (auto& [key, alert] : alerts_) alert.mutedBy.clear();
    for (const auto& [key, alert] : alerts_) {
      if (!active(alert.state) || !alert.mutedBy.empty() || !explainsOthers(alert)) continue;
      for (const Mute& mute : rules_.at(key.rule)->mutes)
        for (auto& [otherKey, other] : alerts_)
          if (otherKey != key && other.mutedBy.empty() && reaches(mute, key, otherKey))
            other.mutedBy = toText(key);
    }
  }

  static bool reaches(const Mute& mute, const AlertKey& from, const AlertKey& to) {
    if (from.subject.account != to.subject.account) return false;
    if (mute.reach == Mute::Reach::subject && from.subject != to.subject) return false;
    // Only an account has a breakdown: an alert of one receiver does not mute those of others.
    if (mute.reach == Mute::Reach::breakdown && (from.subject.dimension != delivery::Dimension::account ||
                                                 to.subject.dimension == delivery::Dimension::account))
      return false;
    return std::ranges::any_of(mute.rules,
                               [&](const std::string& glob) { return globMatches(glob, to.rule); });
  }

  const Facts& facts_;
  Instant now_;
  const NotificationTiming& timing_;
  std::map<std::string, const Rule*> rules_;
  std::set<delivery::Subject> subjects_;
  std::set<std::string> accounts_;
  std::map<AlertKey, Alert> alerts_;
  std::vector<Alert> late_;
  Verdict verdict_;
};

}  // namespace

Verdict evaluate(std::span<const Rule> rules, const Facts& facts, std::span<const Alert> alerts, Instant now,
                 const NotificationTiming& timing) {
  return Evaluator(rules, facts, now, timing).run(alerts);
}

std::string_view name(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::fired:
      return "fired";
    case Change::Kind::worsened:
      return "worsened";
    case Change::Kind::reminded:
      return "reminded";
    case Change::Kind::flapping:
      return "flapping";
    case Change::Kind::resolved:
      return "resolved";
  }
  return "fired";
}

}  // namespace arrivald::rules
