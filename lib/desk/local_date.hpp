// localDate: a date as it stands in a sentence: 「11月24日」, "24 November". Pure.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/language.hpp"

namespace arrivald::desk {

std::string localDate(Date date, Language language);

}  // namespace arrivald::desk
