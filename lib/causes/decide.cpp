#include "causes/decide.hpp"

#include <algorithm>

namespace arrivald::causes {
namespace {

bool isDead(Class c) { return verdictOf(c) == Verdict::dead; }

// Whether a dead verdict is supported by a rule or by the receiver's status code, and not by the model alone.
bool deadIsBacked(Class c, const Normalised& reply, const std::vector<Matched>& matched) {
  if (std::any_of(matched.begin(), matched.end(), [&](const Matched& m) { return m.rule->causeClass == c; }))
    return true;
  const auto code = reply.code;
  if (code.subject != 1) return false;
  return c == Class::noAddress ? code.detail == 1 || code.detail == 10 : code.detail == 2;
}

}  // namespace

Decision decide(const Normalised& reply, const std::vector<Matched>& matched, const Model::Scores& chance) {
  const auto of = [&](Class c) { return static_cast<double>(chance[static_cast<std::size_t>(c)]); };
  if (!matched.empty() && matched.front().rule->weight == Weight::certain) {
    const auto causeClass = matched.front().rule->causeClass;
    const bool undisputed = std::none_of(matched.begin(), matched.end(), [&](const Matched& m) {
      return m.rule->weight == Weight::certain && m.rule->causeClass != causeClass;
    });
    return {causeClass, undisputed ? std::max(0.95, of(causeClass)) : std::max(0.6, of(causeClass))};
  }
  Decision best;
  for (const auto c : kClasses) {
    if (isDead(c) && !deadIsBacked(c, reply, matched)) continue;
    if (of(c) > best.confidence) best = {c, of(c)};
  }
  // Strong rules that agree outweigh a model that is unsure.
  constexpr double kSure = 0.6;
  if (best.confidence < kSure && !matched.empty() && matched.front().rule->weight == Weight::strong) {
    const auto causeClass = matched.front().rule->causeClass;
    const bool agreed = std::none_of(matched.begin(), matched.end(), [&](const Matched& m) {
      return m.rule->weight == Weight::strong && m.rule->causeClass != causeClass;
    });
    if (agreed) return {causeClass, std::max(0.5, of(causeClass))};
  }
  return best;
}

}  // namespace arrivald::causes
