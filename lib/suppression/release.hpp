// Release: a request to take entries off the provider's lists, from the draft to the mail that followed. The
// states, what may follow which, and what each answer of the provider makes of an item. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "suppression/entry.hpp"

namespace arrivald::suppression {

enum class ReleaseId : std::int64_t {};
enum class ItemId : std::int64_t {};

/// The numbers are stored: a state keeps its number for ever. So do those of the other enumerations here.
enum class ReleaseState : std::uint8_t {
  draft = 0,      ///< shown to its author; nothing has happened
  confirmed = 1,  ///< decided, counted against the limits; nothing has been asked of the provider yet
  running = 2,    ///< items are being released and verified
  done = 3,       ///< no item will change any more
  cancelled = 4,  ///< by its author, or replaced by a newer draft of the same rows
  expired = 5,    ///< a draft that nobody decided on within kDraftLife
};
inline constexpr std::array kReleaseStates = {ReleaseState::draft,     ReleaseState::confirmed,
                                              ReleaseState::running,   ReleaseState::done,
                                              ReleaseState::cancelled, ReleaseState::expired};
std::string_view name(ReleaseState state);
bool canFollow(ReleaseState before, ReleaseState after);
/// Whether the request may still change: draft, confirmed, running.
bool isOpen(ReleaseState state);

enum class ItemState : std::uint8_t {
  waiting = 0,      ///< nothing was asked
  asked = 1,        ///< stored before the call: the provider may or may not have been asked to delete it
  pending = 2,      ///< the provider took the call; reads have not shown yet that the entry is gone
  gone = 3,         ///< a read shows that the entry is gone
  alreadyGone = 4,  ///< it was gone before anything was asked
  changed = 5,      ///< it is another entry than the one that was shown: not deleted
  refused = 6,      ///< the provider refused the key or the request
  failed = 7,       ///< given up
  rehearsed = 8,    ///< dry run: everything was done but the call
};
inline constexpr std::array kItemStates = {ItemState::waiting, ItemState::asked,       ItemState::pending,
                                           ItemState::gone,    ItemState::alreadyGone, ItemState::changed,
                                           ItemState::refused, ItemState::failed,      ItemState::rehearsed};
std::string_view name(ItemState state);
bool canFollow(ItemState before, ItemState after);
/// Whether the item may still change: waiting, asked, pending.
bool isOpen(ItemState state);

/// Why an item is refused, failed or late.
enum class Problem : std::uint8_t {
  none = 0,
  keyRefused = 1,      ///< 401, 403
  requestRefused = 2,  ///< 400, 406 and other answers that do not pass by waiting
  busy = 3,            ///< 429
  noAnswer = 4,        ///< 5xx, a page of HTML, an answer that cannot be read, silence
  stillListed = 5,     ///< reads still show it a day after the provider took the call
  noKey = 6,           ///< the account has no key for releasing any more
  notPlausible = 7,    ///< no call can be made of this address
};
std::string_view name(Problem problem);

/// What became of the mail after a release.
enum class Aftermath : std::uint8_t {
  notSentYet = 0,
  delivered = 1,
  bouncedAgain = 2,  ///< a bounce, a block, or the entry is on its list again
  stillDropped = 3,  ///< another list stops it
  undone = 4,        ///< put back on its list by an admin
  unknown = 5,       ///< no source can tell, or none has told within kFollowUp
};
inline constexpr std::array kAftermaths = {Aftermath::notSentYet,   Aftermath::delivered,
                                           Aftermath::bouncedAgain, Aftermath::stillDropped,
                                           Aftermath::undone,       Aftermath::unknown};
std::string_view name(Aftermath aftermath);

inline constexpr Duration kDraftLife = std::chrono::hours(24);
inline constexpr Duration kAskFor = std::chrono::hours(24);     ///< how long a call is tried again
inline constexpr Duration kVerifyFor = std::chrono::hours(24);  ///< after the provider took the call
inline constexpr Duration kFollowUp = std::chrono::days(30);    ///< also how long a release can be undone

/// How far an item has come. A value; the functions below make the next one of it.
struct ItemProgress {
  ItemState state = ItemState::waiting;
  Problem problem = Problem::none;  ///< of the last attempt
  int httpStatus = 0;               ///< of the last answer that was no success; 0: there was none
  int calls = 0;                    ///< deletions that may have been carried out
  int failures = 0;                 ///< attempts in a row that failed
  Instant due{};                    ///< when to go on
  std::optional<Instant> begun;     ///< first attempt
  std::optional<Instant> taken;     ///< the provider took the call
  std::optional<Instant> settled;   ///< no longer open
  friend bool operator==(const ItemProgress&, const ItemProgress&) = default;
};

/// What a read of one entry has shown, compared with the entry as it was shown to the person.
enum class Reading : std::uint8_t { absent, same, other };
/// `read`: the entries of that address and list at the provider. An instant of 1970 and an empty reason there
/// mean that the list does not tell.
Reading compare(const Entry& shown, std::span<const Entry> read);

/// What a deletion was answered with.
enum class Removal : std::uint8_t { taken, notListed };

/// After a read. An item that is waiting or asked and whose entry is still the `same` keeps its state: the
/// caller may go on to asking().
ItemProgress afterRead(ItemProgress item, Reading reading, Instant now);
/// To be stored before the call.
ItemProgress asking(ItemProgress item, Instant now);
ItemProgress afterRemoval(ItemProgress item, Removal removal, Instant now);
/// In place of the call.
ItemProgress rehearsed(ItemProgress item, Instant now);
/// A read or a call that failed. `error` comes from the provider's answer; `status` is its HTTP status or 0;
/// `random` is uniform in [0,1).
struct Attempt {
  enum class Of : std::uint8_t { read, call };
  Of of = Of::read;
  Error error;
  int status = 0;
  double random = 0;
};
/// A call that was answered by a 4xx was not carried out: the item is waiting again, unless another call of
/// it went without an answer. An item is refused only if nothing of it can have been carried out.
ItemProgress afterFailure(ItemProgress item, const Attempt& attempt, Instant now);
/// Ends an item without an answer.
ItemProgress givenUp(ItemProgress item, ItemState state, Problem problem, Instant now);

/// When to read again after the provider took the call at `taken`: after 2, 5, 15, 60 s, 5 min, then hourly.
/// Empty once kVerifyFor has passed.
std::optional<Instant> nextVerification(Instant taken, Instant now);

/// What is known of the mail to an address after its release.
struct LaterMail {
  std::optional<Instant> delivered;
  std::optional<Duration> took;      ///< from processed to delivered
  std::optional<Instant> failed;     ///< bounced, blocked, or listed again
  std::optional<Instant> dropped;    ///< not sent, because of an entry of a list
  std::optional<Instant> otherList;  ///< since when another list stops it
  bool covered = false;              ///< a source that sees every mail has watched since the release
};

struct FollowUp {
  Aftermath aftermath = Aftermath::notSentYet;
  std::optional<Instant> at;     ///< of the mail that decided
  std::optional<Duration> took;  ///< of a delivery
  bool final = false;            ///< it is not looked at any more
  friend bool operator==(const FollowUp&, const FollowUp&) = default;
};
/// The first mail that was delivered or failed decides. `released`: when the entry was gone.
FollowUp followUp(const LaterMail& mail, Instant released, Instant now);

}  // namespace arrivald::suppression
