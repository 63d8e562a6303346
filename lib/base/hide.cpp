#include "base/hide.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/folded.hpp"
#include "base/mailbox.hpp"

namespace arrivald {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kHidden = "…";
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxName = 320;  // bytes of a local part that is looked for where it stands alone

// What stands in many replies, so that it shows nobody's address, and names of functions (RFC 2142): each is
// a local part of somebody, and its removal would take the meaning out of a reply. Sorted.
constexpr std::string_view kWords[] = {
    "a",           "abuse",     "accepted",      "access",    "account",    "active",   "address",
    "admin",       "an",        "and",           "arrived",   "as",         "at",       "available",
    "bad",         "be",        "block",         "blocked",   "bounce",     "box",      "by",
    "client",      "closed",    "com",           "connected", "connection", "contact",  "data",
    "deferred",    "delivered", "delivery",      "detected",  "expired",    "filtered", "located",
    "lost",        "reset",     "denied",        "disabled",  "dkim",       "dmarc",    "dns",
    "does",        "domain",    "dropped",       "email",     "error",      "exceeded", "exist",
    "exists",      "failed",    "failure",       "for",       "found",      "from",     "ftp",
    "full",        "generated", "gmail",         "google",    "greylisted", "has",      "help",
    "helo",        "here",      "host",          "hosted",    "hostmaster", "http",     "https",
    "in",          "inactive",  "info",          "invalid",   "ip",         "is",       "it",
    "jp",          "limit",     "list",          "listed",    "local",      "look",     "lookup",
    "mail",        "mailbox",   "mailer-daemon", "marketing", "message",    "messages", "mx",
    "name",        "net",       "news",          "no",        "noc",        "noreply",  "no-reply",
    "not",         "of",        "office",        "ok",        "on",         "or",       "organization",
    "overquota",   "policy",    "postmaster",    "queue",     "queued",     "quota",    "rate",
    "received",    "recipient", "recipients",    "refused",   "reject",     "rejected", "relay",
    "reply",       "root",      "sales",         "security",  "see",        "sender",   "sent",
    "server",      "service",   "smtp",          "spam",      "spf",        "such",     "support",
    "system",      "temporary", "test",          "that",      "the",        "there",    "this",
    "timeout",     "timed",     "tls",           "to",        "too",        "try",      "unable",
    "unavailable", "unknown",   "unroutable",    "usenet",    "user",       "users",    "uucp",
    "valid",       "visit",     "was",           "we",        "webmaster",  "with",     "www",
    "you",         "your"};

bool isWord(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool isBeyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
// Of a local part outside of quotes, as it stands in texts: without what surrounds it in URLs.
bool isPlainLocal(char c) {
  return isWord(c) || isBeyondAscii(c) || std::string_view("._+-").find(c) != kNowhere;
}
bool isEnd(char c) { return Folded::kEnds.find(c) != kNowhere; }

bool saysNothing(std::string_view name) {
  const bool code =
      name.size() <= 3 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  return code || std::ranges::find(kWords, name) != std::end(kWords);
}

std::size_t backslashesBefore(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (count < at && text[at - count - 1] == '\\') ++count;
  return count;
}

// Whether `text` begins with a name of at least two labels, of which the last has a letter in front: no
// address of a host.
bool beginsWithDomain(std::string_view text) {
  const auto end = std::ranges::find_if_not(
      text, [](char c) { return isWord(c) || isBeyondAscii(c) || c == '.' || c == '-'; });
  auto domain = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  while (domain.ends_with('.')) domain.remove_suffix(1);
  const auto dot = domain.rfind('.');
  if (dot == kNowhere || dot == 0 || dot + 2 >= domain.size()) return false;
  return isBeyondAscii(domain[dot + 1]) || (domain[dot + 1] >= 'a' && domain[dot + 1] <= 'z');
}

// "example (dot) jp"
bool beginsWithSpelledDomain(std::string_view text) {
  const auto end =
      std::ranges::find_if_not(text, [](char c) { return isWord(c) || isBeyondAscii(c) || c == '-'; });
  const auto label = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(label);
  const auto dot = text.find_first_not_of(" \t([{<");
  return label > 0 && dot != kNowhere && dot > 0 && text.substr(dot).starts_with("dot") &&
         dot + 3 < text.size() && std::string_view(" \t)]}>").find(text[dot + 3]) != kNowhere;
}

/// Local parts that are looked for wherever they stand.
class Names {
 public:
  void add(std::string_view name) {
    while (!name.empty() && (isEnd(name.front()) || name.front() == Folded::kEscapedQuote))
      name.remove_prefix(1);
    while (!name.empty() &&
           (isEnd(name.back()) || name.back() == Folded::kEscapedQuote || name.back() == '\\'))
      name.remove_suffix(1);
    insert(name);
    insert(name.substr(0, std::max<std::size_t>(1, name.find('+'))));
    auto begin = name.size();
    while (begin > 0 && isPlainLocal(name[begin - 1])) --begin;
    // "/?u=taro" names taro, but "bounce+taro=example.jp" no "example.jp".
    const bool isUrl = name.find_first_of("/?&") != kNowhere;
    if (begin > 0 && (isUrl || !beginsWithDomain(name.substr(begin)))) insert(name.substr(begin));
  }
  /// The words of `domain` are not looked for: they stay with it.
  void leave(std::string_view domain) { ((left_ = '.') += domain) += '.'; }
  bool empty() const { return byHead_.empty(); }

  /// The size of the longest name that stands at `at`, whole; 0 if none does.
  std::size_t at(std::string_view text, std::size_t at) const {
    if (at > 0 && isWord(text[at]) && isWord(text[at - 1])) return 0;
    const auto found = byHead_.find(std::string(headOf(text.substr(at))));
    if (found == byHead_.end()) return 0;
    std::size_t longest = 0;
    for (const auto& name : found->second) {
      const auto end = at + name.size();
      const bool whole = end >= text.size() || !isWord(text[end]) || !isWord(name.back());
      if (whole && text.substr(at).starts_with(name)) longest = std::max(longest, name.size());
    }
    return longest;
  }

 private:
  static std::string_view headOf(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && size < kMaxName && isWord(text[size])) ++size;
    return text.substr(0, std::max<std::size_t>(1, size));
  }
  void insert(std::string_view name) {
    if (name.empty() || name.size() > kMaxName || saysNothing(name)) return;
    if (std::ranges::none_of(name, [](char c) { return isWord(c) || isBeyondAscii(c); })) return;
    if (left_.find('.' + std::string(name) + '.') != kNowhere) return;
    auto& known = byHead_[std::string(headOf(name))];
    if (known.size() < kMaxOfOneHead && std::ranges::find(known, name) == known.end())
      known.emplace_back(name);
  }
  std::string left_;
  // Bounds the work for each word of a hostile text.
  static constexpr std::size_t kMaxOfOneHead = 20;
  std::unordered_map<std::string, std::vector<std::string>> byHead_;  // by their first word
};

/// Finds what is to be hidden in one text.
class Hiding {
 public:
  Hiding(std::string_view text, std::string_view recipient)
      : original_(text), folded_(text), text_(folded_.text()) {
    if (recipient.empty()) return;
    const Folded one(recipient.substr(0, kMaxName));
    const auto address = one.text();
    if (const auto at = address.rfind('@'); at != kNowhere) names_.leave(address.substr(at + 1));
    names_.add(address.substr(0, address.rfind('@')));
    const auto mailbox = canonicalMailbox(address);
    names_.add(std::string_view(mailbox).substr(0, mailbox.rfind('@')));
  }

  std::string result() {
    findMembers();
    findSigns();
    findWords();
    findNames();
    std::ranges::sort(hidden_);
    std::string out;
    std::size_t written = 0;
    for (std::size_t i = 0; i < hidden_.size();) {
      const auto [begin, first] = hidden_[i];
      auto end = first;
      for (++i; i < hidden_.size() && hidden_[i].first <= end; ++i) end = std::max(end, hidden_[i].second);
      out += original_.substr(written, folded_.origin(begin) - written);
      out += kHidden;
      written = folded_.origin(end);
    }
    return out.append(original_.substr(written));
  }

 private:
  void hide(std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    hidden_.emplace_back(begin, end);
    names_.add(text_.substr(begin, end - begin));
  }

  // The value of a JSON member "email" need not look like an address.
  void findMembers() {
    for (auto at = text_.find("email"); at != kNowhere; at = text_.find("email", at + 1)) {
      if (at == 0 || text_[at - 1] != '"') continue;
      const auto quote = text_.find_first_not_of('\\', at + 5);
      if (quote == kNowhere || text_[quote] != '"') continue;
      const auto colon = text_.find_first_not_of(kBlank, quote + 1);
      if (colon == kNowhere || text_[colon] != ':') continue;
      const auto value = text_.find_first_not_of(kBlank, colon + 1);
      const auto open = value == kNowhere ? kNowhere : text_.find_first_not_of('\\', value);
      if (open == kNowhere || text_[open] != '"') continue;
      const auto depth = backslashesBefore(text_, open);
      const auto ends = [&](std::size_t close) {
        const auto before = backslashesBefore(text_, close);
        return depth == 0 ? before % 2 == 0 : before <= depth;
      };
      auto close = text_.find('"', open + 1);
      while (close != kNowhere && !ends(close)) close = text_.find('"', close + 1);
      close = std::min(close, text_.size());
      if (depth > 0 && close < text_.size()) close -= std::min(depth, backslashesBefore(text_, close));
      // The domain of an address stays.
      const auto sign = text_.substr(open + 1, close - open - 1).rfind('@');
      hide(open + 1, sign == kNowhere ? close : open + 1 + sign);
      at = close - 1;
    }
  }

  void findSigns() {
    std::size_t from = 0;
    for (auto at = text_.find('@'); at != kNowhere; from = at + 1, at = text_.find('@', from)) {
      auto end = at;
      while (end > from && kBlank.find(text_[end - 1]) != kNowhere) --end;
      const auto domain = text_.find_first_not_of(kBlank, at + 1);
      if (end < at && (domain == kNowhere || !beginsWithDomain(text_.substr(domain)))) continue;
      hide(localBegin(from, end), end);
    }
  }

  // Where the local part that ends at `end` begins, not before `from`.
  std::size_t localBegin(std::size_t from, std::size_t end) const {
    if (end > from && (text_[end - 1] == '"' || text_[end - 1] == Folded::kEscapedQuote)) {
      // A quoted local part, in JSON between escaped quotes: quotes within it have more backslashes.
      const auto depth = backslashesBefore(text_, end - 1);
      for (auto open = end - 1; open > from; --open)
        if (text_[open - 1] == text_[end - 1] && backslashesBefore(text_, open - 1) == depth)
          return open - 1 - std::min(depth, open - 1 - from);
      return from;
    }
    auto begin = end;
    while (begin > from && !isEnd(text_[begin - 1])) --begin;
    return begin;
  }

  // "NAME at example.jp", "NAME(at)example.jp", and "NAME=40example.jp" of quoted-printable.
  void findWords() {
    std::size_t from = 0;
    for (auto at = text_.find("at"); at != kNowhere; at = text_.find("at", at + 1)) {
      auto begin = at, end = at + 2;
      while (begin > from && std::string_view(" \t([{<").find(text_[begin - 1]) != kNowhere) --begin;
      while (end < text_.size() && std::string_view(" \t)]}>").find(text_[end]) != kNowhere) ++end;
      const auto domain = text_.substr(end);
      if (begin == at || end == at + 2) continue;
      if (!beginsWithDomain(domain) && !beginsWithSpelledDomain(domain)) continue;
      const auto local = localBegin(from, begin);
      const bool bracketed = text_[at - 1] != ' ' && text_[at - 1] != '\t';
      if (bracketed || !saysNothing(text_.substr(local, begin - local))) hide(local, begin);
      from = end;
    }
    from = 0;
    for (auto at = text_.find("=40"); at != kNowhere; at = text_.find("=40", at + 3)) {
      if (!beginsWithDomain(text_.substr(at + 3))) continue;
      hide(localBegin(from, at), at);
      from = at + 3;
    }
  }

  void findNames() {
    if (names_.empty()) return;
    for (std::size_t at = 0; at < text_.size();) {
      const auto size = names_.at(text_, at);
      if (size > 0) hidden_.emplace_back(at, at + size);
      at += std::max<std::size_t>(1, size);
    }
  }

  std::string_view original_;
  Folded folded_;
  std::string_view text_;  // folded
  Names names_;
  std::vector<std::pair<std::size_t, std::size_t>> hidden_;  // places in text_
};

}  // namespace

std::string withoutAddresses(std::string_view text, std::string_view recipient) {
  return Hiding(text, recipient).result();
}

}  // namespace arrivald
