// ResultPage: what becomes of a request that was decided. Pure: plain data in, HTML out.
#pragma once

#include <string>
#include <vector>

#include "pages/released_row.hpp"

namespace arrivald::pages {

struct ResultPage {
  Shell shell;  ///< with the message that sums it up
  std::string backHref;
  std::string sub;  ///< who decided, when, why
  enum class Stage { checking, verifying, following } stage = Stage::verifying;
  std::vector<ReleasedRow> rows;
};

std::string render(const ResultPage& page);

}  // namespace arrivald::pages
