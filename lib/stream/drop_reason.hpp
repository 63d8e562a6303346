// drop_reason: why SendGrid did not send a mail: the one table of its reasons. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace arrivald::stream {

/// Whom a reason is about, and so who can act: the list of recipients, the sending program, or the account.
enum class DropAbout : std::uint8_t { address, message, account, other };
inline constexpr std::size_t kDropAbouts = 4;
/// "address", "message", "account", "other": the spelling of metric labels.
std::string_view name(DropAbout about);

/// By the `reason` of a dropped event, in any case and with whatever follows it; `other` for an unknown one.
DropAbout aboutOf(std::string_view reason);

}  // namespace arrivald::stream
