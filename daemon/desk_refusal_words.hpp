// desk_refusal_words: why the desk refuses a release, in a sentence that pages and /api/v1 share.
#pragma once

#include <string>

#include "base/language.hpp"
#include "desk/refusal.hpp"

namespace arrivald {

/// `owner`: whose request it is; empty: not known.
std::string refusalWords(Language language, const desk::Refusal& refusal, const std::string& owner = "");

}  // namespace arrivald
