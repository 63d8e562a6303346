// export_rules: alerts for Prometheus, for `arrivald export rules`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/ask.hpp"
#include "rules/rule.hpp"

namespace arrivald {

struct ExportOptions {
  std::string config;
  std::optional<Language> language;
  bool full = false;  ///< rules that Prometheus judges by itself, instead of relaying what arrivald judges
  bool keepFiring = true;  ///< keep_firing_for, which Prometheus knows since 2.42 and old vmalert does not
};

/// Prints nothing of a configuration that has a mistake, but the mistake.
Output exportRulesOutput(const ExportOptions& options, const config::Environment& environment);

/// deploy/prometheus.rules.yaml, with the address of each alert's runbook if the page has an address.
std::string relayedRules(std::string_view page);

/// The rules as Prometheus can judge them by arrivald's counters; those that it cannot are named in comments.
std::string fullRules(const std::vector<rules::Rule>& rules, std::string_view page, bool keepFiring);

/// deploy/prometheus.rules.yaml.
std::string_view relayExample();

}  // namespace arrivald
