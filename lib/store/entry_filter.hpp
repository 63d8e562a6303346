// EntryFilter: which entries of the suppression lists are meant.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "causes/cause.hpp"
#include "suppression/advice.hpp"
#include "suppression/entry.hpp"

namespace arrivald::store {

/// Each member narrows the choice; an empty one does not. Days are those of the desk's time zone.
struct EntryFilter {
  /// Entries that are on their list now, or those that are not any more.
  enum class Presence : std::uint8_t { listed = 0, removed = 1 };
  Presence presence = Presence::listed;
  Date first{}, last{};  ///< days of creation, both included
  Instant from{}, to{};  ///< the same days as instants: [from, to)
  std::string account;
  std::optional<suppression::List> list;
  std::optional<suppression::Side> side;
  std::optional<causes::Class> cause;
  std::string receivers;  ///< a group of receivers by its own name
  std::string domain;     ///< exactly this one, in lower case
  /// When arrivald first saw it: (after, until].
  struct Seen {
    Instant after{}, until{};
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  std::optional<Seen> seen;
  friend bool operator==(const EntryFilter&, const EntryFilter&) = default;
};

}  // namespace arrivald::store
