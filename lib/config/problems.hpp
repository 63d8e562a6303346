// Problems: collects the mistakes found so far, and words their messages. Private to lib/config.
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
  void add(Place place, Phrase what) { put(place, std::move(what), false); }
  void warn(Place place, Phrase what) { put(place, std::move(what), true); }
  /// True if there is a problem (not a warning) at exactly this place.
  bool wrongAt(Place place) const;
  bool fatal() const { return fatal_; }
  /// Returns the problems in the order of the file; the first kMaxProblems and the number of the others.
  std::vector<Problem> take();

 private:
  void put(Place place, Phrase what, bool warning);
  std::vector<Problem> all_;
  bool fatal_ = false;
};
inline constexpr std::size_t kMaxProblems = 100;

/// True if `text` contains a secret and must not appear in a message: an API key, a webhook, a token, a URL
/// with a password.
bool looksSecret(std::string_view text);
/// `text` in quotes, safe for messages: one line, short, addresses masked, secrets hidden.
Phrase shown(std::string_view text);

/// The candidate that was probably meant: few edits away, or one that begins with `word`. Ignores case and
/// the difference of - and _. Empty if there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean \"webhook\"?".
Phrase meant(std::string_view word);
/// The same of the nearest candidate, or empty.
Phrase didYouMean(std::string_view word, const std::vector<std::string>& candidates);
/// "file /etc/key", "environment variable KEY": SecretValue::place, in words.
Phrase inWords(const SecretValue& secret);
/// "a, b or c".
Phrase oneOf(const std::vector<std::string>& candidates);
/// didYouMean(), or otherwise "; known: a, b or c".
Phrase hint(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace arrivald::config
