// evaluate_rules: judges, and puts what changed into the outbox in the same transaction.
#pragma once

#include "config/config.hpp"
#include "notify/compose.hpp"
#include "notify/route.hpp"
#include "watch/state.hpp"

namespace arrivald::watch {

/// What rules ask of the event stream and of the lists, answered from the state. Refers to both; good for one
/// evaluation.
class StateFacts final : public rules::StreamFacts, public rules::ListFacts {
 public:
  StateFacts(State& state, const config::Config& config) : state_(state), config_(config) {}

  bool alive(std::string_view account, Instant now) const override;
  std::optional<Waiting> waiting(const delivery::Subject& subject, Duration after, Duration window,
                                 Instant now) const override;
  std::optional<Latency> latency(const delivery::Subject& subject, Duration window,
                                 Instant now) const override;
  std::optional<std::int64_t> causeCount(const delivery::Subject& subject,
                                         const std::vector<std::string>& causes, Duration window,
                                         Instant now) const override;
  std::optional<DayCompared> dayCompared(std::string_view account, Instant now) const override;
  std::optional<SettingsSeen> streamSettings(std::string_view account) const override;
  std::optional<std::string> accountStatus(std::string_view account) const override;
  std::optional<std::int64_t> listGrowth(std::string_view account, std::string_view list, Duration window,
                                         Instant end) const override;

 private:
  const config::Account* streaming(std::string_view account) const;

  State& state_;
  const config::Config& config_;
};

/// The facts as they stand: windows and readings, and what `answers` says. Refers to all three; good for one
/// evaluation.
rules::WindowFacts factsOf(State& state, const config::Config& config, const StateFacts& answers);

/// One evaluation. Returns how many notifications were put into the outbox; an error means that nothing has
/// changed.
Result<std::size_t> evaluateRules(State& state, const config::Config& config);

/// What surrounds a change, for its message.
notify::Context contextOf(State& state, const config::Config& config, const rules::Change& change);

/// The routes of the YAML as notify knows them.
std::vector<notify::Route> routesOf(const config::Config& config);

}  // namespace arrivald::watch
