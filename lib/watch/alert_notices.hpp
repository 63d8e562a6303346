// AlertNotices: what a notification of an alert would say now, for the page, `arrivald status` and
// `arrivald explain-alert`.
#pragma once

#include <string>

#include "notify/notification.hpp"
#include "watch/current_facts.hpp"
#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

/// Value of one answer: refers to the owners, the configuration and `current`. Loop thread only.
class AlertNotices {
 public:
  AlertNotices(const Owners& owners, const config::Config& config, const CurrentFacts& current,
               Language language);
  AlertNotices(const AlertNotices&) = delete;
  AlertNotices& operator=(const AlertNotices&) = delete;

  /// Its side, its cause and its next step as of now; without what a page shows elsewhere.
  notify::Notification of(const rules::Alert& alert) const;
  /// What it was, what it is, and until when that has to last; empty: its condition holds, or it is not open.
  std::string recovering(const rules::Alert& alert) const;

 private:
  const config::Config& config_;
  Language language_;
  Instant now_;
  RememberedMail mail_;
};

}  // namespace arrivald::watch
