// typing_error: whether a word is another one with a slip of the fingers.
#pragma once

#include <string_view>

namespace arrivald::causes {

/// Whether `written` differs from `meant` by one byte added, missing or wrong, or by two neighbours swapped.
/// Equal words do not. Pure.
bool isTypingError(std::string_view written, std::string_view meant);

}  // namespace arrivald::causes
