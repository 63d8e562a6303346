// PastReleases: the history of releases as the store tells it.
#pragma once

#include "desk/release_history.hpp"
#include "store/releases_table.hpp"

namespace arrivald::desk {

/// Resource; loop thread only.
class PastReleases final : public ReleaseHistory {
 public:
  explicit PastReleases(store::Database& database) : database_(database) {}

  std::optional<Instant> failedAgain(std::string_view account, std::string_view email) const override;
  std::vector<PastRelease> of(std::string_view email) const override;

 private:
  store::Database& database_;
};

}  // namespace arrivald::desk
