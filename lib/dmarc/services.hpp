// services: the names of whoever sends, from the domains that pass at them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace arrivald::dmarc {

/// The service of services.txt that sends from this domain: "SendGrid".
std::optional<std::string_view> serviceOf(std::string_view domain);

/// The domain that was registered: "example.co.jp" of "mail.example.co.jp"; `domain` itself where the list of
/// public suffixes knows none.
std::string organisationOf(std::string_view domain);

}  // namespace arrivald::dmarc
