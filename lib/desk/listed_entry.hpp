// ListedEntry: an entry of a suppression list with what is known about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "causes/cause.hpp"
#include "suppression/advice.hpp"
#include "suppression/entry.hpp"

namespace arrivald::desk {

/// Holds personal data.
struct ListedEntry {
  suppression::EntryId id{};
  std::string account;
  suppression::List list = suppression::List::bounces;
  suppression::Entry entry;
  Instant firstSeen{};
  std::optional<Instant> removed;
  causes::Cause cause;
  suppression::Side side = suppression::Side::unknown;
  suppression::Advice advice = suppression::Advice::doNot;
  std::string domain;
  std::string group;  ///< of domains
  std::int64_t stoppedSends = 0;
  std::string unsubscribeGroup;  ///< its name; empty outside of that list
  /// Mails that the domain's server has accepted since the entry was first seen, and when it last did.
  std::int64_t acceptedSince = 0;
  std::optional<Instant> acceptedAt;
  std::int64_t incident = 0;  ///< that goes on and explains it, as of now; 0: none
};

}  // namespace arrivald::desk
