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
};

}  // namespace arrivald::desk
