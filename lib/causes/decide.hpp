// decide: from what the rules and the model say to one class.
#pragma once

#include <vector>

#include "causes/model.hpp"
#include "causes/rulebook.hpp"

namespace arrivald::causes {

struct Decision {
  Class causeClass = Class::unspecified;
  double confidence = 0;  ///< 0 to 1
};

/// `matched` as Rulebook::match leaves it, `chance` adding up to 1. A certain rule decides; where certain
/// rules disagree, the one with the longest words. Else the model does, but it declares nobody dead without a
/// rule or a status code that says so.
Decision decide(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance);

}  // namespace arrivald::causes
