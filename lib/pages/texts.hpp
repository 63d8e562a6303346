// Texts: the words of the desk's pages in one language, from desk.*.json; those that its files and commands
// use as well, from notify's catalogue, where they begin with "desk.".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/language.hpp"
#include "notify/catalogue.hpp"
#include "notify/fill.hpp"

namespace arrivald::pages {

class Texts {
 public:
  /// Parsed once. The files are compiled into the program; a test compares their keys.
  static const Texts& of(Language language);

  /// The text under `key` with its placeholders filled in; a missing key gives the key in brackets.
  std::string text(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const;
  /// The same with {n}; one thing has a text of its own where there is one under "<key>.one".
  std::string count(std::string_view key, std::int64_t n) const;
  bool has(std::string_view key) const { return texts_.contains(key); }
  const std::map<std::string, std::string, std::less<>>& all() const { return texts_; }

 private:
  Texts(std::string_view file, const notify::Catalogue& shared);
  std::map<std::string, std::string, std::less<>> texts_;
};

/// "12,345".
std::string numberText(std::int64_t number);

}  // namespace arrivald::pages
