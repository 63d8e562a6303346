#include "causes/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace arrivald::causes {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string> parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> out;
  while (true) {
    const auto at = text.find(separator);
    if (const auto part = trim(text.substr(0, at)); !part.empty()) out.emplace_back(part);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + separator.size());
  }
}

using Alternatives = std::map<std::string, std::vector<std::string>, std::less<>>;

// "no {who}" → "no user", "no mailbox", …: appends a pattern for each alternative of each name in braces.
// False if a name is unknown.
bool expand(std::string_view pattern, const Alternatives& names, std::vector<std::string>& into) {
  const auto open = pattern.find('{');
  const auto close = pattern.find('}', std::min(open, pattern.size()));
  if (open == std::string_view::npos || close == std::string_view::npos) {
    into.emplace_back(pattern);
    return true;
  }
  const auto found = names.find(pattern.substr(open + 1, close - open - 1));
  if (found == names.end()) return false;
  for (const auto& alternative : found->second)
    if (!expand(fmt::format("{}{}{}", pattern.substr(0, open), alternative, pattern.substr(close + 1)), names,
                into))
      return false;
  return true;
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::optional<Weight> weightNamed(std::string_view name) {
  if (name == "decisive") return Weight::decisive;
  if (name == "certain") return Weight::certain;
  if (name == "strong") return Weight::strong;
  if (name == "weak") return Weight::weak;
  return std::nullopt;
}

std::vector<std::string>* patternsNamed(Rule& rule, std::string_view word) {
  return word == "when"     ? &rule.when
         : word == "also"   ? &rule.also
         : word == "unless" ? &rule.unless
                            : nullptr;
}

// Sets that a pattern has to be all that a reply says. Returns why `value` is invalid.
std::string takeWhole(Rule& rule, std::string_view value) {
  if (value != "yes") return "expected yes";
  rule.wholeText = true;
  return "";
}

// Sets the field named `word`. Returns why `value` is invalid for it; empty if it was accepted.
std::string take(Rule& rule, std::string_view word, std::string_view value, const Alternatives& names) {
  if (word == "class") {
    const auto causeClass = classNamed(value);
    if (!causeClass) return "expected one of the letters A D F S R B K C M T N U";
    rule.causeClass = *causeClass;
  } else if (word == "weight") {
    const auto weight = weightNamed(value);
    if (!weight) return "expected decisive, certain, strong or weak";
    rule.weight = *weight;
  } else if (auto* patterns = patternsNamed(rule, word)) {
    for (const auto& pattern : parts(value, " | "))
      if (!expand(pattern, names, *patterns)) return "expected a name that a \"let\" line gives";
  } else if (word == "status") {
    append(rule.status, parts(value, " "));
  } else if (word == "reply") {
    append(rule.replyCode, parts(value, " "));
  } else if (word == "whole") {
    return takeWhole(rule, value);
  } else if (word == "provider") {
    append(rule.provider, parts(value, " "));
  } else if (word == "stage") {
    for (const auto& name : parts(value, " ")) {
      const auto stage = stageNamed(name);
      if (stage == Stage::unknown) return "expected HELO, MAIL, RCPT or DATA";
      rule.stage.push_back(stage);
    }
  } else if (word == "address") {
    if (value != "yes" && value != "no" && value != "other") return "expected yes, no or other";
    rule.namesAddress = value != "no";
    rule.namesOtherOnly = value == "other";
  } else if (word == "outcome") {
    if (value == "retried") rule.outcome = Outcome::retried;
    if (value == "ended") rule.outcome = Outcome::ended;
    if (value == "not_sent") rule.outcome = Outcome::notSent;
    if (!rule.outcome) return "expected retried, ended or not_sent";
  } else if (word == "before") {
    const auto date = parseDate(value);
    if (!date) return "expected a date such as 2025-03-13";
    rule.before = Instant(std::chrono::duration_cast<Duration>(date->time_since_epoch()));
  } else if (word == "speaker") {
    if (value != "sendgrid" && value != "receiver") return "expected sendgrid or receiver";
    rule.speaker = value == "sendgrid" ? Speaker::sendGrid : Speaker::receiver;
  } else if (word == "verdict") {
    for (const auto verdict : kVerdicts)
      if (name(verdict) == value) rule.verdict = verdict;
    if (!rule.verdict) return "expected dead, recipient_must_act, sender_must_fix, wait or unknown";
  } else if (word == "text") {
    rule.textKey = value;
  } else if (word == "source") {
    rule.source = value;
  } else if (word == "test") {
    rule.test = value;
  } else if (word == "at") {
    rule.testProvider = value;
  } else {
    return "unknown keyword; expected class, weight, when, also, unless, status, reply, whole, provider, "
           "stage, address, outcome, before, speaker, verdict, text, source, test or at";
  }
  return "";
}

}  // namespace

Result<std::vector<Rule>> parseRules(std::string_view text) {
  std::vector<Rule> rules;
  Alternatives names;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto blank = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, blank);
    const auto value = trim(line.substr(blank));
    if (word == "rule") {
      rules.emplace_back();
      rules.back().id = value;
      rules.back().line = number;
      continue;
    }
    if (word == "let") {
      const auto name = value.substr(0, std::min(value.find(' '), value.size()));
      for (const auto& pattern : parts(value.substr(name.size()), " | "))
        if (!expand(pattern, names, names[std::string(name)]))
          return Error{Error::Kind::invalid, fmt::format("line {}, let {}: \"{}\" contains an unknown name",
                                                         number, name, pattern)};
      continue;
    }
    if (rules.empty())
      return Error{Error::Kind::invalid, fmt::format("line {}: expected \"rule ID\" first", number)};
    if (const auto wrong = take(rules.back(), word, value, names); !wrong.empty())
      return Error{Error::Kind::invalid, fmt::format("line {}, rule {}: {} \"{}\": {}", number,
                                                     rules.back().id, word, value, wrong)};
  }
  return rules;
}

}  // namespace arrivald::causes
