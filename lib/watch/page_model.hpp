// page_model: the state in the form that the page shows. Owns nothing; loop thread only.
#pragma once

#include <string>

#include "config/config.hpp"
#include "pages/page.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

pages::PageModel pageModelOf(const Owners& owners, const config::Config& config, const std::string& version);

}  // namespace arrivald::watch
