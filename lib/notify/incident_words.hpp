// IncidentWords: what an incident is about, as parts of sentences, for notifications, pages and commands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "incidents/incident.hpp"
#include "notify/catalogue.hpp"

namespace arrivald::notify {

class IncidentWords {
 public:
  /// Times of the day of `now` are named without their date.
  IncidentWords(const TimeZone& zone, Instant now, Language language);

  const Catalogue& catalogue() const { return c_; }
  /// "10:56 JST", on another day than today "2026-11-23 10:56 JST".
  std::string time(Instant instant) const;
  /// "19 %"; one digit more below 10 % and near the whole.
  std::string share(double share) const;
  std::string number(double mails) const { return c_.number(mails); }

  /// "mail to Gmail", "「お知らせ」のGmail宛てのメール": which mail.
  std::string where(const incidents::Incident& incident) const;
  std::string where(const incidents::Incident& incident, const incidents::Root& root) const;
  /// "Gmail, docomo and 2 more".
  std::string receivers(const std::vector<std::string>& names) const;
  std::string categories(const std::vector<std::string>& names) const;
  /// A category of a breakdown, without quotation marks.
  std::string category(std::string_view name) const;
  std::string receiver(std::string_view name) const;
  /// "no such address", or of two "…, …"; empty: none is named.
  std::string kinds(const incidents::Root& root) const;
  /// The same within a sentence, in quotation marks.
  std::string quotedKinds(const incidents::Root& root) const;
  /// What befell the mail: "is refused: authentication of our domain fails".
  std::string state(const incidents::Incident& incident) const;
  /// Nearly all of the mail.
  static bool isAll(const incidents::Incident& incident);
  /// Of a drift: the share of its mail that usually arrives, and that arrived since it began.
  std::string was(const incidents::Incident& incident) const;
  std::string rate(const incidents::Incident& incident) const;
  /// What, where, how bad: the headline.
  std::string headline(const incidents::Incident& incident) const;
  /// The same in fewer characters, for push notifications.
  std::string brief(const incidents::Incident& incident) const;
  /// "notice 3 of 12 · reservation 1 of 11", worst first, at most six; empty if there are none.
  enum class By : std::uint8_t { category, receiver };
  std::string parts(const std::vector<incidents::Part>& parts, By by) const;

 private:
  std::string joined(const std::vector<std::string>& names, std::string_view prefix) const;
  std::string stateKey(const incidents::Incident& incident) const;

  const Catalogue& c_;
  const TimeZone& zone_;
  Instant now_;
};

/// The end of what is over, by estimate.
Instant overAt(const incidents::Incident& incident);
/// Whether it is over, as far as anybody can tell.
bool hasRecovered(const incidents::Incident& incident);

}  // namespace arrivald::notify
