// The rules that are on without a line of YAML.
#pragma once

#include <vector>

#include "rules/rule.hpp"

namespace arrivald::rules {

/// Made for the mail of a town office (busy weekday hours, a few mails an hour at night, mailings of hundreds
/// to one domain) and held to it by tests/simulation; they suit busier accounts as well.
std::vector<Rule> defaults();

}  // namespace arrivald::rules
