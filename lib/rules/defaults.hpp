// The default rules, active without any configuration.
#pragma once

#include <vector>

#include "rules/rule.hpp"

namespace arrivald::rules {

/// Tuned for the mail of a town office (busy weekday hours, a few mails an hour at night, mailings of
/// hundreds to one domain) and checked by tests/simulation. They suit busier accounts as well.
std::vector<Rule> defaults();

}  // namespace arrivald::rules
