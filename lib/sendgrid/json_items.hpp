// json_items: tells the items of a JSON array, or the members of an object, apart without understanding their
// values. For what a parser refuses as a whole: a number of 25 digits, half a surrogate, deep nesting.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace arrivald::sendgrid {

/// The items of the array that `text` is, as they stand; nothing where brackets or quotes do not match, or it
/// is no array. Linear, no recursion; views into `text`.
std::optional<std::vector<std::string_view>> itemsOf(std::string_view text);

/// The members of the object that `text` is: a key without its quotes, with its escapes as they stand, and a
/// value. Nothing where it cannot be told apart.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> membersOf(std::string_view text);

}  // namespace arrivald::sendgrid
