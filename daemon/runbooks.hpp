// runbooks: what to do about an alert, from deploy/runbooks, which is compiled in: the link works where the
// page does.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "http/server.hpp"

namespace arrivald {

struct Runbook {
  std::string_view alert;  ///< a default rule's name, or that of an alert of prometheus.rules.yaml
  std::string_view japanese, english;
};
/// All there are.
std::span<const Runbook> runbooks();

/// Of an alert's rule; of a rule with a name of its own that of the default rule which is most like it.
/// Nullptr for a name that is neither.
const Runbook* runbookOf(std::string_view alert, const std::vector<rules::Rule>& configured);

/// The page at /runbooks/ALERT, in the language that is asked for by ?lang= or the browser, or else that of
/// the configuration.
http::Response runbookResponse(const http::ServerRequest& request, const config::Config& config);

}  // namespace arrivald
