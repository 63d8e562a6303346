// next_step: the one step that on-call can take, in words that fit what the message shows. Pure.
#pragma once

#include <string>
#include <string_view>

#include "notify/change_words.hpp"
#include "notify/context.hpp"
#include "notify/side.hpp"
#include "notify/side_words.hpp"

namespace arrivald::notify {

/// What stands below in the same message, so that a step may refer to it.
struct Shown {
  bool breakdown = false;
  bool replies = false;
  bool page = false;         ///< a link to the page
  bool trace = true;         ///< single mails are known, by the event stream
  std::string renewed = {};  ///< the date on which the credits are renewed, in brackets
};

std::string nextStep(const rules::Change& change, const Side& side, const Shown& shown,
                     const ChangeWords& words);

/// Of mail about which nothing but the side is known; `otherwise` is the key of the step for a side that
/// tells none.
std::string stepFor(const Side& side, Waits waiting, std::string_view otherwise, const Shown& shown,
                    const Catalogue& catalogue);

/// Of mail that fails for one cause.
std::string stepForCause(causes::Class causeClass, Waits waiting, const Catalogue& catalogue);

}  // namespace arrivald::notify
