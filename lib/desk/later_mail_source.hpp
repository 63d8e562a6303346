// LaterMailSource: what is known of the mail to an address after its release.
#pragma once

#include "base/result.hpp"
#include "suppression/release_request.hpp"

namespace arrivald::desk {

class LaterMailSource {
 public:
  virtual ~LaterMailSource() = default;
  /// Of the mail to the entry's address from `released` on.
  virtual Result<suppression::LaterMail> since(const suppression::ShownEntry& entry, Instant released) = 0;
};

}  // namespace arrivald::desk
