// IncidentViews: incidents with what is known around them, for notifications, pages and commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notify/incident_context.hpp"
#include "pages/incident_page.hpp"
#include "watch/account_mails.hpp"
#include "watch/current_facts.hpp"
#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

/// What is asked about an incident's account.
struct Around {
  const Owners& owners;
  const config::Config& config;
  const AccountMails& mails;
  const notify::MailView& mail;
};
/// `followed`: the state that the incident is of.
notify::IncidentContext incidentContext(const Around& around, const incidents::Followed& followed,
                                        const incidents::Incident& incident, Instant now);

/// Value of one answer: refers to the owners and the configuration. Loop thread only.
class IncidentViews {
 public:
  IncidentViews(const Owners& owners, const config::Config& config, Language language);
  IncidentViews(const IncidentViews&) = delete;
  IncidentViews& operator=(const IncidentViews&) = delete;

  /// The facts that it is made of, for who needs them as well.
  const CurrentFacts& current() const { return current_; }

  /// Those that go on, and the last that ended.
  std::vector<pages::IncidentRow> rows() const;
  /// Nothing if there is none of that number. Without `version`.
  std::optional<pages::IncidentPage> page(std::int64_t number) const;

  /// The incident as it stands, in the words that a notice of now would have.
  notify::Notification describe(const incidents::Incident& incident) const;

  /// The answers of /api/v1/incidents as texts of commands are made of.
  std::string rowsJson() const;
  std::optional<std::string> pageJson(std::int64_t number) const;

 private:
  notify::IncidentContext contextOf(const incidents::Incident& incident) const;

  const Owners& owners_;
  const config::Config& config_;
  Language language_;
  Instant now_;
  CurrentFacts current_;
  RememberedMail mail_;
  AccountMails mails_;
};

}  // namespace arrivald::watch
