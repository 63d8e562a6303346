#include "rules/rule.hpp"

#include <algorithm>
#include <array>

#include "base/overloaded.hpp"

namespace arrivald::rules {
namespace {

constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};

Duration longest(const std::vector<Duration>& windows) {
  return windows.empty() ? Duration{0} : *std::ranges::max_element(windows);
}

bool anyMatches(const std::vector<std::string>& globs, std::string_view text) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return globMatches(glob, text); });
}

}  // namespace

std::string_view name(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }

std::optional<Severity> severityNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kSeverities, wanted);
  if (found == kSeverities.end()) return std::nullopt;
  return static_cast<Severity>(found - kSeverities.begin());
}

std::string_view kindName(const Kind& kind) {
  return std::visit([]<class K>(const K&) { return K::kName; }, kind);
}

Duration horizon(const Kind& kind) {
  constexpr Duration kLongestLag = std::chrono::hours(1);
  return std::visit(Overloaded{
                        [](const RateThreshold& k) {
                          return std::max(longest(k.windows),
                                          k.timesUsual ? Duration(std::chrono::hours(24 * 15)) : Duration{0});
                        },
                        [](const Threshold& k) { return k.window; },
                        [&](const Stall& k) { return longest(k.windows) + k.lag.value_or(kLongestLag); },
                        [](const NothingRequested& k) { return k.maxQuiet; },
                        [](const NothingRead&) { return Duration{0}; },
                        [](const StreamSilent& k) { return k.quiet; },
                        [](const Overdue& k) { return k.after + longest(k.windows); },
                        [](const FirstBlock& k) { return k.within + k.past; },
                        [](const CauseSeen& k) { return k.window; },
                        [](const StreamDiffers&) { return Duration{0}; },
                        [](const StreamSettings&) { return Duration{0}; },
                        [](const AccountSuspended&) { return Duration{0}; },
                        [](const SlowDrift& k) { return k.span + (k.usual ? Duration{0} : k.baseline); },
                        [](const BurnRate& k) {
                          Duration longest{0};
                          for (const BurnRate::Pair& pair : k.pairs)
                            longest = std::max(longest, pair.longWindow);
                          return longest;
                        },
                    },
                    kind);
}

bool Scope::contains(const delivery::Subject& subject) const {
  if (std::ranges::find(dimensions, subject.dimension) == dimensions.end()) return false;
  if (!accounts.empty() && !anyMatches(accounts, subject.account)) return false;
  if (subject.dimension == delivery::Dimension::account) return true;
  if (!names.empty() && !anyMatches(names, subject.name)) return false;
  return !anyMatches(exceptNames, subject.name);
}

bool globMatches(std::string_view pattern, std::string_view text) {
  // Only the last `*` needs backtracking, so the worst case is the product of the lengths.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string meaning(const Rule& rule) {
  std::string text(kindName(rule.kind));
  const auto add = [&](Input input) { (text += ' ') += name(input); };
  std::visit(Overloaded{
                 [&](const RateThreshold& k) { add(k.input); },
                 [&](const Threshold& k) {
                   add(k.input);
                   text += k.side == Threshold::Side::above ? " above" : " below";
                 },
                 [&](const SlowDrift& k) { add(k.input); },
                 [&](const BurnRate& k) { add(k.input); },
                 [](const auto&) {},
             },
             rule.kind);
  return text;
}

}  // namespace arrivald::rules
