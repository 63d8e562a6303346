// ChangeWords: the texts of one change, with values for every placeholder of the catalogues.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "notify/catalogue.hpp"
#include "notify/kind_words.hpp"
#include "notify/notification.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::notify {

/// Refers to the change and to the time zone, which must outlive it.
class ChangeWords {
 public:
  /// `place`: the receiver at which an account's trouble gathers; empty: none.
  ChangeWords(const rules::Change& change, const TimeZone& zone, Instant now, Language language,
              std::string place = {});

  /// The catalogue's text under `key` with its placeholders filled in.
  std::string text(std::string_view key) const;
  std::string time(Instant instant) const { return zone_.zonedText(instant); }
  const Catalogue& catalogue() const { return catalogue_; }

  std::string title() const;
  std::string badge() const;
  std::string fallback() const;
  std::string sentence() const;
  /// Of an alert whose condition does not hold at present; `how`: see recoveringWords().
  std::string recoveringSentence(const std::string& how) const;
  /// For a list of alerts, which may be of several accounts, by the text under `key`; `side` is whose side,
  /// in few words.
  std::string row(std::string_view key, const std::string& side) const;
  std::vector<Field> fields() const;
  std::string footer() const;
  Tone tone() const;

 private:
  Instant since() const;
  Instant until() const;  // of what is over: when it was
  std::string subject(std::string_view form, std::size_t bytes) const;
  std::string placeName() const;
  /// The catalogue's text for what the alert is about: "stall.sentence".
  std::string kindText(std::string_view part) const;
  std::string endedKey(std::string_view part) const;
  std::string resolvedSentence() const;
  std::string worsenedSentence() const;
  std::string certainty() const;
  std::string detection() const;
  void addNumbers(std::vector<Field>& fields) const;
  void addNumbersOf(const rules::DmarcEvidence& evidence, std::vector<Field>& fields) const;

  const Catalogue& catalogue_;
  const rules::Change& change_;
  const TimeZone& zone_;
  Instant now_;
  const rules::Evidence& evidence_;  ///< the episode's worst once it is over, since all is well by then
  EvidenceWords words_;
  std::string place_;
  std::string_view short_ = "short";  ///< how {short} names the subject: "row" with its account
};

/// Whether the alert is over because the problem is: not if there is only too little mail to decide.
bool hasRecovered(const rules::Change& change);

}  // namespace arrivald::notify
