#include "rules/rule.hpp"

#include <algorithm>
#include <array>

#include "base/overloaded.hpp"

namespace arrivald::rules {
namespace {

constexpr std::array<std::string_view, 3> kSeverities{"info", "warning", "critical"};

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

bool Scope::contains(const delivery::Subject& subject) const {
  if (std::ranges::find(dimensions, subject.dimension) == dimensions.end()) return false;
  if (!accounts.empty() && !anyMatches(accounts, subject.account)) return false;
  if (subject.dimension == delivery::Dimension::account) return true;
  if (!names.empty() && !anyMatches(names, subject.name)) return false;
  return !anyMatches(exceptNames, subject.name);
}

Feed feedOf(const Rule& rule) {
  return std::visit(Overloaded{
                        [](const Threshold& kind) {
                          if (ofEventsOnly(kind.input) || kind.input == Input::malformedEvents)
                            return Feed::events;
                          if (unit(kind.input) == Unit::entries) return Feed::lists;
                          if (kind.input == Input::statisticsContradictory) return Feed::mail;
                          return ofAccountOnly(kind.input) ? Feed::standing : Feed::mail;
                        },
                        [](const NothingRead&) { return Feed::readings; },
                        [](const Overdue&) { return Feed::events; },
                        [](const CauseSeen&) { return Feed::replies; },
                        [](const FirstBlock&) { return Feed::mailOrLists; },
                        [](const StreamSilent&) { return Feed::events; },
                        [](const StreamDiffers&) { return Feed::events; },
                        [](const StreamSettings&) { return Feed::streamSettings; },
                        [](const AccountSuspended&) { return Feed::events; },
                        [](const Dmarc&) { return Feed::dmarc; },
                        [](const auto&) { return Feed::mail; },
                    },
                    rule.kind);
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
                 [&](const Dmarc& k) { (text += ' ') += name(k.sign); },
                 [](const auto&) {},
             },
             rule.kind);
  return text;
}

}  // namespace arrivald::rules
