// evaluateRule: evaluates one rule for one subject at one instant, without state. What follows over time is
// decided by the state machine (machine.hpp).
#pragma once

#include "rules/evaluate.hpp"

namespace arrivald::rules {

/// What an evaluation needs.
struct EvaluationContext {
  const Facts& facts;
  Instant now;
  /// What ended the alert cannot start it again: mail before this counts no longer.
  Instant from = Instant::min();
  /// The rule's alert of the subject while it is active, else null: it ends only when what it is about does.
  const Alert* alert = nullptr;
  /// As much of a window as may count.
  Duration within(Duration window, Instant end) const {
    return from > end - window ? std::max(Duration{0}, end - from) : window;
  }
  Duration within(Duration window) const { return within(window, now); }
};

/// `stored`: the rule's alert of the subject, or null.
EvaluationContext contextOf(const Facts& facts, Instant now, const Alert* stored);

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
Evaluation evaluateRule(const StatisticsStill&, const Rule&, const delivery::Subject&,
                        const EvaluationContext&);

Evaluation evaluateRule(const Dmarc&, const Rule&, const delivery::Subject&, const EvaluationContext&);

/// The alert about failures that events told of late, if the rule would have had one and it was over by then;
/// resolved as of now, and not notified yet. Of rules about a share of failures only.
std::optional<Alert> lateAlert(const Rule& rule, const delivery::Subject& subject, const Facts& facts,
                               const StreamFacts::CameLate& late, Instant now);

/// Whether the statistics show outcomes of mail that the stream tells of without one: of what they count by
/// now of the requests of the last `stretch` a share much smaller than `waiting` (0 to 1) has none. Then the
/// stream is late or incomplete, not the mail.
bool answeredByStatistics(const delivery::Subject& subject, const EvaluationContext& context, double waiting,
                          Duration stretch);
/// Whether the provider's numbers stopped moving altogether, rather than requests: outcomes of the last mails
/// would have followed the last requests, and an event stream that is alive would report no mail.
bool stoodStill(const delivery::Subject& subject, const EvaluationContext& context);
/// When what an evaluation saw began, by estimate: between the two states that its numbers show.
Instant beginningOf(const delivery::Subject& subject, const Evidence& evidence,
                    const EvaluationContext& context);

/// Adds a comparison and returns whether it holds.
bool check(Evaluation& evaluation, std::string_view what, double value, double limit, Threshold::Side side);

}  // namespace arrivald::rules
