// hide: removes the local parts of addresses from text that is stored where addresses must not be.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// `text`, of which it need not be known whether it is JSON, a URL or an SMTP reply, with "…" in place of
/// everything before an @ that may belong to an address, however the @ is spelled (see Folded; "NAME at
/// example.jp"), and of the value of a JSON member "email". A local part is also removed where it stands
/// alone, in any spelling: of every such address, and of `recipient`. Words that replies consist of, and
/// names of functions such as "info", stay when they stand alone. Rather hides too much than too little;
/// domains stay. Linear time.
std::string withoutAddresses(std::string_view text, std::string_view recipient = {});

}  // namespace arrivald
