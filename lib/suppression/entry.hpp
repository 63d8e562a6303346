// Entry: one line of one of the provider's suppression lists.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace arrivald::suppression {

/// The numbers are stored, as part of each fingerprint: a list keeps its own for ever. The next free one is
/// 5; they end at 255. The lists of unsubscribe groups can share one number, since fingerprints of different
/// lists of an account are never looked for in one another.
enum class List : std::uint8_t {
  bounces = 0,
  blocks = 1,
  invalidEmails = 2,
  spamReports = 3,
  unsubscribes = 4,
};
/// All lists that are read, in the order in which they are shown. Nothing that is stored depends on it.
inline constexpr std::array<List, 5> kLists = {List::bounces, List::blocks, List::invalidEmails,
                                               List::spamReports, List::unsubscribes};

/// "bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes": the spelling of labels and the
/// store.
std::string_view name(List list);
std::optional<List> listNamed(std::string_view name);

/// Of the texts only the address is always there.
struct Entry {
  std::string email;  ///< personal data: masked wherever it is shown to more than the desk
  Instant created{};
  std::string reason;  ///< text from outside, as it came
  std::string status;  ///< "5.1.1", in old entries "550", or empty
  std::string ip;      ///< spam reports only
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What makes two lines the same entry: the address without regard to the case of ASCII letters, and the
/// second it was created; an address that is listed anew is a new entry. 64 well-spread bits, so that a
/// million entries fit in 8 MB; two of a million different addresses collide with a chance of 3 in 10^8.
///
/// The upper 40 bits are the address's alone: all entries of an address lie in one range, whatever list they
/// are of, and an index of fingerprints finds addresses as well. Stored: of one entry it is the same in every
/// version, on every machine.
std::uint64_t fingerprint(List list, std::string_view email, Instant created);

/// The first and the last fingerprint that entries of an address can have.
struct FingerprintRange {
  std::uint64_t first;
  std::uint64_t last;
};
FingerprintRange fingerprintsOf(std::string_view email);

}  // namespace arrivald::suppression
