// kind_words: what each rule kind puts into words. A further kind gets its overloads in kind_words.cpp, which
// do not compile without, and its texts in both catalogues.
#pragma once

#include <string>

#include "notify/catalogue.hpp"
#include "rules/evidence.hpp"

namespace arrivald::notify {

/// Where the trouble that a kind finds is.
enum class Concern : std::uint8_t {
  receivers,    ///< mail that some receiver refuses or holds up
  provider,     ///< mail that does not get out of SendGrid
  application,  ///< mail that is not requested
  account,      ///< the account itself
  watch,        ///< how we watch; says nothing of mail
};

struct KindTraits {
  Concern concern = Concern::watch;
  bool hasValue = false;         ///< false: it tells a state, not a number
  bool trendOfRequests = false;  ///< requests are shown over time, rather than the delivery rate
};
KindTraits traitsOf(const rules::Evidence& evidence);

/// What the texts of a kind may ask for, each in its unit. What a kind has no number for is "?".
struct EvidenceWords {
  std::string value = "?", threshold = "?", bound = "?", usual = "?", chance = "?";
  std::string n = "?", failures = "?", outcomes = "?";
  std::string window = "?", lag = "?";
  std::string input, bad, source, error;
};
EvidenceWords wordsOf(const rules::Evidence& evidence, const Catalogue& catalogue);

/// What an alert is about, inside a sentence: "trouble with the delivery rate".
std::string what(const rules::Evidence& evidence, const Catalogue& catalogue);

/// Of a kind's "title", "short" or "sentence". What could not be stored is not told as unreadable: the
/// provider has answered.
std::string textKey(const rules::Evidence& evidence, std::string_view part);

/// The key of the text that says what to do next.
std::string nextKey(const rules::Evidence& evidence);

/// The numbers in one line, for a list of alerts: "91.0 % (Threshold 98.0 %)". Empty where there are none.
std::string valueLine(const rules::Evidence& evidence, const Catalogue& catalogue);

}  // namespace arrivald::notify
