// listener: where the daemon of a configuration is asked, as far as this user can read that.
#pragma once

#include <string>

#include "config/load.hpp"
#include "http/message.hpp"

namespace arrivald {

/// Where to ask, and how.
struct Listener {
  config::Listen listen;
  Language language = Language::japanese;  ///< to answer in
  TimeZone zone;
  std::string warning;  ///< the file is no YAML as it stands: what is wrong, in lines
};

/// Reads nothing of the file but the listener, the language and the zone: other secrets and mistakes do not
/// matter. The error names what this user cannot read, and the remedy; nothing is guessed. `language`: as
/// chosen, see commandLanguage().
Result<Listener> findListener(const std::string& configPath, const config::Environment& environment,
                              const std::optional<Language>& language);

/// A request to it, with its password.
http::Request requestTo(const config::Listen& listen, const std::string& method, const std::string& target);

/// What to do about a failed request.
std::string remedyOf(const http::Failure& failure, const Listener& listener);

}  // namespace arrivald
