#include "notify/alert_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "causes/provider.hpp"
#include "causes/texts.hpp"
#include "notify/catalogue.hpp"

namespace arrivald::notify {

using delivery::Subject;

namespace {

constexpr std::size_t kShown = 40;

// Everything that one name stands for.
struct Meaning {
  std::string shown;
  AlertSelection selection;
};
using Meanings = std::map<std::string, std::vector<Meaning>>;  // by folded name

// What a subject is called: its name, also as people read it; the account's for the account itself. No name
// twice.
std::set<std::string> namesOf(const Subject& subject) {
  if (subject.name.empty()) return {subject.account};
  std::set<std::string> names{subject.name};
  if (!isReceiver(subject.dimension)) return names;
  const auto provider = causes::builtInProviders().of(subject.name);
  for (const auto language : {Language::japanese, Language::english}) {
    names.insert(Catalogue::of(language).groupName(subject.name));
    if (!provider.empty()) names.insert(std::string(causes::providerName(provider, language)));
  }
  return names;
}

void addSubject(Meanings& meanings, const Subject& subject) {
  std::set<std::string> folded;
  for (const auto& name : namesOf(subject)) folded.insert(foldedName(name));
  for (const auto& name : folded) {
    auto& same = meanings[name];
    // The receiver that SendGrid and the event stream call alike is one receiver.
    const auto found =
        std::ranges::find_if(same, [](const auto& one) { return one.selection.rules.empty(); });
    if (found != same.end())
      found->selection.subjects.insert(subject);
    else
      same.push_back({subject.name.empty() ? subject.account : subject.name, {{}, {subject}}});
  }
  const auto whole = delivery::toText(subject);
  if (!subject.name.empty()) meanings[foldedName(whole)].push_back({whole, {{}, {subject}}});
}

Meanings meaningsOf(const AlertNames& names) {
  Meanings meanings;
  for (const auto& rule : names.rules) meanings[foldedName(rule)].push_back({rule, {{rule}, {}}});
  for (const auto& subject : names.subjects) addSubject(meanings, subject);
  for (const auto& key : names.alerts)
    meanings[foldedName(toText(key))].push_back({toText(key), {{key.rule}, {key.subject}}});
  return meanings;
}

std::string listed(std::set<std::string> names) {
  std::string out;
  std::size_t count = 0;
  for (const auto& name : names) {
    if (++count > kShown) return out + fmt::format(", … (+{})", names.size() - kShown);
    out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

}  // namespace

std::string foldedName(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      folded += static_cast<char>(c - 'A' + 'a');
    else if (c != ' ' && c != '-' && c != '_' && c != '!' && c != '\t')
      folded += c;
  }
  return folded;
}

namespace {

// The receivers that a domain ("docomo.ne.jp") or another name of their provider ("KDDI") stands for.
AlertSelection ofProvider(const AlertNames& names, std::string_view name) {
  AlertSelection selection;
  const auto provider = causes::builtInProviders().of(name);
  if (provider.empty()) return selection;
  for (const auto& subject : names.subjects)
    if (isReceiver(subject.dimension) && causes::builtInProviders().of(subject.name) == provider)
      selection.subjects.insert(subject);
  return selection;
}

// All meanings of a name; of one that nothing has, those of the names of which it is a part.
std::vector<const Meaning*> candidatesFor(const Meanings& meanings, const std::string& wanted) {
  std::vector<const Meaning*> candidates;
  if (const auto exact = meanings.find(wanted); exact != meanings.end())
    for (const auto& meaning : exact->second) candidates.push_back(&meaning);
  if (!candidates.empty() || wanted.empty()) return candidates;
  for (const auto& [folded, all] : meanings)
    if (folded.find(wanted) != std::string::npos && folded.find_first_of("/@") == std::string::npos)
      for (const auto& meaning : all) candidates.push_back(&meaning);
  return candidates;
}

Error unknownName(const AlertNames& names, std::string_view name, const Catalogue& words) {
  std::set<std::string> subjects;
  for (const auto& subject : names.subjects)
    subjects.insert(subject.name.empty() ? subject.account : subject.name);
  return Error{Error::Kind::notFound,
               words.text("cli.names.unknown", {{"name", std::string(name)},
                                                {"rules", listed({names.rules.begin(), names.rules.end()})},
                                                {"subjects", listed(std::move(subjects))}})};
}

}  // namespace

Result<AlertSelection> selectAlerts(const AlertNames& names, std::string_view name, const Catalogue& words) {
  const auto meanings = meaningsOf(names);
  // The id of a notification is that of its alert and a number.
  const auto wanted = foldedName(name.substr(0, name.find('#')));
  // A rule of a subject that has no alert now.
  if (const auto at = name.find('@'); at != std::string_view::npos && !meanings.contains(wanted)) {
    AlertNames rules, subjects;
    rules.rules = names.rules;
    subjects.subjects = names.subjects;
    auto rule = selectAlerts(rules, name.substr(0, at), words);
    auto subject = selectAlerts(subjects, name.substr(at + 1), words);
    if (!rule || !subject) return rule ? std::move(subject) : std::move(rule);
    rule->subjects = std::move(subject->subjects);
    return rule;
  }
  if (!meanings.contains(wanted))
    if (auto receivers = ofProvider(names, name); !receivers.subjects.empty()) return receivers;
  const auto candidates = candidatesFor(meanings, wanted);
  if (candidates.empty()) return unknownName(names, name, words);
  std::set<std::string> shown;
  for (const auto* candidate : candidates) shown.insert(candidate->shown);
  const bool anyRule =
      std::ranges::any_of(candidates, [](const auto* one) { return !one->selection.rules.empty(); });
  if (candidates.size() == 1 || (shown.size() == 1 && !anyRule)) {
    auto selection = candidates[0]->selection;
    for (const auto* candidate : candidates)
      selection.subjects.insert(candidate->selection.subjects.begin(), candidate->selection.subjects.end());
    return selection;
  }
  if (shown.size() == 1)
    return Error{Error::Kind::notFound, words.text("cli.names.both", {{"name", *shown.begin()}})};
  return Error{Error::Kind::notFound,
               words.text("cli.names.ambiguous",
                          {{"name", std::string(name)}, {"candidates", listed(std::move(shown))}})};
}

}  // namespace arrivald::notify
