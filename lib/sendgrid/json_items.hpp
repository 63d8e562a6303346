// json_items: splits a JSON array into items, or an object into members, without parsing their values. For
// texts that a parser refuses as a whole: a number of 25 digits, an unpaired surrogate, deep nesting. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace arrivald::sendgrid {

/// The items of the array in `text`, verbatim; empty if brackets or quotes do not match or it is not an
/// array. Linear time, no recursion; the results are views into `text`.
std::optional<std::vector<std::string_view>> itemsOf(std::string_view text);

/// The members of the object in `text`: the key without its quotes and with escapes not resolved, and the
/// value, verbatim. Empty if it cannot be split. Views into `text`.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> membersOf(std::string_view text);

}  // namespace arrivald::sendgrid
