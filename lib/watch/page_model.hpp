// page_model: the state in the form that the page shows. Owns nothing; loop thread only.
#pragma once

#include <string>

#include "config/config.hpp"
#include "pages/status_page.hpp"
#include "watch/config_notices.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

pages::StatusPage pageModelOf(const Owners& owners, const config::Config& config, const std::string& version,
                              const ConfigNotices& notices = {});

}  // namespace arrivald::watch
