// acknowledge: somebody takes care of an incident, which stops its reminders. Loop thread only.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

struct Acknowledge {
  static constexpr Duration kUsual = std::chrono::hours(4);
  static constexpr Duration kLongest = std::chrono::days(30);
  std::int64_t number = 0;
  std::string by, why;
  Duration length = kUsual;
};

/// It holds for that long, until the incident is graver or wider, or until it ends. It is said in
/// one line where the incident was notified, and stored at once, or with the next change that the store
/// takes. Error::Kind::notFound where nothing of that number goes on, Error::Kind::invalid where it is not
/// said who, or for too long.
Done acknowledge(Owners& owners, const config::Config& config, const Acknowledge& asked);
/// Nobody takes care of it any more. Error::Kind::invalid where nobody did.
Done unacknowledge(Owners& owners, const config::Config& config, std::int64_t number);

}  // namespace arrivald::watch
