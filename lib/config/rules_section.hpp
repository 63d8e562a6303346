// rules_section: the YAML's words about rules. Private to lib/config.
#pragma once

#include <yaml-cpp/yaml.h>

#include "config/reader.hpp"

namespace arrivald::config {

/// Changes `rules` (the defaults) as the list `node` says: an entry with the name of a default changes or
/// disables it, any other adds a rule.
void readRules(const YAML::Node& node, std::vector<rules::Rule>& rules, const std::vector<Account>& accounts,
               Problems& problems);

}  // namespace arrivald::config
