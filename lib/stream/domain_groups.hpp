// DomainGroups: groups recipients' domains by the operator of their mail servers, into a bounded number of
// groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace arrivald::stream {

/// A group from the YAML or from domain_groups.txt.
struct GroupRule {
  std::string name;
  /// "docomo.ne.jp" matches itself and its subdomains, "*.lg.jp" only subdomains, "yahoo.*" any single
  /// top-level domain.
  std::vector<std::string> domains;
  friend bool operator==(const GroupRule&, const GroupRule&) = default;
};
/// Reads lines "name: domain domain …". Fails with Error::Kind::invalid, naming the line.
Result<std::vector<GroupRule>> parseGroups(std::string_view text);
/// The groups of domain_groups.txt. Throws std::logic_error if that file is broken.
const std::vector<GroupRule>& defaultGroups();

/// The first matching rule decides. Any other domain is reduced to its registrable domain (public suffix
/// list); those with the most messages have a group of their own, up to a limit, and the rest is "other": a
/// domain with clearly more messages takes the place of the one with the fewest, whose mail is "other" from
/// then on. A group's number and name never change during the object's life. Not thread-safe.
class DomainGroups {
 public:
  /// `own` rules precede the defaults. `max`: limit of groups beyond those of the rules; including those that
  /// lost their place there are never more than ten times as many.
  explicit DomainGroups(std::vector<GroupRule> own = {}, std::size_t max = 100);

  /// The group of `domain`, counting one message for it. Accepts any bytes: case and trailing dots are
  /// normalised, and garbage falls into "other" or a group of its own.
  std::uint16_t of(std::string_view domain);
  /// The same without counting.
  std::uint16_t peek(std::string_view domain) const;
  /// "other" for an unknown number.
  const std::string& name(std::uint16_t group) const { return names_[group < names_.size() ? group : 0]; }
  std::size_t size() const { return names_.size(); }
  /// The number of the group with this name, if there is one now.
  std::optional<std::uint16_t> find(std::string_view name) const;

 private:
  std::uint16_t ruled(std::string_view domain) const;
  std::uint16_t counted(std::string_view domain);
  void count(std::uint16_t group);
  void halve();
  std::optional<std::uint16_t> numberFor(const std::string& domain, std::uint32_t messages);
  bool makeRoom(std::uint32_t messages);

  static constexpr std::uint16_t kNone = 0xFFFF;
  static constexpr std::uint16_t kOther = 0;
  std::vector<std::string> names_{"other"};
  std::unordered_map<std::string, std::uint16_t> exact_;      // "docomo.ne.jp"
  std::unordered_map<std::string, std::uint16_t> below_;      // "lg.jp" of "*.lg.jp"
  std::unordered_map<std::string, std::uint16_t> anyEnding_;  // "yahoo" of "yahoo.*"
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> known_;  // cache by domain, bounded
  std::unordered_map<std::string, std::uint32_t> candidates_;  // messages of domains without a group; bounded
  std::vector<std::uint32_t> messages_;                        // by group; of the recent past, see halve()
  std::vector<std::uint16_t> made_;                            // groups that have a place, at most max_
  std::size_t max_;
  std::size_t ruled_ = 0;  // how many names come from rules
  std::uint32_t sinceHalved_ = 0;
};

}  // namespace arrivald::stream
