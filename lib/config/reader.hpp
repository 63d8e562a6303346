// Reader: reads a mapping key by key and reports what is wrong with it. Private to lib/config.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/schedule.hpp"
#include "config/document.hpp"
#include "config/load.hpp"
#include "config/problems.hpp"
#include "config/vocabulary.hpp"

namespace arrivald::config {

/// What all readers of one file share.
struct Context {
  const Environment& environment;
  Problems& problems;
  Vocabulary* vocabulary = nullptr;
  std::vector<NamedSource> sources = {};
};

/// One mapping. Keys that are asked for are known; finish() reports all others. If a key is missing or
/// invalid, its target keeps its value, so that defaults apply and reading continues.
class Reader {
 public:
  /// `path` is used in messages: "accounts[main].poll", or empty for the whole file. Anything but a mapping
  /// is reported and then read as an empty mapping. `node` and `context` must outlive the reader.
  Reader(const Node& node, std::string path, Context& context);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// False if the node is not a mapping.
  bool usable() const { return usable_; }
  Context& context() { return context_; }
  /// Where the mapping begins.
  Place place() const { return node_.place; }
  const std::string& path() const { return path_; }
  /// "accounts[main].poll.statistics".
  std::string pathOf(std::string_view key) const;
  /// Replaces the path, once the name of an item of a list is known, so that messages show it instead of the
  /// index.
  void callIt(std::string path) { path_ = std::move(path); }
  /// The pattern under which the vocabulary records the keys that are asked for from now on: a rule's keys
  /// depend on its kind.
  void fileUnder(std::string pattern) { pattern_ = std::move(pattern); }

  /// The value under `key`; nullptr if there is none.
  const Node* find(std::string_view key);
  /// As find(), but also nullptr for a key without a value, as commenting out its value leaves it.
  const Node* section(std::string_view key);
  bool has(std::string_view key) { return find(key) != nullptr; }
  /// False if there is no such key; this is reported.
  bool require(std::string_view key);

  /// One line of at most `max` bytes, not empty.
  void text(std::string_view key, std::string& target, std::size_t max = 500);
  /// A list of texts, or one text.
  void texts(std::string_view key, std::vector<std::string>& target, std::size_t max = 100);
  void flag(std::string_view key, bool& target);
  template <class Number>
  void whole(std::string_view key, Number& target, std::int64_t min, std::int64_t max) {
    if (const auto value = wholeNumber(key, min, max)) target = static_cast<Number>(*value);
  }
  void number(std::string_view key, double& target, double min, double max);
  void number(std::string_view key, std::optional<double>& target, double min, double max);
  /// "98%" or 0.98, as a fraction from 0 to 1.
  void share(std::string_view key, double& target);
  void share(std::string_view key, std::optional<double>& target);
  void duration(std::string_view key, Duration& target, Duration min, Duration max);
  void duration(std::string_view key, std::optional<Duration>& target, Duration min, Duration max);
  void durations(std::string_view key, std::vector<Duration>& target, Duration min, Duration max);
  /// "8MiB", "512KiB".
  void bytes(std::string_view key, std::size_t& target, std::size_t min, std::size_t max);
  void zone(std::string_view key, TimeZone& target);
  void dates(std::string_view key, std::set<Date>& target);
  /// http(s)://…; trailing slashes are removed.
  void url(std::string_view key, std::string& target);
  void labels(std::string_view key, std::map<std::string, std::string>& target);
  /// `60s`, `{every: 60s, jitter: 10%}` or `{cron: "17 3 * * *", time_zone: Asia/Tokyo}`; runs are at least
  /// `min` apart.
  void schedule(std::string_view key, Schedule& target, const TimeZone& zone, Duration min);
  /// One of the given words. False if the key is missing or has another value.
  template <class Value>
  bool choice(std::string_view key, Value& target,
              std::initializer_list<std::pair<const char*, Value>> choices) {
    std::vector<std::string> words;
    for (const auto& choice : choices) words.emplace_back(choice.first);
    const auto chosen = chosenOf(key, words);
    if (chosen) target = (choices.begin() + *chosen)->second;
    return chosen.has_value();
  }
  /// The index of the key's value in `words`; empty, and reported, if it is another.
  std::optional<std::size_t> chosenOf(std::string_view key, const std::vector<std::string>& words);

  /// Reports at the place of the key's value, or of the mapping if there is no such key.
  void problem(std::string_view key, Phrase what);
  void warning(std::string_view key, Phrase what);
  /// Reports a problem with one item of the list `key`: with `item`, or with the item whose text is `text`.
  void problemAt(const Node& item, std::string_view key, Phrase what);
  void problemAt(std::string_view text, std::string_view key, Phrase what);
  /// Reports the keys that were never asked for as unknown.
  void finish();

 private:
  const Node* lookUp(std::string_view key) const;
  const std::string* scalar(std::string_view key, Phrase expected);
  const std::string* itemText(const Node& item, std::string_view key, Phrase expected);
  std::optional<std::int64_t> wholeNumber(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<Duration> durationOf(const Node& item, std::string_view key, Duration min, Duration max);

  const Node& node_;
  std::string path_;
  std::string pattern_;  // the path in the notation of Vocabulary
  Context& context_;
  bool usable_ = false;
  struct Asked {
    std::string key;
    std::string pattern;
  };
  std::vector<Asked> asked_;
};

/// "98%", "98 %" or "0.98" as a fraction from 0 to 1; empty for anything else.
std::optional<double> parseShare(std::string_view text);
/// "8MiB", "512 KiB", "100 B", "1000" (bytes); empty for anything else.
std::optional<std::size_t> parseBytes(std::string_view text);
/// "8 MiB": the greatest unit that leaves a whole number.
std::string bytesText(std::size_t bytes);
/// Well-formed UTF-8, not empty, at most `max` bytes, no control characters.
bool isOneLine(std::string_view text, std::size_t max);
/// 1 to 64 letters, digits, - _ and ., beginning with a letter or digit.
bool isName(std::string_view text);

enum class UserInfo : std::uint8_t { refused, allowed };
/// An http or https URL with a host and, if it has one, a port of 1 to 65535. `allowed`: whether
/// "user:password@" may stand before the host.
bool isUrl(std::string_view text, UserInfo allowed = UserInfo::refused);
/// An http:// URL of this machine (127.…, localhost, [::1]), perhaps with a user and a password: what it
/// sends in the clear leaves the machine nowhere.
bool isPlainLocalUrl(std::string_view text);
/// The problem of a secret URL that isUrl() refuses; `place` says where it is read from.
Phrase malformedUrl(const SecretValue& secret);

}  // namespace arrivald::config
