// hide: removes the local parts of addresses from text that is stored where addresses must not be.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// `text`, of which it need not be known whether it is JSON, a URL or an SMTP reply, with "…" in place of
/// everything before an @ that may belong to an address, and of the value of a JSON member "email". An @ is
/// also found as \u0040 or %40. Rather hides too much than too little; domains stay.
std::string withoutAddresses(std::string_view text);

}  // namespace arrivald
