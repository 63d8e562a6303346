// Explainer: a reply in, its cause out. The heart of this module.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "causes/cause.hpp"
#include "causes/reply.hpp"
#include "causes/rule.hpp"

namespace arrivald::causes {

/// All rules that come with the program. Throws std::logic_error if they are broken, which the tests exclude.
std::vector<Rule> builtInRules();

/// Made once (under 50 ms), then used from one thread or several at the same time: explain() changes nothing.
class Explainer {
 public:
  /// With the built-in rules, model and tables, and the users' own rules, which go before all others.
  /// Fails if a rule of the users cannot be understood or its id is taken.
  static Result<Explainer> make(std::vector<Rule> own = {});
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;
  ~Explainer();

  /// Always answers, in time bounded by a constant, whatever the bytes are.
  Cause explain(const Reply& reply) const;

  const std::vector<Rule>& rules() const;

 private:
  struct Parts;
  explicit Explainer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace arrivald::causes
