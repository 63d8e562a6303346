// GroupPage and GroupsPage: which receivers get no mail, whose side that is on, and what to send to them.
// Pure: plain data in, HTML out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pages/list_page.hpp"

namespace arrivald::pages {

/// The sides in the order of counts below.
inline constexpr std::array<std::string_view, 5> kSides = {"ours", "theirs", "wrong_address", "temporary",
                                                           "unknown"};
using SideCounts = std::array<std::int64_t, kSides.size()>;

struct GroupsPage {
  Shell shell;
  Date first{}, last{};
  struct Row {
    std::string name, href;
    SideCounts counts{};
  };
  std::vector<Row> rows;
  Known known = Known::all;
};

struct GroupPage {
  Shell shell;
  std::string name;
  std::vector<Filter::Option> groups;  ///< all, to choose another
  std::string chosen;                  ///< the value of this one
  Date first{}, last{};
  std::int64_t total = 0;
  std::string kind;  ///< the look of the answer: "side.ours"
  std::vector<std::string> say;
  std::string sub;
  std::vector<Chip> chips;
  struct Day {
    Date date{};
    SideCounts counts{};
  };
  std::vector<Day> days;  ///< oldest first, at most 31
  struct CauseCount {
    std::string label, href;
    std::string side;
    std::int64_t count = 0;
  };
  std::vector<CauseCount> causes;  ///< most frequent first
  std::string itText;              ///< for the receiver's IT staff; empty: none
  std::string rowsHref;
};

std::string render(const GroupsPage& page);
std::string render(const GroupPage& page);

}  // namespace arrivald::pages
