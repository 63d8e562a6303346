// ReleaseHistory: what became of earlier releases of an address, as the pages about entries show it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "suppression/entry.hpp"

namespace arrivald::desk {

/// One item of a release that was carried out.
struct PastRelease {
  std::string request;  ///< id of the release, as in its URL
  std::string account;
  suppression::List list = suppression::List::bounces;
  Instant at{};
  std::string user;
  std::string outcome;  ///< name of the state after it: "delivered", "bounced_again", …
};

/// Called inside Database::read(); may throw store::SqlError.
class ReleaseHistory {
 public:
  virtual ~ReleaseHistory() = default;
  /// Since when it is known that the mail after an earlier release of the address failed.
  virtual std::optional<Instant> failedAgain(std::string_view account, std::string_view email) const = 0;
  /// All releases of a mailbox, newest first.
  virtual std::vector<PastRelease> of(std::string_view email) const = 0;
};

}  // namespace arrivald::desk
