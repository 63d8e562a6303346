// evaluate_rules: judges, and puts what changed into the outbox in the same transaction.
#pragma once

#include "config/config.hpp"
#include "notify/compose.hpp"
#include "notify/route.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// The facts as they stand: windows, readings, list growth. Refers to `state`; good for one evaluation.
rules::WindowFacts factsOf(State& state, const config::Config& config);

/// One evaluation. Returns how many letters were put into the outbox; an error means that nothing has
/// changed.
Result<std::size_t> evaluateRules(State& state, const config::Config& config);

/// What surrounds a change, for its message.
notify::Context contextOf(State& state, const config::Config& config, const rules::Change& change);

/// The routes of the YAML as notify knows them.
std::vector<notify::Route> routesOf(const config::Config& config);
Language languageOf(const config::Config& config, const config::Channel& channel);

}  // namespace arrivald::watch
