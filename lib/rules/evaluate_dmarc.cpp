// The rule kind about DMARC reports.
#include <algorithm>
#include <array>

#include "rules/evaluate_rule.hpp"
#include "rules/probability.hpp"

namespace arrivald::rules {
namespace {

using Side = Threshold::Side;

constexpr std::array<std::string_view, kDmarcSignCount> kSigns = {
    "own_mail",        "own_mail_refused", "new_source",     "spoofing",
    "reports_stopped", "reporter_silent",  "policy_changed", "unreadable"};

// Of so few days nobody knows what is new or usual.
constexpr std::int64_t kMinDays = 7;
// Above this a share is bad, however usual it is.
constexpr double kNeverUsual = 0.5;
// What an own source fails while nothing is known of it.
constexpr double kUsualOfNew = 0.02;
// A change is seen in the first reports some two days after it.
constexpr Duration kChangeShown = std::chrono::hours(24 * 5);

double number(std::int64_t count) { return static_cast<double>(count); }

double share(std::int64_t part, std::int64_t of) { return of > 0 ? number(part) / number(of) : 0; }

/// Judges the signs of one domain.
class DmarcJudge {
 public:
  DmarcJudge(const Dmarc& kind, const Rule& rule, const DmarcSigns& signs, Instant now)
      : kind_(kind), signs_(signs), now_(now) {
    evaluation_.severity = rule.severity;
    evidence_.sign = kind.sign;
    evidence_.day = signs.day;
    if (!signs.day.empty()) evidence_.began = signs.dayBegins;
  }

  Evaluation find() {
    switch (kind_.sign) {
      case DmarcSign::ownMail:
        findOwnMail();
        break;
      case DmarcSign::ownMailRefused:
        findRefused();
        break;
      case DmarcSign::newSource:
        findNewSource();
        break;
      case DmarcSign::spoofing:
        findSpoofing();
        break;
      case DmarcSign::reportsStopped:
        findStopped();
        break;
      case DmarcSign::reporterSilent:
        findSilentReporter();
        break;
      case DmarcSign::policyChanged:
        findPolicyChange();
        break;
      case DmarcSign::unreadable:
        findUnreadable();
        break;
    }
    evaluation_.evidence = std::move(evidence_);
    return std::move(evaluation_);
  }

 private:
  bool compare(std::string_view what, double value, double limit) {
    return check(evaluation_, what, value, limit, Side::above);
  }
  void decide(bool bad) { evaluation_.outcome = bad ? Outcome::bad : Outcome::good; }

  double limitOf(const DmarcSigns::Source& source) const {
    return std::clamp(kind_.times * source.usual.value_or(kUsualOfNew), kind_.minShare, kNeverUsual);
  }
  bool failsMore(const DmarcSigns::Source& source) const {
    return source.failing >= kind_.minMails &&
           wilsonLower(number(source.failing), number(source.messages), kind_.z) >= limitOf(source);
  }
  void take(const DmarcSigns::Source& source) {
    evidence_.source = source.name;
    evidence_.mails = source.failing;
    evidence_.total = source.messages;
    evidence_.usual = source.usual.value_or(0);
  }

  // Each source by itself, so that neither a wave of forged mail nor a large source hides a small one.
  void findOwnMail() {
    if (signs_.day.empty()) return;
    const DmarcSigns::Source* worst = nullptr;
    std::int64_t bad = 0;
    for (const auto& source : signs_.own) {
      const bool fails = failsMore(source);
      bad += fails ? 1 : 0;
      const auto rank = [&](const DmarcSigns::Source& one) { return std::pair(failsMore(one), one.failing); };
      if (!worst || rank(source) > rank(*worst)) worst = &source;
    }
    if (!worst) return;
    take(*worst);
    evidence_.limit = limitOf(*worst);
    evidence_.others = std::max<std::int64_t>(0, bad - 1);
    compare("failures", number(worst->failing), number(kind_.minMails));
    compare("bound", wilsonLower(number(worst->failing), number(worst->messages), kind_.z), evidence_.limit);
    if (bad > 0)
      evaluation_.outcome = Outcome::bad;
    else if (worst->failing >= kind_.minMails && share(worst->failing, worst->messages) > evidence_.limit)
      evaluation_.outcome = Outcome::between;
    else
      evaluation_.outcome = Outcome::good;
  }

  void findRefused() {
    if (signs_.day.empty() || signs_.ownMessages == 0) return;
    evidence_.source = signs_.policy;
    evidence_.mails = signs_.ownRefused;
    evidence_.total = signs_.ownMessages;
    evidence_.limit = kind_.minShare;
    const bool many = compare("failures", number(signs_.ownRefused), number(kind_.minMails));
    const bool much = compare(
        "bound", wilsonLower(number(signs_.ownRefused), number(signs_.ownMessages), kind_.z), kind_.minShare);
    decide(many && much);
  }

  void findNewSource() {
    if (signs_.day.empty() || signs_.days < kMinDays) return;
    const DmarcSigns::Source* largest = nullptr;
    std::int64_t large = 0;
    const auto passes = [](const DmarcSigns::Source& source) { return 2 * source.failing < source.messages; };
    for (const auto& source : signs_.unseen) {
      if (source.messages < kind_.minMails) continue;
      ++large;
      const auto rank = [&](const DmarcSigns::Source& one) { return std::pair(passes(one), one.messages); };
      if (!largest || rank(source) > rank(*largest)) largest = &source;
    }
    evidence_.limit = number(kind_.minMails);
    if (largest) {
      take(*largest);
      evidence_.mails = largest->messages;
      evidence_.others = large - 1;
      evidence_.passes = passes(*largest);
      // Somebody has our keys, or was set up by us; who only forges is no news.
      if (!evidence_.passes) evaluation_.severity = Severity::info;
    }
    decide(compare("failures", number(evidence_.mails), evidence_.limit));
  }

  void findSpoofing() {
    if (signs_.day.empty() || signs_.days < kMinDays) return;
    evidence_.mails = signs_.spoofed;
    evidence_.usual = signs_.usualSpoofed;
    evidence_.limit = std::max(kind_.times * signs_.usualSpoofed, number(kind_.minMails));
    decide(compare("failures", number(signs_.spoofed), evidence_.limit));
  }

  // Of what is so now.
  void forgetDay() {
    evidence_.day.clear();
    evidence_.began.reset();
  }

  Duration patience(Duration usualGap) const { return std::max(kind_.minQuiet, 3 * usualGap); }

  void findStopped() {
    forgetDay();
    if (!signs_.quiet) return;
    evidence_.quiet = *signs_.quiet;
    evidence_.began = now_ - evidence_.quiet;
    evidence_.quietLimit = patience(signs_.usualGap);
    decide(compare("quiet", inSeconds(evidence_.quiet), inSeconds(evidence_.quietLimit)));
  }

  void findSilentReporter() {
    forgetDay();
    if (!signs_.quiet) return;
    const bool allSilent = *signs_.quiet >= patience(signs_.usualGap);
    const DmarcSigns::Reporter* longest = nullptr;
    std::int64_t silent = 0;
    for (const auto& reporter : signs_.reporters) {
      if (reporter.quiet < patience(reporter.usualGap)) continue;
      ++silent;
      if (!longest || reporter.quiet > longest->quiet) longest = &reporter;
    }
    // That none comes at all is another rule's.
    if (allSilent) {
      evaluation_.outcome = Outcome::between;
      return;
    }
    if (!longest) return decide(false);
    evidence_.source = longest->name;
    evidence_.quiet = longest->quiet;
    evidence_.began = now_ - evidence_.quiet;
    evidence_.quietLimit = patience(longest->usualGap);
    evidence_.others = silent - 1;
    decide(compare("quiet", inSeconds(evidence_.quiet), inSeconds(evidence_.quietLimit)));
  }

  void findPolicyChange() {
    if (signs_.policy.empty()) return;
    evidence_.source = signs_.policy;
    if (!signs_.policyChange) return decide(false);
    evidence_.before = signs_.policyChange->before;
    evidence_.day = signs_.policyChange->since;
    evidence_.began = signs_.policyChange->at;
    const Duration age = now_ - signs_.policyChange->at;
    decide(check(evaluation_, "age", inSeconds(age), inSeconds(kChangeShown), Side::below));
  }

  void findUnreadable() {
    forgetDay();
    evidence_.mails = signs_.unreadable;
    evidence_.limit = number(kind_.minMails);
    decide(compare("failures", number(signs_.unreadable), evidence_.limit));
  }

  const Dmarc& kind_;
  const DmarcSigns& signs_;
  Instant now_;
  Evaluation evaluation_;
  DmarcEvidence evidence_;
};

}  // namespace

std::string_view name(DmarcSign sign) { return kSigns.at(static_cast<std::size_t>(sign)); }

std::optional<DmarcSign> dmarcSignNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kSigns, wanted);
  if (found == kSigns.end()) return std::nullopt;
  return static_cast<DmarcSign>(found - kSigns.begin());
}

Evaluation evaluateRule(const Dmarc& kind, const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  const auto* signs = context.facts.dmarcSigns(subject);
  if (signs) return DmarcJudge(kind, rule, *signs, context.now).find();
  Evaluation evaluation;
  evaluation.severity = rule.severity;
  DmarcEvidence evidence;
  evidence.sign = kind.sign;
  evaluation.evidence = std::move(evidence);
  return evaluation;
}

}  // namespace arrivald::rules
