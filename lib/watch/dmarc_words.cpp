#include "watch/dmarc_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/printable.hpp"

namespace arrivald::watch {
namespace {

using dmarc::ConditionId;

// Whether its value is a share and not a count.
bool isShare(ConditionId id) {
  switch (id) {
    case ConditionId::days:
    case ConditionId::reporters:
    case ConditionId::ownMessages:
    case ConditionId::unknownWeek:
    case ConditionId::newSource:
    case ConditionId::policyAge:
    case ConditionId::dns:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string DmarcWords::share(std::uint64_t part, std::uint64_t of) const {
  return of == 0 ? "–" : words_.percent(static_cast<double>(part) / static_cast<double>(of));
}

std::string DmarcWords::origin(dmarc::Origin origin) const {
  return words_.text(fmt::format("dmarc.origin.{}", name(origin)));
}

std::string DmarcWords::evidence(dmarc::Evidence evidence) const {
  return words_.text(fmt::format("dmarc.evidence.{}", name(evidence)));
}

std::string DmarcWords::outlook(const dmarc::Enforcement& judged) const {
  const auto outlook = words_.text(fmt::format("dmarc.outlook.{}", name(judged.outlook)),
                                   {{"step", std::string(name(judged.next))}});
  if (judged.outlook != dmarc::Outlook::notEnoughData && judged.outlook != dmarc::Outlook::enforcedUnknown)
    return outlook;
  // How much is missing, so that nobody waits for nothing.
  std::string missing;
  const auto step = judged.outlook == dmarc::Outlook::enforcedUnknown ? dmarc::Step::quarantine : judged.next;
  for (const auto& condition : dmarc::missingData(judged))
    missing += (missing.empty() ? "" : "; ") + this->condition(condition, step);
  return missing.empty() ? outlook
                         : words_.text("dmarc.missing", {{"outlook", outlook}, {"missing", missing}});
}

std::string DmarcWords::amount(const dmarc::Condition& condition, double value, double other) const {
  return isShare(condition.id) ? words_.percentBeside(value, other) : words_.number(value);
}

// Some are said otherwise for reject.
std::string DmarcWords::key(const char* group, const dmarc::Condition& condition, dmarc::Step step) const {
  const auto key = fmt::format("dmarc.{}.{}", group, name(condition.id));
  const auto special = fmt::format("{}.{}", key, name(step));
  return words_.has(special) ? special : key;
}

std::string DmarcWords::condition(const dmarc::Condition& condition, dmarc::Step step) const {
  const auto value =
      condition.value ? amount(condition, *condition.value, condition.bound) : words_.text("dmarc.unknown");
  auto textKey = key("condition", condition, step);
  // Nothing can be more than all.
  const bool isBounded =
      condition.limit == dmarc::Limit::atLeast || !isShare(condition.id) || condition.bound < 1;
  if (!isBounded && words_.has(textKey + ".unbounded")) textKey += ".unbounded";
  auto text =
      words_.text(textKey, {{"value", value},
                            {"bound", amount(condition, condition.bound, condition.value.value_or(0))},
                            {"subject", condition.subject}});
  while (text.ends_with(' ')) text.pop_back();
  if (condition.state == dmarc::State::byHand) text += fmt::format(" ({})", words_.text("dmarc.by_hand"));
  return text;
}

std::string DmarcWords::finding(const dmarc::DnsFinding& finding) const {
  return words_.text(
      fmt::format("dmarc.dns.{}.{}", name(finding.check), finding.reason),
      {{"subject", printable(finding.subject)}, {"n", words_.number(static_cast<double>(finding.number))}});
}

std::string DmarcWords::advice(const dmarc::DnsFinding& finding) const {
  const auto key = isUnanswered(finding)
                       ? std::string("dmarc.dns.do.unknown")
                       : fmt::format("dmarc.dns.do.{}.{}", name(finding.check), finding.reason);
  return words_.has(key) ? words_.text(key, {{"subject", printable(finding.subject)}}) : std::string();
}

std::string DmarcWords::advice(const dmarc::Condition& condition, dmarc::Step step) const {
  return words_.text(key("do", condition, step),
                     {{"subject", condition.subject.empty() ? "–" : condition.subject}});
}

std::string DmarcWords::firstOfDns(const DmarcView& view) const {
  if (!view.dns) return {};
  for (const auto& finding : view.dns->findings) {
    const bool isOfReports =
        finding.check == dmarc::DnsCheck::record || finding.check == dmarc::DnsCheck::reports;
    if (isOfReports && finding.state == dmarc::State::unmet)
      if (auto todo = advice(finding); !todo.empty()) return todo;
  }
  return {};
}

std::string DmarcWords::first(const DmarcView& view) const {
  if (auto todo = firstOfDns(view); !todo.empty()) return todo;
  const auto& judged = view.enforcement;
  if (judged.first.empty()) return {};
  const auto& conditions = judged.conditions(judged.next);
  const auto found = std::ranges::find(conditions, judged.first.front(), &dmarc::Condition::id);
  return found == conditions.end() ? std::string() : advice(*found, judged.next);
}

std::string DmarcWords::stake(const dmarc::AtStake& stake) const {
  return words_.text("dmarc.stake", {{"own", number(stake.own)},
                                     {"forwarded", number(stake.forwarded)},
                                     {"services", number(stake.unknownServices)},
                                     {"spoofed", number(stake.spoofed)}}) +
         (stake.unknown == 0 ? std::string()
                             : words_.text("sentence.gap") +
                                   words_.text("dmarc.unknown_stake", {{"n", number(stake.unknown)}}));
}

std::string DmarcWords::causes(const dmarc::Source& source) const {
  std::array<std::size_t, 4> order = {0, 1, 2, 3};
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(source.causes.at(b), a) < std::pair(source.causes.at(a), b);
  });
  std::string text;
  for (const auto i : order)
    if (source.causes.at(i) > 0)
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ",
                      words_.text(fmt::format("dmarc.cause.{}", name(static_cast<dmarc::FailureCause>(i)))),
                      number(source.causes.at(i)));
  return text;
}

std::string DmarcWords::policy(const dmarc::Policy& policy) const {
  if (policy.p.empty()) return words_.text("dmarc.unknown");
  return policy.since ? fmt::format("p={} ({}–)", policy.p, toText(*policy.since)) : "p=" + policy.p;
}

std::string DmarcWords::refusal(const std::string& reason) const {
  const auto key = "cli.dmarc.refused." + reason;
  return words_.has(key) ? words_.text(key) : reason;
}

}  // namespace arrivald::watch
