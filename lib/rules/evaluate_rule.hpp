// evaluateRule: evaluates one rule for one subject at one instant, without state. What follows over time is
// decided by the state machine (machine.hpp).
#pragma once

#include "rules/evaluate.hpp"

namespace arrivald::rules {

/// What an evaluation needs.
struct EvaluationContext {
  const Facts& facts;
  Instant now;
  /// How long the longest frozen alert of the subject's account has had no data, and the limit from which
  /// nothing_read fires because of it.
  Duration frozenFor{0};
  Duration frozenLimit = Duration::max();
};

Evaluation evaluateRule(const Rule& rule, const delivery::Subject& subject, const EvaluationContext& context);

// One overload for each kind.
Evaluation evaluateRule(const RateThreshold&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);
Evaluation evaluateRule(const Threshold&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const Stall&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const NothingRequested&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);
Evaluation evaluateRule(const NothingRead&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const Overdue&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const StreamSilent&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const SlowDrift&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const BurnRate&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const FirstBlock&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const CauseSeen&, const Rule&, const delivery::Subject&, const EvaluationContext&);
Evaluation evaluateRule(const StreamDiffers&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);
Evaluation evaluateRule(const StreamSettings&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);
Evaluation evaluateRule(const AccountSuspended&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);

/// Adds a comparison and returns whether it holds.
bool check(Evaluation& evaluation, std::string_view what, double value, double limit, Threshold::Side side);

}  // namespace arrivald::rules
