// next_step: the one step that on-call can take, in words that fit what the message shows. Pure.
#pragma once

#include <string>

#include "notify/change_words.hpp"
#include "notify/context.hpp"
#include "notify/side.hpp"

namespace arrivald::notify {

/// What stands below in the same message, so that a step may refer to it.
struct Shown {
  bool breakdown = false;
  bool replies = false;
  bool page = false;         ///< a link to the page
  std::string renewed = {};  ///< the date on which the credits are renewed, in brackets
};

std::string nextStep(const rules::Change& change, const Side& side, const Shown& shown,
                     const ChangeWords& words, Language language);

}  // namespace arrivald::notify
