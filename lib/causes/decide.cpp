#include "causes/decide.hpp"

#include <algorithm>

namespace arrivald::causes {
namespace {

// Below this confidence the answer is "no reason given". Set by tests/training on replies of sources that the
// model did not learn from: below it fewer than half of the answers are right.
constexpr double kFloor = 0.4;
// A certain rule that the words contradict this much is doubted.
constexpr double kDoubted = 0.2;

bool isDead(Class c) { return verdictOf(c) == Verdict::dead; }

// Whether a dead verdict is supported by a rule or by the receiver's status code, and not by the model alone.
bool deadIsBacked(Class c, const Normalised& reply, const std::vector<Matched>& matched) {
  if (std::any_of(matched.begin(), matched.end(), [&](const Matched& m) { return m.rule->causeClass == c; }))
    return true;
  const auto code = reply.code;
  if (code.subject != 1) return false;
  return c == Class::noAddress ? code.detail == 1 || code.detail == 10 : code.detail == 2;
}

// Whether no rule of this weight names another class.
bool undisputed(Class c, Weight weight, const std::vector<Matched>& matched) {
  return std::none_of(matched.begin(), matched.end(),
                      [&](const Matched& m) { return m.rule->weight == weight && m.rule->causeClass != c; });
}

Decision byModel(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance) {
  const auto of = [&](Class c) { return static_cast<double>(chance[static_cast<std::size_t>(c)]); };
  Decision best;
  for (const auto c : kClasses) {
    if (isDead(c) && !deadIsBacked(c, reply, matched)) continue;
    if (of(c) > best.confidence) best = {c, of(c), {}};
  }
  // Strong rules that agree outweigh a model that is unsure.
  constexpr double kSure = 0.6;
  if (best.confidence < kSure && !matched.empty() && matched.front().rule->weight == Weight::strong) {
    const auto causeClass = matched.front().rule->causeClass;
    if (undisputed(causeClass, Weight::strong, matched))
      return {causeClass, std::max(0.5, of(causeClass)), {}};
  }
  return best;
}

}  // namespace

Decision decide(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance) {
  if (!matched.empty() && matched.front().rule->weight >= Weight::certain) {
    const auto& rule = *matched.front().rule;
    const auto modelled = static_cast<double>(chance[static_cast<std::size_t>(rule.causeClass)]);
    if (rule.weight == Weight::decisive) return {rule.causeClass, std::max(0.97, modelled), {}};
    if (!undisputed(rule.causeClass, Weight::certain, matched))
      return {rule.causeClass, std::max(0.6, std::min(modelled, 0.79)), {}};
    return {rule.causeClass, modelled < kDoubted ? 0.7 : std::max(0.9, modelled), {}};
  }
  const auto best = byModel(reply, matched, chance);
  if (best.confidence >= kFloor || best.causeClass == Class::unspecified) return best;
  return {Class::unspecified, best.confidence, best.causeClass};
}

}  // namespace arrivald::causes
