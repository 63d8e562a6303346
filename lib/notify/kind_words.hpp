// kind_words: the texts of each rule kind. A new kind needs overloads in kind_words.cpp, which does not
// compile without them, and texts in both catalogues.
#pragma once

#include <string>

#include "notify/catalogue.hpp"
#include "rules/evidence.hpp"

namespace arrivald::notify {

/// Where the problems lie that a kind finds.
enum class Concern : std::uint8_t {
  receivers,    ///< a receiver refuses or delays mail
  provider,     ///< mail does not leave SendGrid
  application,  ///< no mail is requested
  account,      ///< the account itself
  recipients,   ///< SendGrid does not send, since the addresses are suppressed
  watch,        ///< arrivald's own watching; says nothing about mail
};

struct KindTraits {
  Concern concern = Concern::watch;
  bool hasValue = false;         ///< false: the kind reports a state, not a number
  bool trendOfRequests = false;  ///< the trend shows requests instead of the delivery rate
};
KindTraits traitsOf(const rules::Evidence& evidence);

/// Values for the placeholders of a kind's texts, with their units. A value that a kind lacks is "?".
struct EvidenceWords {
  std::string value = "?", threshold = "?", bound = "?", usual = "?", chance = "?";
  std::string n = "?", failures = "?", outcomes = "?";
  std::string window = "?", lag = "?";
  std::string input, bad, source, error;
};
EvidenceWords wordsOf(const rules::Evidence& evidence, const Catalogue& catalogue);

/// Why batches of events are refused, by the outcome of arrivald_event_batches_total, as part of a sentence.
std::string refusalWords(std::string_view outcome, const Catalogue& catalogue);
/// The key of what to do about it.
std::string refusalNextKey(std::string_view outcome);

/// What an alert is about, as part of a sentence: "trouble with the delivery rate".
std::string what(const rules::Evidence& evidence, const Catalogue& catalogue);

/// The key of a kind's "title", "short" or "sentence". Data that could not be stored has texts of its own:
/// the provider has answered.
std::string textKey(const rules::Evidence& evidence, std::string_view part);

/// The key of the text with the next step.
std::string nextKey(const rules::Evidence& evidence);

/// The numbers in one line, for a list of alerts: "91.0 % (Threshold 98.0 %)". Empty if there are none.
std::string valueLine(const rules::Evidence& evidence, const Catalogue& catalogue);

}  // namespace arrivald::notify
