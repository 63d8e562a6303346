#include "desk/stored_release_history.hpp"

namespace arrivald::desk {

using namespace suppression;

namespace {

// What became of the mail where that is known, else what became of the entry.
std::string outcomeOf(const ReleaseItem& item) {
  const bool released =
      item.progress.state == ItemState::gone || item.progress.state == ItemState::alreadyGone;
  return std::string(released ? name(item.after.aftermath) : name(item.progress.state));
}

}  // namespace

std::optional<Instant> StoredReleaseHistory::failedAgain(std::string_view account,
                                                         std::string_view email) const {
  return store::ReleasesTable(database_).failedAgain(account, email);
}

std::vector<PastRelease> StoredReleaseHistory::of(std::string_view email) const {
  store::ReleasedFilter filter;
  filter.email = email;
  filter.max = kMaxReleases;
  std::vector<PastRelease> found;
  for (const auto& [item, request] : store::ReleasesTable(database_).released(filter)) {
    PastRelease past;
    past.request = std::to_string(static_cast<std::int64_t>(request.id));
    past.account = item.shown.account;
    past.list = item.shown.list;
    past.at = request.decision.at.value_or(request.created);
    past.user = request.user;
    past.outcome = outcomeOf(item);
    found.push_back(std::move(past));
  }
  return found;
}

}  // namespace arrivald::desk
