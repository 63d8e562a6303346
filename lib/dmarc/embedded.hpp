// embedded: the text files of this folder.
#pragma once

#include <string_view>

namespace arrivald::dmarc {

std::string_view servicesTable();

}  // namespace arrivald::dmarc
