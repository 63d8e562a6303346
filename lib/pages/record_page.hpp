// RecordPage: who did what on the desk. Pure: plain data in, HTML out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pages/list_page.hpp"

namespace arrivald::pages {

struct RecordPage {
  Shell shell;
  enum class Scope { own, all } scope = Scope::own;
  std::string csvHref;
  std::string user, action, from, to;   ///< the filters, as typed
  std::string address;                  ///< another filter
  std::string addressError;             ///< of what was typed instead; empty: nothing is wrong
  std::vector<Filter::Option> actions;  ///< that can be chosen
  struct Row {
    Instant at{};
    std::string user, from;
    std::string action, subject, advice, outcome;  ///< in words; empty: none
  };
  std::vector<Row> rows;
  std::int64_t pageSize = 100;
  std::string nextPageHref;
};

std::string render(const RecordPage& page);

}  // namespace arrivald::pages
