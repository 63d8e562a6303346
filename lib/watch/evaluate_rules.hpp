// evaluate_rules: evaluates the rules, and puts notifications of what changed into the outbox in the same
// transaction. Loop thread only.
#pragma once

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// One evaluation. Returns how many notifications were put into the outbox.
std::size_t evaluateRules(Owners& owners, const config::Config& config);

}  // namespace arrivald::watch
