// page_model: what is remembered, as the page shows it.
#pragma once

#include <string>

#include "config/config.hpp"
#include "desk/page.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

desk::PageModel pageModelOf(Owners& owners, const config::Config& config, const std::string& version);

}  // namespace arrivald::watch
