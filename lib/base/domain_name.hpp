// domain_name: domains in other scripts, as mail carries them ("xn--wgv71a119e.jp") and as people read them
// ("日本語.jp"). RFC 3492; without the mapping of look-alikes, which registries do. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// With each label that is not ASCII as "xn--…", and ASCII in lower case; as it is where that cannot be done.
std::string asciiDomain(std::string_view domain);

/// With each "xn--…" as what it stands for. Empty if there is none, or if one stands for nothing that can be
/// shown: a page says this beside the domain, never instead of it, since scripts have letters that look
/// alike.
std::string readableDomain(std::string_view domain);

}  // namespace arrivald
