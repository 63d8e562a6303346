// AddressAnswer: why an address gets no mail, or that nothing keeps mail from it.
#pragma once

#include <string>
#include <vector>

#include "causes/texts.hpp"
#include "desk/entries.hpp"
#include "desk/unread_lists.hpp"
#include "watch/event_query.hpp"

namespace arrivald::desk {

/// The four answers.
enum class MailState : std::uint8_t {
  stopped,     ///< a list stops all mail, or that of a group, to it
  blocked,     ///< not stopped; some mail was blocked, and a list says so
  notStopped,  ///< no list holds it now; it is known from events or from earlier
  noRecord,    ///< nothing is known of it
  unknown,     ///< no list that was read stops mail to it, but one that could was not read
};
/// "stopped", "blocked", "not_stopped", "no_record", "unknown".
std::string_view name(MailState state);

/// One list of one account.
struct ListCell {
  std::string account;
  suppression::List list = suppression::List::bounces;
  bool known = true;                 ///< false: one of AddressAnswer::unread
  std::optional<std::size_t> entry;  ///< index in AddressAnswer::entries; nothing: not on the list now
};

/// What happened, one of its kind.
struct HistoryItem {
  enum class Kind : std::uint8_t { listed, unlisted, event, released };
  Kind kind = Kind::event;
  Instant at{};
  std::size_t index = 0;  ///< in AddressAnswer::entries, events or releases
};

/// Holds personal data.
struct AddressAnswer {
  std::string address;
  MailState state = MailState::noRecord;
  std::optional<std::size_t> decisive;  ///< the entry that the answer rests on
  std::vector<ListedEntry> entries;     ///< newest first, removed ones included
  std::vector<ListCell> lists;          ///< every account × every list, in this order
  std::vector<UnreadList> unread;       ///< they may hold the address
  std::vector<watch::FoundEvent> events;
  std::vector<PastRelease> releases;
  std::vector<HistoryItem> history;  ///< newest first
  bool streamKnown = false;          ///< whether any account has an event stream
  bool eventsComplete = true;        ///< false: there are more events than are shown
  std::optional<Instant> lastDelivered;
  /// A carrier that says "delivered" also for mail that its customer's settings hide.
  bool maybeHidden = false;
  std::int64_t othersListed = 0;  ///< other entries of the same domain on lists now
  std::string meantDomain;        ///< if the domain is probably a typing error: what was meant
  // Of the decisive entry; empty without one.
  causes::Text text;
  causes::ShortText shortText;
  causes::CustomerText customer;
};

/// Answers about addresses. Who asks is checked and recorded by the caller. Resource; loop thread only.
class Addresses {
 public:
  static constexpr std::size_t kMaxEntries = 100, kMaxEvents = 200;

  Addresses(watch::Owners& owners, const Entries& entries, const ReleaseHistory* history)
      : owners_(owners), entries_(entries), history_(history) {}

  Result<AddressAnswer> answer(const std::string& address, const config::Config& configuration,
                               Language language) const;

 private:
  Result<watch::FoundEvents> eventsOf(const std::string& address) const;
  Done readReleases(AddressAnswer& answer) const;

  watch::Owners& owners_;
  const Entries& entries_;
  const ReleaseHistory* history_;
};

}  // namespace arrivald::desk
