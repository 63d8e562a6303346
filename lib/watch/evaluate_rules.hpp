// evaluate_rules: evaluates the rules, and puts notifications of what changed into the outbox in the same
// transaction. Loop thread only.
#pragma once

#include "config/config.hpp"
#include "rules/window_facts.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// The facts as they stand: windows and readings, and what `stream` says. Refers to all three; good for one
/// evaluation.
rules::WindowFacts factsOf(Owners& owners, const config::Config& config, const rules::StreamFacts& stream);

/// One evaluation. Returns how many notifications were put into the outbox.
std::size_t evaluateRules(Owners& owners, const config::Config& config);

}  // namespace arrivald::watch
