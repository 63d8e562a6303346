// AddressLookup: the entries of one address on all lists.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "desk/listed_entry.hpp"

namespace arrivald::desk {

class AddressLookup {
 public:
  virtual ~AddressLookup() = default;
  /// All entries of a mailbox in any spelling, removed ones included; newest first, at most `max`.
  virtual Result<std::vector<ListedEntry>> of(const std::string& email, std::size_t max) const = 0;
};

}  // namespace arrivald::desk
