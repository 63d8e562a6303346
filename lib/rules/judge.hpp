// judge: one rule looks once at one subject. Without memory; what it means over time is the state machine's.
#pragma once

#include "rules/evaluate.hpp"

namespace arrivald::rules {

/// What a look needs beside the facts.
struct Look {
  const Facts& facts;
  Instant now;
  /// For how long the longest frozen alert of the subject's account has had no data, and from when on that is
  /// nothing_read's business.
  Duration frozenFor{0};
  Duration frozenLimit = Duration::max();
};

Judgement judge(const Rule& rule, const delivery::Subject& subject, const Look& look);

// One a kind.
Judgement judge(const RateThreshold&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const Threshold&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const Stall&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const NothingRequested&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const NothingRead&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const Overdue&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const StreamSilent&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const SlowDrift&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const BurnRate&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const FirstBlock&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const CauseSeen&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const StreamDiffers&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const StreamSettings&, const Rule&, const delivery::Subject&, const Look&);
Judgement judge(const AccountSuspended&, const Rule&, const delivery::Subject&, const Look&);

/// Adds a comparison and says whether it holds.
bool check(Judgement& judgement, std::string_view what, double value, double limit, Threshold::Side side);

/// The share of bad mail behind evidence about a share; nothing for other kinds.
std::optional<double> badShare(const Evidence& evidence);
/// Its lower bound against chance, if one was taken.
std::optional<double> badBound(const Evidence& evidence);

}  // namespace arrivald::rules
