// IpAddress: where mail came from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald::aggregate {

/// IPv6, or IPv4 as ::ffff:a.b.c.d, so that the spellings of an address are one value.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool isV4() const;
  /// "192.0.2.10", "2001:db8::1".
  std::string text() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// One address, perhaps in brackets; no network, no host name.
std::optional<IpAddress> parseIpAddress(std::string_view text);

}  // namespace arrivald::aggregate
