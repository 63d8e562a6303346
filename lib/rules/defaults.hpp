// The default rules, active without any configuration.
#pragma once

#include <vector>

#include "rules/rule.hpp"

namespace arrivald::rules {

/// Tuned for the mail of a town office (busy weekday hours, a few mails an hour at night, mailings of
/// hundreds to one domain) and checked by tests/simulation. They suit busier accounts as well.
std::vector<Rule> defaults();

/// Those that are added where there is a desk: news of the suppression lists, at a count of one.
std::vector<Rule> deskDefaults();

/// Those that are added where DMARC reports are read.
std::vector<Rule> dmarcDefaults();

}  // namespace arrivald::rules
