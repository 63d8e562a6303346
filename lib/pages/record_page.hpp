// RecordPage: who did what on the desk. Pure: plain data in, HTML out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct RecordPage {
  Shell shell;
  enum class Scope { own, all } scope = Scope::own;
  std::string csvHref;
  std::string user, action, from, to;  ///< the filters, as typed
  std::string address;                 ///< another filter
  std::string addressError;            ///< of what was typed instead; empty: nothing is wrong
  std::vector<std::string> actions;    ///< that can be chosen: "release"
  struct Row {
    Instant at{};
    std::string user, from;
    std::string action;   ///< "release": a text under "action."; any other is shown as it is
    std::string subject;  ///< as text
    std::string advice;   ///< "safe"; empty: none
    std::string outcome;  ///< as text
  };
  std::vector<Row> rows;
  std::int64_t pageSize = 100;
  std::string nextPageHref;
};

std::string render(const RecordPage& page);

}  // namespace arrivald::pages
