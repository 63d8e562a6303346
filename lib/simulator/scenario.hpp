// Scenario: a sequence of incidents. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "simulator/account.hpp"

namespace arrivald::simulator {

struct Scenario {
  struct Step {
    Incident incident;
    Duration after;  ///< from the beginning of the scenario
    Duration length;
  };
  std::string name;
  std::vector<Step> steps;
  Duration length{};  ///< until all alerts should have ended

  /// A stall, then blocks by one provider: the alerts of both fire and resolve.
  static Scenario demo();
  /// Of all that `named()` knows.
  static std::vector<std::string> names();
  /// A single incident by its name, "demo" or "quiet". Error::Kind::notFound lists the names.
  static Result<Scenario> named(const std::string& name);

  void planFor(Account& account, Instant start) const {
    for (const auto& step : steps) account.plan(step.incident, start + step.after, step.length);
  }
};

}  // namespace arrivald::simulator
