// loss: what most failures of an account have in common. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/instant.hpp"

namespace arrivald::notify {

/// One mail that failed, by the event stream.
struct FailedMail {
  Instant at{};
  std::string group;  ///< of receivers
  std::string code;   ///< "550 5.7.26"; empty where the reply holds none
};

struct Loss {
  double share = 0;   ///< of the failures of the window
  std::string code;   ///< "550 5.7.26", or empty
  std::string group;  ///< of receivers
  Instant since{};    ///< when it began: after the last hour without such a failure
  std::size_t failures = 0;
  bool othersNormal = false;  ///< other domain groups do as usual; decided by contextOf()
};

/// Of failures in (now − window, now]; `failed` has those of a day, oldest first, for the beginning. Nothing
/// where no group and code make at least half of five or more failures. `othersNormal` is not set.
std::optional<Loss> mainLoss(std::span<const FailedMail> failed, Duration window, Instant now);

}  // namespace arrivald::notify
