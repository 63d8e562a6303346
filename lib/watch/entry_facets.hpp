// EntryFacetsMaker: derives what the desk's list needs of an entry of a suppression list, by the rules and
// groups of the configuration.
#pragma once

#include <memory>
#include <string>

#include "config/config.hpp"
#include "store/entries_table.hpp"
#include "stream/domain_groups.hpp"
#include "watch/recent_causes.hpp"

namespace arrivald::watch {

/// The time zone of the days that the desk shows: that of the accounts if they agree, else the
/// configuration's own.
TimeZone deskZone(const config::Config& configuration);

/// "town.example.jp" of "Taro@Town.example.jp"; empty without an @.
std::string domainOf(std::string_view email);

/// Resource; loop thread only.
class EntryFacetsMaker {
 public:
  explicit EntryFacetsMaker(const RecentCauses& causes) : causes_(causes) {}

  /// Call it after RecentCauses::retain().
  void retain(const config::Config& configuration);

  store::EntryFacets of(suppression::List list, const suppression::Entry& entry) const;
  /// Changes with anything that of() depends on.
  const std::string& version() const { return version_; }
  const TimeZone& zone() const { return zone_; }
  /// The group of receivers that a domain belongs to; "other" for most.
  const std::string& receiversOf(std::string_view domain) const;

 private:
  const RecentCauses& causes_;
  std::vector<stream::GroupRule> rules_;
  std::unique_ptr<stream::DomainGroups> groups_ = std::make_unique<stream::DomainGroups>();
  TimeZone zone_;
  std::string version_;
};

}  // namespace arrivald::watch
