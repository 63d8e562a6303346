// desk_released_rows: what became of released entries, as rows of pages.
#pragma once

#include <string>
#include <vector>

#include "daemon/desk_visit.hpp"
#include "pages/released_row.hpp"
#include "store/releases_table.hpp"

namespace arrivald {

/// Since when an open row is asked for in vain; nothing if the last attempt did not fail.
std::optional<Instant> stalledSince(const suppression::ItemProgress& progress);
pages::ReleasedRow releasedRowOf(const DeskVisit& visit, const store::ReleasedItem& released);

/// The words of such rows that change while one waits, as JSON by row: {"7":{"outcome":"…"}}.
std::string releasedWords(const std::vector<pages::ReleasedRow>& rows, const pages::Shell& shell);

}  // namespace arrivald
