// ReleasePage: what will happen to each row of a request before it is decided. Pure: plain data in, HTML out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct ReleasePage {
  Shell shell;
  std::string action;        ///< where the form is sent: "/releases/…"
  std::string backHref;      ///< the list as it was
  std::string draftVersion;  ///< of the stored draft: a decision about another one is refused
  struct Row {
    std::string id;
    std::string address, list, account;
    std::string strong, text;  ///< what will happen
    std::string said;          ///< what the tick states; empty: no tick
    enum class Tick { off, on } tick = Tick::off;
    std::string lock;  ///< why it cannot be released now; empty: it can
  };
  struct Group {
    std::string advice;  ///< "safe"
    std::vector<Row> rows;
  };
  std::vector<Group> groups;   ///< in the order of the page; none is empty
  std::int64_t total = 0;      ///< rows of the draft
  std::int64_t safe = 0;       ///< rows that need no tick
  std::int64_t confirmed = 0;  ///< rows with a tick
  std::int64_t leftToday = 0, perDay = 0, perRequest = 0;
  std::string reason;  ///< "they_told_us", "mended", "one_try", "other"; empty: not chosen yet
  std::string memo;
  std::string typed;  ///< the number as typed
  std::string reasonError, numberError;
};

std::string render(const ReleasePage& page);

}  // namespace arrivald::pages
