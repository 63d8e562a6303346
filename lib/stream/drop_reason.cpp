#include "stream/drop_reason.hpp"

#include <algorithm>

#include "base/lower.hpp"

namespace arrivald::stream {
namespace {

struct Reason {
  std::string_view begin;  // in small letters
  DropAbout about;
};
// The longer of two with the same beginning first.
constexpr std::array kReasons = {
    Reason{"bounced address", DropAbout::address},
    Reason{"unsubscribed address", DropAbout::address},
    Reason{"spam reporting address", DropAbout::address},
    Reason{"invalid smtpapi header", DropAbout::message},
    Reason{"invalid", DropAbout::address},  // "Invalid", "Invalid Address"
    Reason{"spam content", DropAbout::message},
    Reason{"duplicate message", DropAbout::message},
    Reason{"missing ", DropAbout::address},  // "Missing @"
    Reason{"user account suspended", DropAbout::account},
    Reason{"user account under review", DropAbout::account},
    Reason{"account suspended", DropAbout::account},
    Reason{"account under review", DropAbout::account},
    Reason{"recipient list over package quota", DropAbout::account},
    Reason{"maximum credits exceeded", DropAbout::account},
};

}  // namespace

std::string_view name(DropAbout about) {
  constexpr std::array<std::string_view, kDropAbouts> kNames{"address", "message", "account", "other"};
  return kNames[static_cast<std::size_t>(about)];
}

DropAbout aboutOf(std::string_view reason) {
  const auto begins = [&](std::string_view begin) {
    return reason.size() >= begin.size() && std::equal(begin.begin(), begin.end(), reason.begin(),
                                                       [](char a, char b) { return a == lower(b); });
  };
  const auto found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const Reason& each) { return begins(each.begin); });
  return found == kReasons.end() ? DropAbout::other : found->about;
}

}  // namespace arrivald::stream
