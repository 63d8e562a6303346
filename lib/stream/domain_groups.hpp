// DomainGroups: recipients' domains by who receives for them, so that whatever arrives there are few groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace arrivald::stream {

/// A group of the YAML or of the table that comes with the program.
struct GroupRule {
  std::string name;
  /// "docomo.ne.jp" covers itself and its subdomains, "*.lg.jp" only what is below, "yahoo.*" any one ending.
  std::vector<std::string> domains;
  friend bool operator==(const GroupRule&, const GroupRule&) = default;
};
Result<std::vector<GroupRule>> parseGroups(std::string_view text);
const std::vector<GroupRule>& defaultGroups();

/// The first rule that matches decides; the rest goes by registered domain (public suffix list), of which
/// those with most mail get a group each, up to a limit, and what is left is "other". Groups keep their
/// numbers. Not thread-safe.
class DomainGroups {
 public:
  /// `own` go before the defaults. `max`: groups beyond the rules'.
  explicit DomainGroups(std::vector<GroupRule> own = {}, std::size_t max = 100);

  /// Counts one message. Any bytes may come: case, trailing dots and rubbish do no harm.
  std::uint16_t of(std::string_view domain);
  /// The same without counting.
  std::uint16_t peek(std::string_view domain) const;
  /// "other" for a number that was never given.
  const std::string& name(std::uint16_t group) const { return names_[group < names_.size() ? group : 0]; }
  std::size_t size() const { return names_.size(); }
  /// Nothing if no group has this name now.
  std::optional<std::uint16_t> find(std::string_view name) const;

 private:
  std::uint16_t ruled(std::string_view domain) const;
  std::uint16_t counted(std::string_view domain);

  static constexpr std::uint16_t kNone = 0xFFFF;
  static constexpr std::uint16_t kOther = 0;
  std::vector<std::string> names_{"other"};
  std::unordered_map<std::string, std::uint16_t> exact_;      // "docomo.ne.jp"
  std::unordered_map<std::string, std::uint16_t> below_;      // "lg.jp" of "*.lg.jp"
  std::unordered_map<std::string, std::uint16_t> anyEnding_;  // "yahoo" of "yahoo.*"
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> known_;  // domains seen, bounded
  std::unordered_map<std::string, std::uint32_t> candidates_;  // registered domains without a group, bounded
  std::size_t max_;
  std::size_t made_ = 0;
};

}  // namespace arrivald::stream
