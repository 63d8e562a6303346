// decide: combines the rules that matched with the model's probabilities into one class.
#pragma once

#include <optional>
#include <vector>

#include "causes/model.hpp"
#include "causes/rulebook.hpp"

namespace arrivald::causes {

struct Decision {
  Class causeClass = Class::unspecified;
  double confidence = 0;  ///< 0 to 1
  /// The likeliest class, where it was too unlikely to be the answer; `causeClass` is `unspecified` then.
  std::optional<Class> perhaps;
};

/// `matched` in the order of Rulebook::match; `chance` holds probabilities that add up to 1. A decisive rule
/// decides, then a certain one; if certain rules disagree, the first in that order (the most specific).
/// Without them the model decides, but it yields a class of Verdict::dead only if a rule or a status code
/// supports it, and no class at all below a floor of confidence.
Decision decide(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance);

}  // namespace arrivald::causes
