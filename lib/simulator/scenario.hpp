// Scenario: what goes wrong, and when. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "simulator/account.hpp"

namespace arrivald::simulator {

struct Scenario {
  struct Step {
    Incident incident;
    Duration after;  ///< from the scenario's beginning
    Duration length;
  };
  std::string name;
  std::vector<Step> steps;
  Duration length{};  ///< after which there is nothing more to see

  /// A stall, then one provider that blocks: both fire and resolve.
  static Scenario demo();
  /// One incident by its name, or "demo", or "quiet". Error::Kind::notFound names what there is.
  static Result<Scenario> named(const std::string& name);

  void planFor(Account& account, Instant start) const {
    for (const auto& step : steps) account.plan(step.incident, start + step.after, step.length);
  }
};

}  // namespace arrivald::simulator
