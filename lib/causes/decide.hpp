// decide: combines the rules that matched with the model's probabilities into one class.
#pragma once

#include <vector>

#include "causes/model.hpp"
#include "causes/rulebook.hpp"

namespace arrivald::causes {

struct Decision {
  Class causeClass = Class::unspecified;
  double confidence = 0;  ///< 0 to 1
};

/// `matched` in the order of Rulebook::match; `chance` holds probabilities that add up to 1. A certain rule
/// decides; if certain rules disagree, the first in that order (the most specific). Without a certain rule
/// the model decides, but it yields a class of Verdict::dead only if a rule or a status code supports it.
Decision decide(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance);

}  // namespace arrivald::causes
