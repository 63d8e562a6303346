// AddressPage: the answer to "why does this address get no mail?". Pure: plain data in, HTML out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct AddressPage {
  Shell shell;
  std::string address;
  std::string unicode;  ///< with its domain in letters where it is punycode; empty: it is not
  std::int64_t accounts = 0, lists = 0;
  std::string kind;              ///< the look of the answer, as of a chip: "side.theirs"
  std::vector<std::string> say;  ///< the answer in one or two sentences
  std::string sub;               ///< what it means
  std::vector<Chip> chips;
  struct Step {
    std::string strong, text;
    /// The rows to be released, by comma: the step has the button that opens the check. Empty: no button.
    std::string entries;
  };
  std::vector<Step> steps;
  std::string customer;  ///< the text for the customer; empty: none
  std::vector<std::string> accountNames;
  struct Cell {
    enum class State { none, stopped, listed, unread } state = State::none;
    std::optional<Instant> since;
  };
  struct ListLine {
    std::string list;         ///< "bounces"
    std::vector<Cell> cells;  ///< as accountNames
  };
  std::vector<ListLine> matrix;
  struct Moment {
    std::string kind;  ///< as of a chip: "delivered"
    Instant at{};
    std::string strong, text, small;
  };
  std::vector<Moment> history;  ///< newest first
  struct Reply {
    std::string text;       ///< verbatim
    std::string rule;       ///< which decided; empty: none
    std::string wholeHref;  ///< of the text as a download; empty: all of it is shown
  };
  std::vector<Reply> replies;
};

std::string render(const AddressPage& page);

}  // namespace arrivald::pages
