// WatchedMail: the mail after a release as the event stream and the suppression lists tell of it.
#pragma once

#include "base/clock.hpp"
#include "desk/later_mail_source.hpp"
#include "watch/event_stream.hpp"
#include "watch/suppression_lists.hpp"

namespace arrivald::desk {

/// Resource; loop thread only.
class WatchedMail final : public LaterMailSource {
 public:
  WatchedMail(watch::EventStream& events, const watch::SuppressionLists& lists, const Clock& clock)
      : events_(events), lists_(lists), clock_(clock) {}

  Result<suppression::LaterMail> since(const suppression::ShownEntry& entry, Instant released) override;

 private:
  Done addEvents(const suppression::ShownEntry& entry, Instant released, suppression::LaterMail& mail);
  Done addEntries(const suppression::ShownEntry& entry, Instant released, suppression::LaterMail& mail) const;

  watch::EventStream& events_;
  const watch::SuppressionLists& lists_;
  const Clock& clock_;
};

}  // namespace arrivald::desk
