// desk_query: the query of the list in a URL, and URLs of queries.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/desk_visit.hpp"
#include "desk/query.hpp"

namespace arrivald {

desk::QueryAsked queryAsked(const desk::Form& query);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// `parameters` with that one replaced, or taken out if its value is empty.
Parameters with(Parameters parameters, const std::string& name, const std::string& value);
/// Without the period.
Parameters withoutPeriod(const Parameters& parameters);
std::string hrefOf(std::string_view path, const Parameters& parameters);

}  // namespace arrivald
