// Digest: what is new on the suppression lists, as one notification. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/language.hpp"
#include "base/time_zone.hpp"
#include "causes/cause.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

/// Counts of new entries; no addresses. Of each breakdown the most come first.
struct Digest {
  struct OfCause {
    std::string wish;  ///< the list, where it holds what recipients asked for and no replies; else empty
    causes::Class causeClass = causes::Class::unspecified;
    std::int64_t entries = 0;
    friend bool operator==(const OfCause&, const OfCause&) = default;
  };
  /// What to begin with: what most entries on our own side, or else of all, have in common.
  struct First {
    causes::Class causeClass = causes::Class::unspecified;
    std::string group;  ///< empty: several
    std::int64_t entries = 0;
    std::string url;
    friend bool operator==(const First&, const First&) = default;
  };
  Instant from{}, to{};
  std::int64_t entries = 0;
  std::vector<std::pair<std::string, std::int64_t>> sides;  ///< "ours", …
  std::vector<OfCause> causes;
  std::vector<std::pair<std::string, std::int64_t>> groups;  ///< of receivers
  std::optional<First> first;                                ///< nothing: recipients' wishes only
  std::string url;                                           ///< the desk's list
  friend bool operator==(const Digest&, const Digest&) = default;
};

/// Nothing is known to be new since `from`, but not all lists could be read. `unread`: what is said of these.
Notification composeUnreadDigest(Instant from, Instant to, const std::vector<std::string>& unread,
                                 const std::string& url, const std::string& id, const TimeZone& zone,
                                 Language language);

Notification composeDigest(const Digest& digest, const std::string& id, const TimeZone& zone,
                           Language language);

}  // namespace arrivald::notify
