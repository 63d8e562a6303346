// Lists: the suppression lists of the simulated account: an archive of years, and what comes and goes while
// it runs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/archive.hpp"

namespace arrivald::simulator {

/// Which entries of a list a page holds.
struct PageAsked {
  Instant from{};
  Instant to{};
  std::size_t offset = 0;
  std::size_t max = 0;
};

/// Pure; the same calls give the same lists.
class Lists {
 public:
  explicit Lists(const Archive& archive) : archive_(archive) {}

  /// What is added comes last, so that pages do not shift while they are read.
  std::vector<suppression::Entry> page(suppression::List list, const PageAsked& asked) const;
  std::vector<suppression::Entry> find(suppression::List list, std::string_view email) const;
  void add(suppression::List list, suppression::Entry entry) { added_[list].push_back(std::move(entry)); }

  /// Takes an entry off its list; reads go on showing it for kRemovalDelay. False if it is not listed.
  bool remove(suppression::List list, std::string_view email, Instant now);
  static constexpr Duration kRemovalDelay = std::chrono::seconds(4);
  /// Ends the delay of what was removed.
  void advance(Instant now);

 private:
  struct Removal {
    suppression::List list;
    std::string email;
    Instant created;
    Instant at;
  };
  // Of an archive's entry, by its address.
  using Places = std::vector<std::pair<std::uint64_t, std::size_t>>;
  const Places& places(suppression::List list) const;
  std::vector<std::size_t> archived(suppression::List list, std::string_view email) const;

  Archive archive_;
  std::map<suppression::List, std::vector<suppression::Entry>> added_;
  std::map<suppression::List, std::set<std::size_t>> taken_;  // from the archive
  std::vector<Removal> removals_;                             // not shown yet
  mutable std::map<suppression::List, Places> places_;        // made when first asked for
};

}  // namespace arrivald::simulator
