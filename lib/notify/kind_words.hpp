// kind_words: the texts of each rule kind. A new kind needs overloads in kind_words.cpp, which does not
// compile without them, and texts in both catalogues.
#pragma once

#include <string>

#include "notify/catalogue.hpp"
#include "notify/kind_traits.hpp"

namespace arrivald::notify {

/// Values for the placeholders of a kind's texts, with their units. A value that a kind lacks is "?".
struct EvidenceWords {
  std::string value = "?", threshold = "?", bound = "?", usual = "?", chance = "?";
  std::string n = "?", failures = "?", outcomes = "?";
  std::string window = "?", lag = "?";
  std::string limit;    ///< the threshold and its sense: "at least 98.0 %"
  std::string adapted;  ///< why it is not the configured one; empty: it is
  std::string failed;   ///< what became of the mails that count: "bounced"
  std::string input, bad, source, error;
};
EvidenceWords wordsOf(const rules::Evidence& evidence, const Catalogue& catalogue);

/// What is wrong with the event webhook's settings: the defects of rules::SettingsEvidence in words.
std::string settingsWords(std::string_view wrong, const Catalogue& catalogue);

/// Why batches of events are refused, by the outcome of arrivald_event_batches_total, as part of a sentence.
std::string refusalWords(std::string_view outcome, const Catalogue& catalogue);
/// The key of what to do about it.
std::string refusalNextKey(std::string_view outcome);

/// What an alert is about, as part of a sentence: "trouble with the delivery rate".
std::string what(const rules::Evidence& evidence, const Catalogue& catalogue);

/// The key of a kind's "title", "short", "sentence" or "over". Evidence that needs other words than the rest
/// of its kind has keys of its own: data that could not be stored, of which the provider has answered.
std::string textKey(const rules::Evidence& evidence, std::string_view part);

/// The key of the text with the next step. It may have the placeholders {replies}, {breakdown} and {page},
/// which say where these stand: see nextStep().
std::string nextStepKey(const rules::Evidence& evidence);
/// The key of the text about what is left to do for the mail of an alert that has recovered; empty: nothing.
std::string stepAfterKey(const rules::Evidence& worst);

/// The numbers in one line: "91.0 %". Empty if there are none.
std::string numberLine(const rules::Evidence& evidence, const Catalogue& catalogue);
/// The limit, and why it is not the configured one where it is another. Empty if there is none.
std::string limitLine(const rules::Evidence& evidence, const Catalogue& catalogue);
/// Of 1e-6: "once in 1,000,000 times".
std::string chanceWords(double chance, const Catalogue& catalogue);
/// The same with the limit, for a list of alerts: "91.0 % (at least 98.0 %)".
std::string valueLine(const rules::Evidence& evidence, const Catalogue& catalogue);

}  // namespace arrivald::notify
