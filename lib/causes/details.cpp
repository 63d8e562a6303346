#include "causes/details.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/lower.hpp"
#include "base/mailbox.hpp"
#include "causes/typing_error.hpp"

namespace arrivald::causes {
namespace {

// The number directly before offset `at` of `words`, which are separated by single spaces.
std::optional<long> numberBefore(std::string_view words, std::size_t at) {
  long value = 0;
  long place = 1;
  bool any = false;
  while (at > 0 && words[at - 1] == ' ') --at;
  while (at > 0 && words[at - 1] >= '0' && words[at - 1] <= '9' && place <= 100000) {
    value += (words[--at] - '0') * place;
    place *= 10;
    any = true;
  }
  if (!any || at == 0 || words[at - 1] != ' ') return std::nullopt;
  return value;
}

// Domains with many users, for which typing errors are common.
constexpr std::array<std::string_view, 26> kWellKnown = {
    "gmail.com",      "yahoo.co.jp",   "docomo.ne.jp", "ezweb.ne.jp",    "softbank.ne.jp", "i.softbank.jp",
    "icloud.com",     "outlook.com",   "outlook.jp",   "hotmail.com",    "hotmail.co.jp",  "yahoo.com",
    "au.com",         "ymobile.ne.jp", "rakuten.jp",   "nifty.com",      "biglobe.ne.jp",  "ocn.ne.jp",
    "so-net.ne.jp",   "plala.or.jp",   "me.com",       "vodafone.ne.jp", "live.jp",        "uqmobile.jp",
    "ymobile1.ne.jp", "googlemail.com"};

}  // namespace

Result<Blocklists> Blocklists::parse(std::string_view text) {
  Blocklists lists;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      return Error{Error::Kind::invalid,
                   fmt::format("line {}: expected \"Name: pattern | pattern\"", number)};
    lists.names_.emplace_back(line.substr(0, colon));
    auto rest = line.substr(colon + 2);
    while (!rest.empty()) {
      const auto bar = std::min(rest.find(" | "), rest.size());
      if (lists.patterns_.add(fmt::format(" {} ", rest.substr(0, bar))) == lists.listOf_.size())
        lists.listOf_.push_back(lists.names_.size() - 1);
      rest.remove_prefix(std::min(bar + 3, rest.size()));
    }
  }
  lists.patterns_.build();
  return lists;
}

std::string_view Blocklists::in(const Normalised& reply) const {
  static thread_local std::vector<Phrases::Hit> hits;
  hits.clear();
  patterns_.find(reply.words, 64, hits);
  std::size_t first = names_.size();
  for (const auto& hit : hits) first = std::min(first, listOf_[hit.id]);
  return first < names_.size() ? std::string_view(names_[first]) : std::string_view();
}

std::optional<Duration> retryAfter(std::string_view words) {
  struct Unit {
    std::string_view word;
    long seconds;
  };
  constexpr std::array<Unit, 14> units = {{{" seconds ", 1},
                                           {" second ", 1},
                                           {" secs ", 1},
                                           {" sec ", 1},
                                           {" minutes ", 60},
                                           {" minute ", 60},
                                           {" mins ", 60},
                                           {" min ", 60},
                                           {" hours ", 3600},
                                           {" hour ", 3600},
                                           {" hrs ", 3600},
                                           {" days ", 86400},
                                           {" day ", 86400},
                                           {" minuten ", 60}}};
  constexpr std::array<std::string_view, 9> askers = {" try again ", " retry ",     " try ",
                                                      " wait ",      " come back ", " greylist",
                                                      " graylist",   " resend ",    " later "};
  static const Phrases unitWords = [&] {
    Phrases phrases;
    for (const auto& unit : units) phrases.add(unit.word);
    phrases.build();
    return phrases;
  }();
  static thread_local std::vector<Phrases::Hit> hits;
  hits.clear();
  unitWords.find(words, 16, hits);
  if (hits.empty()) return std::nullopt;
  if (std::none_of(askers.begin(), askers.end(),
                   [&](std::string_view word) { return words.find(word) != std::string_view::npos; }))
    return std::nullopt;
  for (const auto& hit : hits) {
    const auto number = numberBefore(words, hit.end - units[hit.id].word.size() + 1);
    if (!number || *number <= 0) continue;
    const auto seconds = *number * units[hit.id].seconds;
    if (seconds <= 7L * 86400) return std::chrono::seconds(seconds);
  }
  return std::nullopt;
}

std::string forwardedTo(const Normalised& reply, std::string_view recipient) {
  if (recipient.empty() || reply.addresses.empty()) return "";
  std::string other;
  for (const auto& address : reply.addresses) {
    const auto at = address.rfind('@');
    if (at == std::string::npos || at == 0) continue;
    if (isSameMailbox(address, recipient)) return "";
    if (other.empty()) other = address;
  }
  // Words that suggest that an address is the sender's or a help desk's.
  constexpr std::array<std::string_view, 18> elsewhere = {
      " sender addr ", " sender address ", " from addr ", " mail from ",   " contact ",      " abuse ",
      " postmaster ",  " email addr for ", " questions ", " help ",        " send to addr ", " report ",
      " to addr for ", " delisting ",      " removal ",   " from domain ", " e mail addr ",  " whitelist"};
  if (std::any_of(elsewhere.begin(), elsewhere.end(),
                  [&](std::string_view word) { return reply.words.find(word) != std::string::npos; }))
    return "";
  const auto local = other.substr(0, other.find('@'));
  if (local == "postmaster" || local == "abuse" || local == "support" || local == "helpdesk") return "";
  return other;
}

std::string newAddress(const Normalised& reply, std::string_view recipient) {
  constexpr std::array<std::string_view, 12> announcements = {
      " please use addr ", " recipient moved ", " new addr ",        " new address ",
      " new email ",       " new e mail ",      " has moved ",       " moved to addr ",
      " changed to addr ", " please try ",      " address changed ", " replaced by addr "};
  if (std::none_of(announcements.begin(), announcements.end(),
                   [&](std::string_view words) { return reply.words.find(words) != std::string::npos; }))
    return "";
  // The last one: "<old@example.com> has moved to <new@example.com>".
  for (auto address = reply.addresses.rbegin(); address != reply.addresses.rend(); ++address)
    if (!isSameMailbox(*address, recipient) && address->find('@') != 0)
      return reply.addresses.size() == 1 || address + 1 != reply.addresses.rend() || recipient.empty()
                 ? *address
                 : "";
  return "";
}

std::string_view senderDomain(const Normalised& reply) {
  constexpr std::array<std::string_view, 8> ofSender = {" from host ",     " from addr ",  " sender host ",
                                                        " domain host ",   " host dmarc ", " hosts dmarc ",
                                                        " dmarc of host ", " fails dmarc "};
  if (std::none_of(ofSender.begin(), ofSender.end(),
                   [&](std::string_view words) { return reply.words.find(words) != std::string::npos; }))
    return {};
  for (const auto known : kWellKnown)
    if (std::find(reply.hosts.begin(), reply.hosts.end(), known) != reply.hosts.end()) return known;
  return {};
}

Sizes sizesIn(std::string_view said) {
  constexpr std::uint64_t kLeast = 10000;  // bytes: smaller numbers are codes, ids or counts
  std::vector<std::uint64_t> found;
  for (std::size_t at = 0; at < std::min<std::size_t>(said.size(), 1000) && found.size() < 2;) {
    if (said[at] < '0' || said[at] > '9') {
      ++at;
      continue;
    }
    const auto begin = at;
    std::uint64_t value = 0;
    while (at < said.size() && said[at] >= '0' && said[at] <= '9' && at - begin < 12)
      value = value * 10 + static_cast<std::uint64_t>(said[at++] - '0');
    auto unit = at;
    if (unit < said.size() && said[unit] == ' ') ++unit;
    const auto word = lower(said.substr(std::min(unit, said.size()), 2));
    if (word == "mb" || word == "mi") value *= 1024 * 1024;
    if (word == "kb" || word == "ki") value *= 1024;
    if (value >= kLeast && value < (std::uint64_t{1} << 40)) found.push_back(value);
  }
  if (found.empty()) return {};
  if (found.size() == 1) return {{}, found[0]};
  return {std::max(found[0], found[1]), std::min(found[0], found[1])};
}

std::string_view meantDomain(std::string_view given) {
  auto domain = lower(given.substr(0, 320));
  while (domain.ends_with('.')) domain.pop_back();
  if (domain.size() < 5) return {};
  // Its end is missing: "gmail", "docomo.ne". Of Yahoo's the one that most people in Japan have.
  for (const auto known : kWellKnown)
    if (known.starts_with(domain) && known.substr(domain.size()).starts_with('.') && domain != "yahoo.co")
      return known;
  for (const auto known : kWellKnown)
    if (domain == known) return {};
  // Existing domains that differ from a well-known one by one character.
  constexpr std::array<std::string_view, 14> real = {
      "mail.com", "ymail.com",  "gmx.com",    "email.com", "hotmail.co.uk", "live.com",   "mac.com",
      "ocn.jp",   "outlook.de", "outlook.fr", "ne.jp",     "so-net.jp",     "hotmail.fr", "yahoo.co"};
  for (const auto name : real)
    if (domain == name) return {};
  for (const auto known : kWellKnown) {
    const auto longer = std::max(domain.size(), known.size());
    const auto shorter = std::min(domain.size(), known.size());
    if (longer - shorter <= 1 && shorter >= 7 && isTypingError(domain, known)) return known;
  }
  return {};
}

bool needsQuoting(std::string_view address) {
  const auto local = address.substr(0, address.rfind('@'));
  if (local.empty() || local.front() == '"') return false;
  return local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos;
}

}  // namespace arrivald::causes
