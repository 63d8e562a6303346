// Entry: one entry of one of the provider's suppression lists.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace arrivald::suppression {

/// The numbers are stored as part of each fingerprint: a list keeps its number for ever. The next free one is
/// 6, the last 255.
enum class List : std::uint8_t {
  bounces = 0,
  blocks = 1,
  invalidEmails = 2,
  spamReports = 3,
  unsubscribes = 4,
  groupUnsubscribes = 5,  ///< of all unsubscribe groups of an account
};
/// All lists that are read, in the order in which they are shown. Nothing that is stored depends on it.
inline constexpr std::array<List, 6> kLists = {List::bounces,       List::blocks,
                                               List::invalidEmails, List::spamReports,
                                               List::unsubscribes,  List::groupUnsubscribes};

/// "bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes", "group_unsubscribes": the spelling
/// of labels and the store.
std::string_view name(List list);
std::optional<List> listNamed(std::string_view name);

/// Every text but the address may be empty.
struct Entry {
  std::string email;  ///< personal data: shown unmasked only on the desk's page
  Instant created{};
  std::string reason;  ///< text from outside, as received
  std::string status;  ///< "5.1.1", in old entries "550", or empty
  std::string ip;      ///< spam reports only
  /// Id of the unsubscribe group, 0 outside of that list.
  std::int64_t group = 0;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Whether its time can be true at `now`: not before SendGrid began, and not ahead by more than a day. One
/// that was missing or unreadable is not.
bool hasTime(const Entry& entry, Instant now);

/// Whether two spellings are one address on the provider's lists: a name before it, blanks, <>, quotation
/// marks, escapes, case and a dot at its end aside. Unlike a mailbox's spellings, "+tag" and Gmail's dots
/// tell two: each may be listed.
bool isSameAddress(std::string_view one, std::string_view other);

/// A row of the store: opaque, and stable while the entry is known.
enum class EntryId : std::int64_t {};

/// Identifies an entry: the address (ignoring the case of ASCII letters), the second at which it was created,
/// so an address that is listed again is a new entry, and the unsubscribe group. 64 uniformly distributed
/// bits, so that a million entries take 8 MB; the probability that any two of a million addresses collide is
/// 3 in 10^8.
///
/// The upper 40 bits depend only on the mailbox (base/mailbox.hpp): all entries of a mailbox, in whatever
/// spelling and of whatever list, lie in one range, so an index of fingerprints also finds addresses. Stored:
/// the same for an entry in every version and on every machine.
std::uint64_t fingerprint(List list, std::string_view email, Instant created, std::int64_t group = 0);

/// The lowest and the highest fingerprint that entries of a mailbox can have.
struct FingerprintRange {
  std::uint64_t first;
  std::uint64_t last;
};
FingerprintRange fingerprintsOf(std::string_view email);
/// The range of the mailbox whose entry has this fingerprint.
FingerprintRange mailboxOf(std::uint64_t fingerprint);

}  // namespace arrivald::suppression
