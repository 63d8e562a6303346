#include "desk/past_releases.hpp"

namespace arrivald::desk {

std::optional<Instant> PastReleases::failedAgain(std::string_view account, std::string_view email) const {
  return store::ReleasesTable(database_).failedAgain(account, email);
}

std::vector<PastRelease> PastReleases::of(std::string_view email) const {
  store::ReleasedFilter filter;
  filter.email = std::string(email);
  std::vector<PastRelease> past;
  for (const auto& [item, request] : store::ReleasesTable(database_).released(filter))
    past.push_back({std::to_string(static_cast<std::int64_t>(request.id)), item.shown.account,
                    item.shown.list, request.decision.at.value_or(request.created), request.user,
                    std::string(name(item.after.aftermath))});
  return past;
}

}  // namespace arrivald::desk
