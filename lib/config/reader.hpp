// Reader: takes a YAML mapping apart, key by key, and remembers what was wrong with it. Private to
// lib/config.
#pragma once

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace arrivald::config {

/// The nearest of `candidates` to `word` by edits, if it is near enough to be meant; empty otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// " (did you mean \"webhook\"?)" or nothing.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);

class Problems {
 public:
  void add(const YAML::Mark& mark, std::string text) { put(mark, std::move(text), false); }
  void warn(const YAML::Mark& mark, std::string text) { put(mark, std::move(text), true); }
  void addWhole(std::string text) { all_.push_back({0, 0, std::move(text), false}); }
  std::vector<Problem> take();
  bool fatal() const;

 private:
  void put(const YAML::Mark& mark, std::string text, bool warning) {
    all_.push_back({mark.line + 1, mark.column + 1, std::move(text), warning});
  }
  std::vector<Problem> all_;
};

/// One mapping. Every key that is asked for is known; finish() reports the others. A key that is missing or
/// wrong leaves the target as it is, so that defaults stand and reading goes on.
class Reader {
 public:
  Reader(const YAML::Node& node, std::string where, Problems& problems);

  bool usable() const { return usable_; }
  const std::string& where() const { return where_; }
  const YAML::Mark& mark() const { return mark_; }
  Problems& problems() { return problems_; }

  bool has(const std::string& key);
  /// The node under `key`, undefined if there is none.
  YAML::Node node(const std::string& key);
  /// The place of the key itself, for problems about it.
  YAML::Mark markOf(const std::string& key);
  void require(const std::string& key);

  void text(const std::string& key, std::string& target);
  void texts(const std::string& key, std::vector<std::string>& target);  ///< a list, or one text
  void flag(const std::string& key, bool& target);
  void whole(const std::string& key, std::int64_t& target, std::int64_t least, std::int64_t most);
  void number(const std::string& key, double& target, double least, double most);
  /// "98%" or 0.98, as a share from 0 to 1.
  void share(const std::string& key, std::optional<double>& target);
  void duration(const std::string& key, Duration& target, Duration least, Duration most);
  void durations(const std::string& key, std::vector<Duration>& target, Duration least, Duration most);
  void zone(const std::string& key, TimeZone& target);
  void url(const std::string& key, std::string& target);
  void labels(const std::string& key, std::map<std::string, std::string>& target);

  void problem(const std::string& key, std::string what);
  void finish();

 private:
  std::optional<std::string> scalar(const std::string& key, const char* expected);
  YAML::Node node_;
  std::string where_;
  Problems& problems_;
  YAML::Mark mark_;
  bool usable_ = false;
  std::vector<std::string> asked_;
};

/// As Reader::share and Reader::duration, for a text by itself.
std::optional<double> parseShare(std::string_view text);

}  // namespace arrivald::config
