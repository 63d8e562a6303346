// Kind: what befell a mail, as an incident's root names it: one of the causes of a failure, or why it waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "causes/cause.hpp"

namespace arrivald::incidents {

/// The causes in the order of causes::Class, then the two kinds of waiting mail. The numbers are stored.
enum class Kind : std::uint8_t {
  noAddress = 0,
  badDomain = 1,
  mailboxFull = 2,
  mailboxDisabled = 3,
  recipientRefused = 4,
  senderBlocked = 5,
  authentication = 6,
  content = 7,
  malformed = 8,
  temporaryLimit = 9,
  network = 10,
  unspecified = 11,
  unanswered = 12,  ///< waits without any word of the receiver
  deferred = 13,    ///< waits since the receiver puts it off
};
inline constexpr std::size_t kCauseKinds = 12;
inline constexpr std::size_t kKinds = 14;

constexpr std::size_t index(Kind kind) { return static_cast<std::size_t>(kind); }
constexpr Kind kindOf(causes::Class cause) { return static_cast<Kind>(cause); }

/// "no_address", …: the name of the cause; "unanswered", "deferred".
std::string_view name(Kind kind);
std::optional<Kind> kindNamed(std::string_view name);

/// One cause of this kind reaches every receiver: what it does at one and at another is one incident.
constexpr bool spreadsOverReceivers(Kind kind) {
  return kind == Kind::senderBlocked || kind == Kind::authentication || kind == Kind::content ||
         kind == Kind::temporaryLimit;
}

/// What decides whether mail has this fate: where it goes, or to whom it is addressed.
enum class DecidedBy : std::uint8_t { receiver, list, either };
DecidedBy decidedBy(Kind kind);

/// How many replies of one kind are read as another one, as a share of those that are read rightly.
struct Confusion {
  double unspecified = 0.18;
  double eachOther = 0.02;
  double of(Kind read) const { return read == Kind::unspecified ? unspecified : eachOther; }
};

}  // namespace arrivald::incidents
