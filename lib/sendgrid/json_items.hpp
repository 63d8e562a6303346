// json_items: splits a JSON array into items, or an object into members, without parsing their values. For
// texts that a parser refuses as a whole: a number of 25 digits, an unpaired surrogate, deep nesting, several
// values. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace arrivald::sendgrid {

/// The items of the array in `text`, verbatim; empty if brackets or quotes do not match or it is not an
/// array. Linear time, no recursion; the results are views into `text`.
std::optional<std::vector<std::string_view>> itemsOf(std::string_view text);

/// The same items in runs of at least `bytes` bytes, each with its commas and without the array's brackets;
/// the last run may be shorter.
std::optional<std::vector<std::string_view>> slicesOf(std::string_view text, std::size_t bytes);

/// A part of a text that is no single JSON array.
struct Piece {
  std::string_view text;  ///< an object, or what lies between objects
  bool isObject = false;  ///< its brackets and quotes match, and it consists of members
};
/// The objects of any sequence of objects and arrays, however deep in arrays and whatever separates them, and
/// what lies between. Where brackets or quotes do not match, a piece ends where an object seems to end and
/// another begins, so that each damaged one stands alone or with its neighbours. Linear time; views into
/// `text`.
std::vector<Piece> piecesOf(std::string_view text);

/// Calls `visit` with each member of the object in `text`: the key without its quotes and with escapes not
/// resolved, and the value, verbatim. False if it cannot be split; then some members may have been visited.
bool eachMember(std::string_view text,
                const std::function<void(std::string_view key, std::string_view value)>& visit);

}  // namespace arrivald::sendgrid
