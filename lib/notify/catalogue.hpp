// Catalogue: all texts of notifications, of the page and of commands in one language, from catalogue.*.json
// and commands.*.json, those of incidents from incidents.*.json; the words of the desk's lists, states and
// acts, alike on its pages, in its files and commands, from desk.*.json; and phrases, from phrases.ja.json.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "base/phrase.hpp"
#include "rules/input.hpp"

namespace arrivald::notify {

/// A value for a {placeholder}.
using Filling = std::pair<std::string_view, std::string>;

class Catalogue {
 public:
  /// Parsed once. The files are compiled into the program; a test checks their keys and placeholders.
  static const Catalogue& of(Language language);
  Language language() const { return language_; }

  /// The text under `key` with its placeholders filled in. A missing key gives the key in brackets, so that a
  /// notification is sent even then.
  std::string text(std::string_view key, std::initializer_list<Filling> fillings = {}) const;
  bool has(std::string_view key) const { return texts_.contains(key); }
  /// The phrase in this language; a pattern that the language lacks stays in English.
  std::string say(const Phrase& phrase) const;

  /// The two largest units: "2時間5分", "3 days 4 h".
  std::string duration(Duration duration) const;
  /// "98.3 %"; more digits near 0 and 100, so that 99.96 % is not shown as 100 %.
  std::string percent(double share) const;
  /// The same with as many digits, up to four, as it takes to differ from percent(other), so that 97.996 % is
  /// not shown as 98.0 % beside a threshold of 98.0 %.
  std::string percentBeside(double share, double other) const;
  /// "12,345".
  std::string number(double number) const;
  /// A value of an input with its unit.
  std::string value(rules::Input input, double value) const;

  /// The name of a group of receivers: the text under "group." for built-in groups, else the name itself.
  std::string groupName(std::string_view name) const;

  using Texts = std::map<std::string, std::string, std::less<>>;
  const Texts& texts() const { return texts_; }
  /// The patterns of phrases by the English ones; none in English.
  const Texts& patterns() const { return patterns_; }

 private:
  Catalogue(Language language, std::initializer_list<std::string_view> files, std::string_view patterns);
  Language language_;
  Texts texts_;
  Texts patterns_;
};

}  // namespace arrivald::notify
