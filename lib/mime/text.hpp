// text: the words of headers.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::mime {

/// Without blanks, tabs and line breaks at either end.
std::string_view trimmed(std::string_view text);
/// ASCII letters in lower case.
std::string lower(std::string_view text);
/// The same but for the case of ASCII letters.
bool sameWord(std::string_view a, std::string_view b);
/// Takes the first line of `rest`, without its end, which is \n or \r\n.
std::string_view takeLine(std::string_view& rest);

}  // namespace arrivald::mime
