// Advice: whether an entry should be released, and whose side its cause is on. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/instant.hpp"
#include "causes/cause.hpp"
#include "suppression/entry.hpp"

namespace arrivald::suppression {

/// The numbers are stored: an advice keeps its number for ever.
enum class Advice : std::uint8_t {
  safe = 0,           ///< the fault was temporary, and the receiver has accepted mail since
  onceConfirmed = 1,  ///< after a person has confirmed that the cause is gone
  noDifference = 2,   ///< the list does not stop mail
  doNot = 3,          ///< the next mail would fail as well
  adminOnly = 4,      ///< the recipient's own wish
};
inline constexpr std::array kAdvices = {Advice::safe, Advice::onceConfirmed, Advice::noDifference,
                                        Advice::doNot, Advice::adminOnly};
/// "safe", "once_confirmed", "no_difference", "do_not", "admin_only".
std::string_view name(Advice advice);
std::optional<Advice> adviceNamed(std::string_view name);

/// The numbers are stored: a side keeps its number for ever.
enum class Side : std::uint8_t { ours = 0, theirs = 1, wrongAddress = 2, temporary = 3, unknown = 4 };
inline constexpr std::array kSides = {Side::ours, Side::theirs, Side::wrongAddress, Side::temporary,
                                      Side::unknown};
/// "ours", "theirs", "wrong_address", "temporary", "unknown".
std::string_view name(Side side);
std::optional<Side> sideNamed(std::string_view name);

/// What an advice rests on.
struct AdviceFacts {
  List list = List::bounces;
  const causes::Cause* cause = nullptr;  ///< null: unknown, as for lists whose entries hold no reply
  bool receiverAcceptedSince = false;    ///< mail to the same receiver was delivered after `created`
  bool failedAgainAfterRelease = false;  ///< it was released before, and the next mail failed
  Instant created{};
};

/// Who may release an entry at all is decided elsewhere: that a second release needs an admin is no advice.
Advice advise(const AdviceFacts& facts);

/// Of an entry of bounces, blocks or invalid addresses.
Side sideOf(const causes::Cause& cause);

/// The cause of an entry that the recipient asked for.
causes::Cause wishCause(List list);

/// Whether the recipient asked for it, so that an entry of the list holds no reply of a receiver.
constexpr bool isWish(List list) {
  return list == List::spamReports || list == List::unsubscribes || list == List::groupUnsubscribes;
}

}  // namespace arrivald::suppression
