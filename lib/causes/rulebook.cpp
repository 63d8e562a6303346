#include "causes/rulebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

namespace arrivald::causes {
namespace {

constexpr std::size_t kMaxHits = 512;
constexpr std::size_t kMaxMatched = 64;
// Maximum distances in bytes of two parts joined by ".." and by "+" (a short word between them).
constexpr std::uint32_t kNear = 60;
constexpr std::uint32_t kBeside = 10;

bool plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Result<Rulebook::Clause> Rulebook::compilePattern(std::size_t rule, const std::string& pattern) {
  Clause clause;
  clause.rule = rule;
  std::string_view rest = pattern;
  std::optional<std::uint32_t> reach;
  Normalised scratch;
  while (true) {
    const auto also = rest.find(" & ");
    const auto then = rest.find(" .. ");
    const auto beside = rest.find(" + ");
    const auto cut = std::min({also, then, beside, rest.size()});
    std::string words(rest.substr(0, cut));
    const bool openFront = words.starts_with('*');
    const bool openBack = words.ends_with('*');
    // Joined into one token, so that a number in it is not taken for a reply code.
    std::replace(words.begin(), words.end(), ' ', '_');
    normalise(words, "", scratch);
    std::string phrase = scratch.words;
    std::string expected = " ";
    for (const char c : words)
      if (c != '*') expected += c == '_' ? ' ' : c;
    const bool ascii =
        std::all_of(words.begin(), words.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii && phrase != expected + ' ')
      return Error::of(Error::Kind::invalid,
                       arrivald::phrase("\"{}\" can never match: replies contain \"{}\" instead", pattern,
                                        std::string_view(scratch.words).substr(1, scratch.words.size() - 2)));
    if (phrase.size() < 3 || scratch.replyCode != 0 || !scratch.codes.empty())
      return Error::of(Error::Kind::invalid,
                       arrivald::phrase("\"{}\" contains no words that could occur in a reply", pattern));
    if (openFront || !plain(phrase[1])) phrase.erase(0, 1);
    if (openBack || !plain(phrase[phrase.size() - 2])) phrase.pop_back();
    clause.parts.push_back({phrases_.add(phrase), reach});
    clause.bytes += static_cast<std::uint32_t>(phrase.size());
    if (cut == rest.size()) return clause;
    reach = cut == then ? std::optional(kNear) : cut == beside ? std::optional(kBeside) : std::nullopt;
    rest.remove_prefix(cut + (cut == then ? 4 : 3));
  }
}

Result<Rulebook> Rulebook::compile(std::vector<Rule> given) {
  Rulebook rulebook;
  rulebook.rules_ = std::make_shared<const std::vector<Rule>>(std::move(given));
  const auto& rules = *rulebook.rules_;
  rulebook.also_.resize(rules.size());
  rulebook.unless_.resize(rules.size());
  rulebook.codes_.resize(rules.size());
  std::set<std::string_view> ids;
  for (std::size_t index = 0; index < rules.size(); ++index) {
    const Rule& rule = rules[index];
    // `text` names the rule for the built-in ones; the phrase is for the place of the YAML, which names it.
    const auto wrong = [&](Phrase what) {
      auto error = Error::of(Error::Kind::invalid, std::move(what));
      error.text = fmt::format("rule \"{}\" (line {}): {}", rule.id, rule.line, error.text);
      return error;
    };
    if (rule.id.empty()) return wrong(phrase("has no id"));
    if (!ids.insert(rule.id).second) return wrong(phrase("another rule has the same id"));
    for (const auto& pattern : rule.when) {
      auto clause = rulebook.compilePattern(index, pattern);
      if (!clause) return wrong(clause.error().said());
      rulebook.clauses_.push_back(std::move(clause).value());
    }
    for (const auto& [patterns, clauses] :
         {std::pair(&rule.also, &rulebook.also_[index]), std::pair(&rule.unless, &rulebook.unless_[index])})
      for (const auto& pattern : *patterns) {
        auto clause = rulebook.compilePattern(index, pattern);
        if (!clause) return wrong(clause.error().said());
        clauses->push_back(std::move(clause).value());
      }
    bool wholeCodes = !rule.status.empty();
    for (const auto& text : rule.status) {
      CodePattern pattern;
      if (const auto code = readEnhancedCode(text); code.known()) {
        pattern = {code.statusClass, code.subject, code.detail};
        if (rule.when.empty()) rulebook.byCode_.emplace(code.key(), index);
      } else if (text.size() >= 3 && text.ends_with(".*") && text[0] >= '2' && text[0] <= '5') {
        wholeCodes = false;
        pattern.statusClass = static_cast<std::uint8_t>(text[0] - '0');
        if (text.size() == 5) pattern.subject = text[2] - '0';
      } else {
        return wrong(phrase("status \"{}\": expected such as 5.7.26, 5.7.* or 5.*", text));
      }
      rulebook.codes_[index].push_back(pattern);
    }
    if (rule.when.empty() && rule.status.empty() && rule.replyCode.empty() && rule.provider.empty())
      return wrong(phrase("has no condition: give it \"when\", \"status\", \"reply\" or \"provider\""));
    if (rule.when.empty() && !wholeCodes) rulebook.wordless_.push_back(index);
  }
  rulebook.byFirstPhrase_.resize(rulebook.phrases_.size());
  for (std::uint32_t i = 0; i < rulebook.clauses_.size(); ++i)
    rulebook.byFirstPhrase_[rulebook.clauses_[i].parts.front().phrase].push_back(i);
  rulebook.phrases_.build();
  return rulebook;
}

bool Rulebook::holds(const Clause& clause, const std::vector<Phrases::Hit>& hits) const {
  // Greedy: the first hit of each part is taken. Replies are short and parts are few.
  std::uint32_t end = 0;
  for (const auto& part : clause.parts) {
    bool found = false;
    const auto length = phrases_.length(part.phrase);
    for (const auto& hit : hits) {
      if (hit.id != part.phrase) continue;
      const auto begin = hit.end - length;
      // Two phrases may share the space between them.
      if (part.reach && (begin + 1 < end || begin > end + *part.reach)) continue;
      end = hit.end;
      found = true;
      break;
    }
    if (!found) return false;
  }
  return true;
}

bool Rulebook::conditionsHold(std::size_t index, const Normalised& reply, const Environment& environment,
                              const std::vector<Phrases::Hit>& hits) const {
  const Rule& rule = (*rules_)[index];
  const auto fits = [&](EnhancedCode code) {
    return std::any_of(codes_[index].begin(), codes_[index].end(), [&](const CodePattern& pattern) {
      return code.statusClass == pattern.statusClass &&
             (pattern.subject < 0 || code.subject == pattern.subject) &&
             (pattern.detail < 0 || code.detail == pattern.detail);
    });
  };
  if (!codes_[index].empty() && !fits(reply.code) &&
      std::none_of(reply.codes.begin(), reply.codes.end(), fits))
    return false;
  if (!rule.replyCode.empty()) {
    const auto code = std::to_string(reply.replyCode);
    if (std::none_of(rule.replyCode.begin(), rule.replyCode.end(), [&](const std::string& pattern) {
          if (pattern == "none") return !reply.codeInText;
          return pattern.ends_with('*')
                     ? code.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))
                     : code == pattern;
        }))
      return false;
  }
  if (!rule.provider.empty() &&
      std::find(rule.provider.begin(), rule.provider.end(), environment.provider) == rule.provider.end())
    return false;
  if (!rule.stage.empty() &&
      std::find(rule.stage.begin(), rule.stage.end(), environment.stage) == rule.stage.end())
    return false;
  if (rule.namesAddress && *rule.namesAddress == reply.addresses.empty()) return false;
  if (rule.namesOtherOnly && environment.namesRecipient) return false;
  if (rule.outcome && *rule.outcome != environment.outcome) return false;
  if (rule.before && (!environment.at || *environment.at >= *rule.before)) return false;
  const auto found = [&](const Clause& clause) { return holds(clause, hits); };
  const auto& also = also_[index];
  if (!also.empty() && std::none_of(also.begin(), also.end(), found)) return false;
  return std::none_of(unless_[index].begin(), unless_[index].end(), found);
}

void Rulebook::match(const Normalised& reply, const Environment& environment,
                     std::vector<Matched>& matched) const {
  matched.clear();
  static thread_local std::vector<Phrases::Hit> hits;
  hits.clear();
  phrases_.find(reply.words, kMaxHits, hits);

  const auto take = [&](std::size_t index, std::uint32_t bytes) {
    const Rule& rule = (*rules_)[index];
    bytes +=
        16 * static_cast<std::uint32_t>(!rule.status.empty() + !rule.provider.empty() + !rule.stage.empty() +
                                        rule.before.has_value() + rule.outcome.has_value());
    for (auto& before : matched) {
      if (before.rule != &rule) continue;
      before.specificity = std::max(before.specificity, bytes);
      return;
    }
    if (matched.size() < kMaxMatched && conditionsHold(index, reply, environment, hits))
      matched.push_back({&rule, bytes});
  };
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const auto id = hits[i].id;
    bool seen = false;
    for (std::size_t k = 0; k < i && !seen; ++k) seen = hits[k].id == id;
    if (seen) continue;
    for (const auto index : byFirstPhrase_[id]) {
      const auto& clause = clauses_[index];
      if ((*rules_)[clause.rule].wholeText && clause.bytes != reply.words.size()) continue;
      if (holds(clause, hits)) take(clause.rule, clause.bytes);
    }
  }
  const auto byCode = [&](EnhancedCode code) {
    const auto [begin, end] = byCode_.equal_range(code.key());
    for (auto it = begin; it != end; ++it) take(it->second, 0);
  };
  if (reply.code.known()) byCode(reply.code);
  for (const auto& code : reply.codes)
    if (!(code == reply.code)) byCode(code);
  for (const auto index : wordless_) take(index, 0);

  // Insertion sort: there are few, and they are mostly in order already.
  const auto before = [](const Matched& a, const Matched& b) {
    if (a.rule->weight != b.rule->weight) return a.rule->weight > b.rule->weight;
    if (a.specificity != b.specificity) return a.specificity > b.specificity;
    return a.rule < b.rule;
  };
  for (std::size_t i = 1; i < matched.size(); ++i)
    for (std::size_t k = i; k > 0 && before(matched[k], matched[k - 1]); --k)
      std::swap(matched[k], matched[k - 1]);
}

}  // namespace arrivald::causes
