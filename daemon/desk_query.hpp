// desk_query: the query of the list in a URL, and URLs of queries.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/desk_visit.hpp"
#include "desk/query.hpp"

namespace arrivald {

desk::QueryAsked queryAsked(const desk::Form& query);

/// The names that queryAsked() reads.
std::span<const std::string_view> queryNames();
/// Those of `query` that are in none of `known`, each once.
std::vector<std::string> unknownNames(const desk::Form& query,
                                      std::initializer_list<std::span<const std::string_view>> known);
/// What of the URL says nothing: an unknown name, or a name of the query whose value means nothing.
std::vector<std::string> notUnderstood(const desk::Query& query, const desk::Form& form,
                                       std::span<const std::string_view> also);
/// Says on the page what was not understood, and what it shows instead.
void addNotUnderstood(const DeskVisit& visit, const std::vector<std::string>& names, pages::Shell& shell);
/// Says what was changed of typed dates.
void addMends(const DeskVisit& visit, const suppression::Period& period, pages::Shell& shell);
/// Whether a date could not be read, so that other days are shown.
bool isUnreadable(const suppression::Period& period);
/// Whether it says how many rows were shown before, or nothing.
bool isRowCount(std::string_view text);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// `parameters` with that one replaced, or taken out if its value is empty.
Parameters with(Parameters parameters, const std::string& name, const std::string& value);
/// Without the period.
Parameters withoutPeriod(const Parameters& parameters);
std::string hrefOf(std::string_view path, const Parameters& parameters);

}  // namespace arrivald
