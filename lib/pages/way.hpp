// way: the four steps of a release, shown above its pages. For the renderers in this folder only.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pages/texts.hpp"

namespace arrivald::pages {

/// `now`: the current step, from 1.
void addWay(nlohmann::json& values, const Texts& texts, int now, const std::string& backHref);

}  // namespace arrivald::pages
