// ReleasedRow: what became of one row that was to be released.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct ReleasedRow {
  std::string id;
  std::string address, list, account;
  std::string href;         ///< of the answer page
  std::string requestHref;  ///< of its request; empty: this is it
  Instant at{};             ///< when it was decided
  std::string by;
  std::string outcome;           ///< "pending"
  std::string late;              ///< why it is not over yet, and since when; empty: nothing is wrong
  std::optional<Instant> seen;   ///< when the outcome was seen
  std::string after;             ///< "delivered"; empty: nothing is followed
  std::optional<Instant> later;  ///< when that came
  std::string detail;            ///< about it, as text
  enum class Second { free, adminOnly } second = Second::free;  ///< whether another release needs an admin
  std::string undoHref;  ///< where putting it back is asked for; empty: it cannot be, or not by this user
};

/// `rows` for released_rows.mustache. For the renderers in this folder only.
void addReleasedRows(nlohmann::json& values, const std::vector<ReleasedRow>& rows, const Shell& shell);

}  // namespace arrivald::pages
