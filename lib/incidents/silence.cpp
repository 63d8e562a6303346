#include "incidents/silence.hpp"

#include <algorithm>

#include "incidents/incident.hpp"

namespace arrivald::incidents {
namespace {

using rules::matchesGlob;

// No name means all of them, which is more than one that is meant.
bool covers(const std::string& pattern, const std::vector<std::string>& names) {
  if (pattern.empty()) return true;
  return !names.empty() &&
         std::ranges::all_of(names, [&](const std::string& one) { return matchesGlob(pattern, one); });
}

std::vector<std::string> rulesOf(const Incident& incident) {
  std::vector<std::string> names;
  for (const auto& member : incident.members) names.push_back(member.rule);
  if (names.empty()) names.push_back(incident.worstRule.empty() ? incident.root.rule : incident.worstRule);
  return names;
}

std::vector<std::string> kindsOf(const Root& root) {
  std::vector<std::string> names;
  for (const Kind kind : root.kinds) names.emplace_back(name(kind));
  return names;
}

// What is no matter of mail has only the subjects of its alerts.
bool coversMail(const rules::Matcher& match, const Incident& incident) {
  if (incident.root.family != Family::rule)
    return covers(match.category, incident.root.categories) &&
           covers(match.receiver, incident.root.receivers);
  if (match.category.empty() && match.receiver.empty()) return true;
  const rules::Matcher mail{.category = match.category, .receiver = match.receiver};
  return !incident.members.empty() &&
         std::ranges::all_of(incident.members, [&](const auto& key) { return rules::matches(mail, key); });
}

template <class Of>
const Silence* longest(std::span<const Silence> all, const Of& of, Instant now) {
  const Silence* found = nullptr;
  for (const Silence& one : all)
    if (isActive(one, now) && silences(one, of) && (found == nullptr || one.end > found->end)) found = &one;
  return found;
}

}  // namespace

bool silences(const Silence& silence, const Incident& incident) {
  if (silence.incident != 0) return silence.incident == incident.number;
  const rules::Matcher& match = silence.match;
  std::vector<std::string> subjects;
  for (const auto& member : incident.members) subjects.push_back(delivery::toText(member.subject));
  return !match.isEmpty() && matchesGlob(match.account, incident.account) &&
         covers(match.rule, rulesOf(incident)) && covers(match.cause, kindsOf(incident.root)) &&
         covers(match.subject, subjects) && coversMail(match, incident);
}

bool silences(const Silence& silence, const rules::AlertKey& key) {
  return silence.incident == 0 && !silence.match.isEmpty() && rules::matches(silence.match, key);
}

const Silence* silencing(std::span<const Silence> all, const Incident& incident, Instant now) {
  return longest(all, incident, now);
}

const Silence* silencing(std::span<const Silence> all, const rules::AlertKey& key, Instant now) {
  return longest(all, key, now);
}

}  // namespace arrivald::incidents
