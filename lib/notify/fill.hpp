// fill: puts values in place of the {placeholders} of a text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "notify/catalogue.hpp"

namespace arrivald::notify {

/// A placeholder without a filling disappears; an unclosed brace is text.
std::string fill(std::string_view pattern, std::initializer_list<Filling> fillings);

}  // namespace arrivald::notify
