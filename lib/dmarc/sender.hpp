// sender: who sent the messages of a row, as far as the row tells by itself.
#pragma once

#include <string>
#include <string_view>

#include "aggregate/report.hpp"

namespace arrivald::dmarc {

/// What messages are summed by. It follows from the row alone, so that what a report added can be taken away
/// again whatever has been learned or configured since; who it is, is judged from the sums.
struct Sender {
  aggregate::IpAddress network;  ///< the first address of its /24, or /48
  std::string spf;               ///< the domain that SPF passed for, unless it is that of the header
  std::string dkim;              ///< a domain that a signature passed for and that is not aligned
  friend auto operator<=>(const Sender&, const Sender&) = default;
  /// The sum of those that are too many to be told apart: nothing is known of whom it is about.
  bool isRest() const { return *this == Sender{}; }
};
Sender senderOf(const aggregate::Report& report, const aggregate::Row& row);

aggregate::IpAddress networkOf(const aggregate::IpAddress& address);
/// "192.0.2.0/24", "2001:db8:1::/48".
std::string networkText(const aggregate::IpAddress& network);

/// Whether `name` is `domain`, or below it.
bool isWithin(std::string_view name, std::string_view domain);

}  // namespace arrivald::dmarc
