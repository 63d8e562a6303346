#include "incidents/sight.hpp"

#include <algorithm>

namespace arrivald::incidents {

std::optional<Root> rootOf(const delivery::Subject& subject, Family family) {
  Root root{.family = family, .categories = {}, .receivers = {}, .kinds = {}, .rule = {}};
  switch (subject.dimension) {
    case delivery::Dimension::account:
      return root;
    case delivery::Dimension::category:
      root.categories = {subject.name};
      return root;
    case delivery::Dimension::mailboxProvider:
    case delivery::Dimension::domainGroup:
      root.receivers = {subject.name};
      return root;
    case delivery::Dimension::subuser:
    case delivery::Dimension::sendingDomain:
      break;
  }
  return std::nullopt;
}

Sight::Sight(const Mail& mail, const std::vector<Incident>& incidents, std::string_view account, Instant now,
             const Confusion& confusion)
    : mail_(mail), incidents_(incidents), account_(account), now_(now), confusion_(confusion) {}

const Grids& Sight::plain(Family family, Duration window, Late late) {
  const Key key{{family, late}, window};
  if (const auto found = plain_.find(key); found != plain_.end()) return found->second;
  Grids grids;
  if (family == Family::shares) {
    grids = mail_.shares(window);
  } else if (family == Family::waiting) {
    if (auto grid = mail_.late(late, window)) grids.push_back(*std::move(grid));
  }
  return plain_.emplace(key, std::move(grids)).first->second;
}

bool Sight::counts(const Incident& incident, Family family, Duration window) const {
  if (incident.account != account_ || incident.root.family != family) return false;
  if (isLive(incident.state)) return true;
  return incident.state != State::merged && incident.goodSince && *incident.goodSince > now_ - window;
}

const Grids& Sight::absorbed(Family family, Duration window, std::int64_t except, Late late) {
  const std::pair<Key, std::int64_t> key{{{family, late}, window}, except};
  if (const auto found = absorbed_.find(key); found != absorbed_.end()) return found->second;
  Grids grids = plain(family, window, late);
  for (const Incident& incident : incidents_)
    if (incident.number != except && counts(incident, family, window))
      absorb(grids, incident.root, confusion_, incident.longShare);
  return absorbed_.emplace(key, std::move(grids)).first->second;
}

Numbers Sight::sum(const Grids& grids, const Root& root) {
  for (const Grid& grid : grids)
    if (const auto slice = grid.sliceOf(root)) return grid.sum(*slice);
  return {};
}

double Sight::excessWithin(const Grids& grids, const Root& whole, const Root& part) {
  for (const Grid& grid : grids) {
    const auto a = grid.sliceOf(whole);
    const auto b = grid.sliceOf(part);
    if (!a || !b) continue;
    const Slice both = intersection(*a, *b);
    return isEmpty(both) ? 0 : grid.sum(both).excess();
  }
  return 0;
}

std::vector<Sight::Share> Sight::sharesOf(const Root& root, Duration window, Late late) {
  Grids grids = plain(root.family, window, late);
  std::vector<Share> shares;
  double before = sum(grids, root).expected;
  for (const Incident& incident : incidents_) {
    if (!counts(incident, root.family, window)) continue;
    absorb(grids, incident.root, confusion_, incident.longShare);
    const double after = sum(grids, root).expected;
    shares.push_back({incident.number, after - before});
    before = after;
  }
  return shares;
}

}  // namespace arrivald::incidents
