// FollowupPage: what became of everything that was released. Pure: plain data in, HTML out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pages/list_page.hpp"
#include "pages/released_row.hpp"

namespace arrivald::pages {

struct FollowupPage {
  Shell shell;
  struct Tile {
    std::string kind;  ///< "pending", "not_sent_yet", "delivered", "bounced_again"
    std::int64_t count = 0;
    std::string href;
    Choice::State state = Choice::State::other;
  };
  std::vector<Tile> tiles;
  std::vector<ReleasedRow> rows;
  std::int64_t total = 0, firstRow = 0, pageSize = 50;
  std::string nextPageHref;
};

std::string render(const FollowupPage& page);

}  // namespace arrivald::pages
