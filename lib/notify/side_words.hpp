// side_words: whose side a problem is on, in words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "notify/catalogue.hpp"
#include "notify/side.hpp"

namespace arrivald::notify {

/// `form` is "side", in sentences, or "side.short", a few words. `waiting`: the mail waits and has not
/// failed.
enum class Waits : std::uint8_t { no, yes };
std::string sideWords(const Side& side, std::string_view form, Waits waiting, const Catalogue& catalogue);

/// What is known of the mail that the refused addresses took before.
std::string earlierWords(const EarlierMail& earlier, const Catalogue& catalogue);

/// "a.example.jp, b.example.jp": as people read them, at most kMaxDomainsNamed.
std::string domainWords(const std::vector<std::string>& domains, const Catalogue& catalogue);

}  // namespace arrivald::notify
