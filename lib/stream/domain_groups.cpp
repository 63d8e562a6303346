#include "stream/domain_groups.hpp"

#include <fmt/format.h>
#include <libpsl.h>

#include <algorithm>
#include <stdexcept>

#include "base/word_table.hpp"
#include "stream/embedded.hpp"

namespace arrivald::stream {
namespace {

constexpr std::size_t kMaxKnown = 50'000;
constexpr std::size_t kMaxCandidateDomains = 5'000;
// A domain gets a group of its own from this many messages on.
constexpr std::uint32_t kEnoughMessages = 20;
// A domain takes another one's place with more than so many times its messages.
constexpr std::uint32_t kClearlyMore = 2;
// Messages after which all counts are halved, so that they are those of the recent past.
constexpr std::uint32_t kHalveAfter = 1'000'000;
constexpr std::size_t kMaxNamesPerPlace = 10;

std::string cleaned(std::string_view domain) {
  std::string out;
  for (char c : domain.substr(0, 253)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                      static_cast<unsigned char>(c) >= 0x80;
    if (!fine) return "";
    out += c;
  }
  while (!out.empty() && out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

Result<std::vector<GroupRule>> parseGroups(std::string_view text) {
  const auto rows = parseWordTable(text, "name: domain domain …");
  if (!rows) return rows.error();
  std::vector<GroupRule> rules;
  for (const auto& row : *rows)
    rules.push_back({std::string(row.name), {row.words.begin(), row.words.end()}});
  return rules;
}

const std::vector<GroupRule>& defaultGroups() {
  static const auto groups = [] {
    auto read = parseGroups(domainGroupsTable());
    if (!read) throw std::logic_error("domain_groups.txt: " + read.error().text);
    return std::move(read).value();
  }();
  return groups;
}

DomainGroups::DomainGroups(std::vector<GroupRule> own, std::size_t max) : max_(max) {
  const auto put = [&](const GroupRule& rule) {
    const auto found = std::find(names_.begin(), names_.end(), rule.name);
    const auto group = static_cast<std::uint16_t>(found - names_.begin());
    if (found == names_.end()) names_.push_back(rule.name);
    for (const auto& domain : rule.domains) {
      // The first rule that lists a domain wins.
      if (domain.starts_with("*."))
        below_.try_emplace(cleaned(domain.substr(2)), group);
      else if (domain.ends_with(".*"))
        anyEnding_.try_emplace(cleaned(domain.substr(0, domain.size() - 2)), group);
      else
        exact_.try_emplace(cleaned(domain), group);
    }
  };
  for (const auto& rule : own) put(rule);
  for (const auto& rule : defaultGroups()) put(rule);
  ruled_ = names_.size();
}

std::optional<std::uint16_t> DomainGroups::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == wanted) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

std::uint16_t DomainGroups::of(std::string_view given) {
  // Looked up as it is first, since most domains arrive in canonical form; cleaned otherwise.
  auto found = known_.find(given);
  if (found == known_.end()) {
    const auto domain = cleaned(given);
    if (domain.empty()) return kOther;
    found = known_.find(domain);
    if (found == known_.end()) {
      auto group = ruled(domain);
      if (group == kNone) group = counted(domain);
      // "other" is not cached: the domain may get a group later.
      if (group == kOther || known_.size() >= kMaxKnown) {
        count(group);
        return group;
      }
      found = known_.emplace(domain, group).first;
    }
  }
  const auto group = found->second;
  count(group);
  return group;
}

void DomainGroups::count(std::uint16_t group) {
  if (group >= messages_.size()) messages_.resize(group + 1U);
  ++messages_[group];
  if (++sinceHalved_ >= kHalveAfter) halve();
}

void DomainGroups::halve() {
  sinceHalved_ = 0;
  for (auto& messages : messages_) messages /= 2;
  for (auto& [domain, messages] : candidates_) messages /= 2;
  std::erase_if(candidates_, [](const auto& candidate) { return candidate.second == 0; });
}

std::uint16_t DomainGroups::peek(std::string_view given) const {
  if (const auto found = known_.find(given); found != known_.end()) return found->second;
  const auto domain = cleaned(given);
  if (const auto group = ruled(domain); group != kNone) return group;
  const char* registered = psl_registrable_domain(psl_builtin(), domain.c_str());
  const auto found = registered ? exact_.find(registered) : exact_.end();
  return found == exact_.end() ? kOther : found->second;
}

std::uint16_t DomainGroups::ruled(std::string_view domain) const {
  for (std::size_t at = 0; at < domain.size();) {
    const std::string rest(domain.substr(at));
    if (const auto found = exact_.find(rest); found != exact_.end()) return found->second;
    if (at > 0)
      if (const auto found = below_.find(rest); found != below_.end()) return found->second;
    const auto dot = domain.find('.', at);
    if (dot == std::string_view::npos) break;
    if (const auto found = anyEnding_.find(std::string(domain.substr(at, dot - at)));
        found != anyEnding_.end())
      return found->second;
    at = dot + 1;
  }
  return kNone;
}

std::uint16_t DomainGroups::counted(std::string_view domain) {
  const std::string whole(domain);
  const char* registered = psl_registrable_domain(psl_builtin(), whole.c_str());
  const std::string key = registered ? registered : whole;
  if (const auto found = exact_.find(key); found != exact_.end()) return found->second;
  if (max_ == 0) return kOther;
  // Full of domains most of which occurred only a few times: those that occur often survive the halving.
  while (candidates_.size() >= kMaxCandidateDomains && !candidates_.contains(key)) halve();
  const auto messages = ++candidates_[key];
  if (messages < kEnoughMessages) return kOther;
  const auto group = numberFor(key, messages);
  if (!group) return kOther;
  candidates_.erase(key);
  exact_.emplace(key, *group);
  made_.push_back(*group);
  if (*group >= messages_.size()) messages_.resize(*group + 1U);
  messages_[*group] = messages;
  return *group;
}

// A domain that had a group before gets its former number.
std::optional<std::uint16_t> DomainGroups::numberFor(const std::string& domain, std::uint32_t messages) {
  const auto known = find(domain);
  if (!known && names_.size() >= ruled_ + kMaxNamesPerPlace * max_) return std::nullopt;
  if (made_.size() >= max_ && !makeRoom(messages)) return std::nullopt;
  if (known) return known;
  names_.push_back(domain);
  return static_cast<std::uint16_t>(names_.size() - 1);
}

bool DomainGroups::makeRoom(std::uint32_t messages) {
  const auto least =
      std::ranges::min_element(made_, {}, [&](std::uint16_t group) { return messages_[group]; });
  if (messages <= kClearlyMore * messages_[*least] + kEnoughMessages) return false;
  const auto group = *least;
  made_.erase(least);
  exact_.erase(names_[group]);
  std::erase_if(known_, [&](const auto& entry) { return entry.second == group; });
  return true;
}

}  // namespace arrivald::stream
