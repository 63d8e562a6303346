#include "rules/evaluate_rule.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::rules {

Evaluation evaluateRule(const Rule& rule, const delivery::Subject& subject,
                        const EvaluationContext& context) {
  return std::visit([&](const auto& kind) { return evaluateRule(kind, rule, subject, context); }, rule.kind);
}

EvaluationContext contextOf(const Facts& facts, Instant now, const Alert* stored) {
  EvaluationContext context{.facts = facts, .now = now};
  if (stored != nullptr && stored->goodSince) context.from = *stored->goodSince;
  if (stored != nullptr && active(stored->state)) context.alert = stored;
  return context;
}

Evaluation explain(const Rule& rule, const delivery::Subject& subject, const Facts& facts, Instant now,
                   const Alert* stored) {
  return evaluateRule(rule, subject, contextOf(facts, now, stored));
}

bool check(Evaluation& evaluation, std::string_view what, double value, double limit, Threshold::Side side) {
  const bool above = side == Threshold::Side::above;
  const bool holds = above ? value >= limit : value <= limit;
  evaluation.checks.push_back({std::string(what), value, limit, above, holds});
  return holds;
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::unknown:
      return "unknown";
    case Outcome::tooLittle:
      return "too_little_mail";
    case Outcome::good:
      return "good";
    case Outcome::between:
      return "between";
    case Outcome::bad:
      return "bad";
  }
  return "unknown";
}

}  // namespace arrivald::rules
