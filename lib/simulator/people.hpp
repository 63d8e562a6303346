// people: mail addresses as citizens and offices in Japan have them. Nobody's: made from common names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace arrivald::simulator {

/// As many people have addresses without a number behind the name; each further lot of them gets one.
inline constexpr std::uint64_t kPeople = 128 * 128 * 8;

/// The address of a person at a domain: "yamada.taro@gmail.com"; at an office,
/// "k-suzuki27@city.example.lg.jp". Numbers below 64 * kPeople have different addresses.
std::string personAt(std::uint64_t number, std::string_view domain);

/// The same for the same number, and spread evenly over all values.
std::uint64_t scatter(std::uint64_t number);

}  // namespace arrivald::simulator
