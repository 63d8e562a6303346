// Reader: takes a mapping apart, key by key, and remembers what was wrong with it. Private to lib/config.
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

/// What reading needs besides the text.
struct Context {
  const Environment& environment;
  Problems& problems;
  Vocabulary* vocabulary = nullptr;
};

/// One mapping. Every key that is asked for is known; finish() tells the others. A key that is missing or
/// wrong leaves the target as it is, so that defaults stand and reading goes on.
class Reader {
 public:
  /// `path` as it is shown, "accounts[main].poll", empty for the whole file. Anything but a mapping is told
  /// and then read as an empty one. `node` must outlive the reader.
  Reader(const Node& node, std::string path, Context& context);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool usable() const { return usable_; }
  Context& context() { return context_; }
  /// Where the mapping begins.
  Place place() const { return node_.place; }
  const std::string& path() const { return path_; }
  /// "accounts[main].poll.statistics".
  std::string pathOf(std::string_view key) const;
  /// Once the name of an item of a list is known, it is shown instead of the number.
  void callIt(std::string path) { path_ = std::move(path); }
  /// Where the vocabulary keeps the keys that are asked for from now on: a rule's keys depend on its kind.
  void fileUnder(std::string pattern) { pattern_ = std::move(pattern); }

  /// The value under `key`; nullptr if there is none.
  const Node* find(std::string_view key);
  /// As find(), but a key with nothing behind it, as commenting out leaves it, is also none.
  const Node* section(std::string_view key);
  bool has(std::string_view key) { return find(key) != nullptr; }
  /// False, and told, if there is no such key.
  bool require(std::string_view key);

  /// One line of at most `most` bytes, not empty.
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
  /// "98%" or 0.98, as a share from 0 to 1.
  void share(std::string_view key, double& target);
  void share(std::string_view key, std::optional<double>& target);
  void duration(std::string_view key, Duration& target, Duration min, Duration max);
  void duration(std::string_view key, std::optional<Duration>& target, Duration min, Duration max);
  void durations(std::string_view key, std::vector<Duration>& target, Duration min, Duration max);
  /// "8MiB", "512KiB".
  void bytes(std::string_view key, std::size_t& target, std::size_t min, std::size_t max);
  void zone(std::string_view key, TimeZone& target);
  void dates(std::string_view key, std::set<Date>& target);
  /// http(s)://…; without slashes at the end.
  void url(std::string_view key, std::string& target);
  void labels(std::string_view key, std::map<std::string, std::string>& target);
  /// `60s`, `{every: 60s, jitter: 10%}` or `{cron: "17 3 * * *", time_zone: Asia/Tokyo}`; runs are at least
  /// `least` apart.
  void schedule(std::string_view key, Schedule& target, const TimeZone& zone, Duration min);
  /// One of the given words. False if there is none or another.
  template <class Value>
  bool choice(std::string_view key, Value& target,
              std::initializer_list<std::pair<const char*, Value>> choices) {
    std::vector<std::string> words;
    for (const auto& choice : choices) words.emplace_back(choice.first);
    const auto chosen = chosenOf(key, words);
    if (chosen) target = (choices.begin() + *chosen)->second;
    return chosen.has_value();
  }
  std::optional<std::size_t> chosenOf(std::string_view key, const std::vector<std::string>& words);

  /// Told at the value, or at the mapping if there is none.
  void problem(std::string_view key, std::string_view what);
  void warning(std::string_view key, std::string_view what);
  /// A problem with one item of a list, or with the item of the list `key` that says `text`.
  void problemAt(const Node& item, std::string_view key, std::string_view what);
  void problemAt(std::string_view text, std::string_view key, std::string_view what);
  /// Tells the keys that nobody has asked for.
  void finish();

 private:
  const Node* lookUp(std::string_view key) const;
  const std::string* scalar(std::string_view key, std::string_view expected);
  const std::string* itemText(const Node& item, std::string_view key, std::string_view expected);
  std::optional<std::int64_t> wholeNumber(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<Duration> durationOf(const Node& item, std::string_view key, Duration min, Duration max);

  const Node& node_;
  std::string path_;
  std::string pattern_;  // the path as the vocabulary has it
  Context& context_;
  bool usable_ = false;
  struct Asked {
    std::string key;
    std::string pattern;
  };
  std::vector<Asked> asked_;
};

/// "98%", "98 %" or "0.98" as a share from 0 to 1.
std::optional<double> parseShare(std::string_view text);
/// "8MiB", "512 KiB", "100 B", "1000".
std::optional<std::size_t> parseBytes(std::string_view text);
/// "8 MiB": the greatest unit that leaves a whole number.
std::string bytesText(std::size_t bytes);
/// Well-formed, not empty, at most `most` bytes, no control characters.
bool isOneLine(std::string_view text, std::size_t max);
/// Letters, digits, - _ . and at most 64 of them, beginning with a letter or digit.
bool isName(std::string_view text);

}  // namespace arrivald::config
