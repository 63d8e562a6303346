#include "pages/way.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace arrivald::pages {

void addWay(nlohmann::json& values, const Texts& texts, int now, const std::string& backHref) {
  values["back"] = backHref;
  values["way"] = nlohmann::json::array();
  for (int step = 1; step <= 4; ++step)
    values["way"].push_back({{"n", std::to_string(step)},
                             {"state", step < now    ? "past"
                                       : step == now ? "now"
                                                     : "later"},
                             {"past", step < now},
                             {"now", step == now},
                             {"label", texts.text(fmt::format("way.{}", step))}});
}

}  // namespace arrivald::pages
