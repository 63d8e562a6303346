// StoredReleaseHistory: earlier releases of an address, from the store.
#pragma once

#include "desk/release_history.hpp"
#include "store/releases_table.hpp"

namespace arrivald::desk {

/// Resource; loop thread only. Addresses are compared without case.
class StoredReleaseHistory final : public ReleaseHistory {
 public:
  /// Releases of an address that of() gives.
  static constexpr std::size_t kMaxReleases = 100;

  explicit StoredReleaseHistory(store::Database& database) : database_(database) {}

  std::optional<Instant> failedAgain(std::string_view account, std::string_view email) const override;
  std::vector<PastRelease> of(std::string_view email) const override;

 private:
  store::Database& database_;
};

}  // namespace arrivald::desk
