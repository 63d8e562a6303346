// GroupAnswer: what a group of receivers refuses, since when, and what to tell its IT staff.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "desk/entries.hpp"

namespace arrivald::desk {

struct GroupAnswer {
  std::string group;  ///< of receivers, by its own name
  suppression::Period period;
  std::int64_t entries = 0, entriesBefore = 0;  ///< of the period, and of the one before
  std::map<suppression::Side, std::int64_t> bySide;
  std::map<Date, std::map<suppression::Side, std::int64_t>> byDay;  ///< days without entries are left out
  std::vector<std::pair<causes::Class, std::int64_t>> causes;       ///< most first
  std::vector<std::pair<std::string, std::int64_t>> domains;        ///< most first, at most kMaxDomains
  std::optional<ListedEntry> refusal;  ///< the newest entry that the receiver's IT staff can help with
  std::optional<Date> refusedSince;    ///< the first day of the period with this cause
  std::string itDeskText;              ///< empty without a refusal
};

struct GroupRow {
  std::string group;
  std::int64_t entries = 0;
  std::map<suppression::Side, std::int64_t> bySide;
};

/// Answers about groups of receivers. Resource; loop thread only.
class Groups {
 public:
  static constexpr std::size_t kMaxDomains = 10;

  Groups(watch::Owners& owners, const Entries& entries) : owners_(owners), entries_(entries) {}

  /// All groups with entries in the query's period, most first.
  Result<std::vector<GroupRow>> all(const Query& query) const;
  /// Of a group without entries everything is 0.
  Result<GroupAnswer> answer(const std::string& group, const Query& query, Language language) const;

 private:
  Done addRefusal(const Query& query, Language language, GroupAnswer& answer) const;

  watch::Owners& owners_;
  const Entries& entries_;
};

/// The first IPv4 address in a reply, which mostly is that of the server that was refused; empty if none.
std::string addressIn(std::string_view reply);

}  // namespace arrivald::desk
