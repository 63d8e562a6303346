// EntryLookup: the entries of the suppression lists by their ids, as they are stored now.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "desk/listed_entry.hpp"

namespace arrivald::desk {

class EntryLookup {
 public:
  virtual ~EntryLookup() = default;
  /// In the order of `ids`; unknown ids are left out.
  virtual Result<std::vector<ListedEntry>> find(std::span<const suppression::EntryId> ids) = 0;
  /// The provider was seen not to list the entry any more: it is not shown as listed from now on, without
  /// waiting for the next crawl. Called inside Database::transact(); may throw store::SqlError.
  virtual void removed(suppression::EntryId id, Instant at) {
    static_cast<void>(id);
    static_cast<void>(at);
  }
};

}  // namespace arrivald::desk
