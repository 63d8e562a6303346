// Refusal: why the desk does not do what it was asked. Nothing has been changed then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "suppression/release_limits.hpp"

namespace arrivald::desk {

struct Refusal {
  /// Closed on purpose: a page has a sentence for each.
  enum class Kind : std::uint8_t {
    mayNot,           ///< the role does not allow it
    needsAdmin,       ///< a row of the draft can be released by an admin only, by now
    noKey,            ///< no account of the rows has a key for releasing
    nothingSelected,  ///< no row is left that could be released
    overLimit,        ///< see `limit`
    notFound,         ///< no such request or row
    notYours,         ///< only its author decides about a draft
    cancelled,        ///< the draft was cancelled, or replaced by a newer one
    expired,          ///< the draft is older than a day
    decided,          ///< it is too late to change the draft
    changed,          ///< the draft is another one than the form showed
    motiveMissing,    ///< no reason was chosen
    memoTooLong,
    numberMissing,   ///< the number of rows was not typed
    numberWrong,     ///< see `typed` and `wanted`
    nothingAdvised,  ///< no row follows the advice, so there is nothing to release as advised
    cannotBeUndone,  ///< no row of the request can be put back
    provider,        ///< SendGrid refused or did not answer; see `error`
    store,           ///< see `error`
  };
  Kind kind = Kind::notFound;
  std::optional<suppression::OverLimit> limit;
  std::string typed;
  std::size_t wanted = 0;
  std::optional<Error> error;
};
/// "may_not", "needs_admin", …: the spelling in JSON and the record.
std::string_view name(Refusal::Kind kind);

/// All that is to be corrected, in the order of the form.
using Refusals = std::vector<Refusal>;
bool contains(const Refusals& refusals, Refusal::Kind kind);

template <class T>
using Outcome = Result<T, Refusals>;

}  // namespace arrivald::desk
