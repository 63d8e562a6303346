#include "watch/explain_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/evaluate.hpp"
#include "watch/current_facts.hpp"

namespace arrivald::watch {
namespace {

std::string subjectText(const delivery::Subject& subject) { return delivery::toText(subject); }

// The numbers of an evaluation, as text.
std::string evidenceLine(const rules::Evidence& evidence) {
  std::string line;
  const auto add = [&](const std::string& part) { line += (line.empty() ? "  " : ", ") + part; };
  if (const auto gauge = rules::gaugeOf(evidence))
    add(fmt::format("value {:.6g}, threshold {:.6g}", gauge->value, gauge->limit));
  if (const auto bound = rules::badBound(evidence))
    add(fmt::format("bad share at least {:.6g}", bound->value()));
  if (const auto mails = rules::badMail(evidence))
    add(fmt::format("{} of {} mails", mails->bad, mails->total));
  if (const auto window = rules::windowOf(evidence); window > Duration{}) add("window " + toText(window));
  return line.empty() ? line : line + '\n';
}

std::string refusalLine(const Owners& owners, const std::string& account) {
  const auto refused = owners.events().refused().since(account);
  if (!refused) return {};
  return fmt::format("  {} batches refused since {}, the last one at {}: {}; {}\n", refused->count,
                     toIso(refused->first), toIso(refused->last), refused->kind,
                     RefusedBatches::remedy(refused->kind));
}

}  // namespace

Result<std::string> explainAlerts(const Owners& owners, const config::Config& config,
                                  const std::string& ruleName, const std::string& wanted) {
  const CurrentFacts current(owners, config);
  const auto& facts = current.facts();
  const auto now = owners.clock().now();
  std::string out, known;
  bool ruleFound = false;
  for (const auto& rule : config.rules) {
    known += (known.empty() ? "" : ", ") + rule.name;
    if (!ruleName.empty() && rule.name != ruleName) continue;
    ruleFound = true;
    for (const auto& subject : facts.subjects()) {
      if (!rule.scope.contains(subject) || !facts.watched(subject, rules::feedOf(rule)) ||
          (!wanted.empty() && subjectText(subject) != wanted))
        continue;
      const auto alert = std::find_if(
          owners.alerts().all().begin(), owners.alerts().all().end(),
          [&](const auto& one) { return one.key.rule == rule.name && one.key.subject == subject; });
      const bool stored = alert != owners.alerts().all().end();
      const auto evaluation = rules::explain(rule, subject, facts, now, stored ? &*alert : nullptr);
      out += fmt::format("{} on {}: {}\n", rule.name, subjectText(subject), rules::name(evaluation.outcome));
      for (const auto& check : evaluation.checks)
        out += fmt::format("  {} {}: {:.6g} {} {:.6g}\n", check.holds ? "yes" : "no ", check.what,
                           check.value, check.above ? "is at least" : "is below", check.limit);
      out += evidenceLine(evaluation.evidence);
      if (std::holds_alternative<rules::StreamSilent>(rule.kind)) out += refusalLine(owners, subject.account);
      if (evaluation.learningUntil)
        out += fmt::format("  still learning what is usual, until {}\n",
                           config.zone.minuteText(*evaluation.learningUntil));
      if (stored) {
        out += fmt::format("  remembered: {} since {}", rules::name(alert->state),
                           config.zone.minuteText(alert->since));
        if (alert->state == rules::AlertState::pending)
          out += fmt::format(", fires after {}", toText(rule.holdFor));
        if (alert->unknownSince)
          out += fmt::format(", data missing since {}", config.zone.minuteText(*alert->unknownSince));
        if (!alert->mutedBy.empty()) out += ", muted by " + alert->mutedBy;
        out += '\n';
      }
    }
  }
  if (config.rules.empty()) return Error{Error::Kind::notFound, "the configuration has no rules"};
  if (!ruleFound)
    return Error{Error::Kind::notFound,
                 fmt::format("no rule is called \"{}\"; there are: {}", ruleName, known)};
  if (out.empty())
    return Error{Error::Kind::notFound,
                 wanted.empty()
                     ? "nothing is known yet that this rule applies to"
                     : fmt::format("the rule does not apply to \"{}\", or nothing is known of it", wanted)};
  return out;
}

}  // namespace arrivald::watch
