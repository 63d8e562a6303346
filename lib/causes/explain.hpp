// Explainer: determines the cause of a failed delivery from the receiving server's reply.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "causes/cause.hpp"
#include "causes/reply.hpp"
#include "causes/rule.hpp"

namespace arrivald::causes {

struct Evidence;

/// All built-in rules. Throws std::logic_error if they are broken, which the tests exclude.
std::vector<Rule> builtInRules();

/// Built once (less than 50 ms); explain() is const and may be called from several threads at once.
class Explainer {
 public:
  /// Uses the built-in rules, model and tables, and the operator's `own` rules, which precede all others.
  /// Fails with Error::Kind::invalid, naming the rule, if one of them cannot be parsed or its id is taken.
  static Result<Explainer> make(std::vector<Rule> own = {});
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;
  ~Explainer();

  /// Returns a cause for any bytes, in time bounded by a constant.
  Cause explain(const Reply& reply) const;

  const std::vector<Rule>& rules() const;

  /// Changes with anything that an explanation depends on: rules, tables, model. The same on every machine.
  std::uint64_t version() const;

 private:
  struct Parts;
  explicit Explainer(std::unique_ptr<Parts> parts);
  bool isOwn(std::string_view ruleId) const;
  void choose(const Evidence& evidence, Cause& cause) const;
  std::unique_ptr<Parts> parts_;
};

}  // namespace arrivald::causes
