#include "rules/judge.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::rules {

Judgement judge(const Rule& rule, const delivery::Subject& subject, const Look& look) {
  Judgement judgement =
      std::visit([&](const auto& kind) { return judge(kind, rule, subject, look); }, rule.kind);
  judgement.evidence.kind = kindName(rule.kind);
  return judgement;
}

Judgement explain(const Rule& rule, const delivery::Subject& subject, const Facts& facts, Instant now) {
  return judge(rule, subject, Look{.facts = facts, .now = now});
}

bool check(Judgement& judgement, std::string_view what, double value, double limit, Threshold::Side side) {
  const bool above = side == Threshold::Side::above;
  const bool holds = above ? value >= limit : value <= limit;
  judgement.checks.push_back({std::string(what), value, limit, above, holds});
  return holds;
}

std::optional<double> badShare(const Evidence& evidence) {
  if (!evidence.input || unit(*evidence.input) != Unit::share || evidence.n <= 0) return std::nullopt;
  return static_cast<double>(evidence.failures) / static_cast<double>(evidence.n);
}

std::optional<double> badBound(const Evidence& evidence) {
  if (!evidence.input || unit(*evidence.input) != Unit::share || !evidence.bound) return std::nullopt;
  return inOwnTerms(*evidence.input, *evidence.bound);
}

std::string_view name(Finding finding) {
  switch (finding) {
    case Finding::unknown:
      return "unknown";
    case Finding::tooLittle:
      return "too_little_mail";
    case Finding::good:
      return "good";
    case Finding::between:
      return "between";
    case Finding::bad:
      return "bad";
  }
  return "unknown";
}

}  // namespace arrivald::rules
