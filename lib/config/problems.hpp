// Problems: what has been found wrong so far, and the words in which it is said. Private to lib/config.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace arrivald::config {

/// Line and column from 1, or 0 and 0 for the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

class Problems {
 public:
  void add(Place place, std::string text) { put(place, std::move(text), false); }
  void warn(Place place, std::string text) { put(place, std::move(text), true); }
  /// True if something is wrong at this very place.
  bool wrongAt(Place place) const;
  bool fatal() const { return fatal_; }
  /// In the order of the file; of more than kMaxProblems the first.
  std::vector<Problem> take();

 private:
  void put(Place place, std::string text, bool warning);
  std::vector<Problem> all_;
  bool fatal_ = false;
};
inline constexpr std::size_t kMaxProblems = 100;

/// True for what must not be repeated in a message: a key, a webhook, a token, an address with a password.
bool looksSecret(std::string_view text);
/// `text` in quotes as a message may repeat it: one line, short, addresses masked, secrets hidden.
std::string shown(std::string_view text);

/// The candidate that was probably meant, or nothing: few edits away or only begun, without regard to case, -
/// and _.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean \"webhook\"?" or nothing.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);
/// "a, b or c".
std::string oneOf(const std::vector<std::string>& candidates);
/// didYouMean, or else "; known: a, b or c".
std::string hint(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace arrivald::config
