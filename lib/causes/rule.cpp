#include "causes/rule.hpp"

#include <fmt/format.h>

#include <algorithm>

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

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// Sets the field named `word`. Returns why `value` is invalid for it; empty if it was accepted.
std::string take(Rule& rule, std::string_view word, std::string_view value) {
  if (word == "class") {
    const auto causeClass = classNamed(value);
    if (!causeClass) return "expected one of the letters A D F S R B K C M T N U";
    rule.causeClass = *causeClass;
  } else if (word == "weight") {
    if (value == "certain") {
      rule.weight = Weight::certain;
    } else if (value == "strong") {
      rule.weight = Weight::strong;
    } else if (value == "weak") {
      rule.weight = Weight::weak;
    } else {
      return "expected certain, strong or weak";
    }
  } else if (word == "when") {
    append(rule.when, parts(value, " | "));
  } else if (word == "unless") {
    append(rule.unless, parts(value, " | "));
  } else if (word == "status") {
    append(rule.status, parts(value, " "));
  } else if (word == "reply") {
    append(rule.replyCode, parts(value, " "));
  } else if (word == "provider") {
    append(rule.provider, parts(value, " "));
  } else if (word == "stage") {
    for (const auto& name : parts(value, " ")) {
      const auto stage = stageNamed(name);
      if (stage == Stage::unknown) return "expected HELO, MAIL, RCPT or DATA";
      rule.stage.push_back(stage);
    }
  } else if (word == "address") {
    if (value != "yes" && value != "no") return "expected yes or no";
    rule.namesAddress = value == "yes";
  } else if (word == "before") {
    const auto date = parseDate(value);
    if (!date) return "expected a date such as 2025-03-13";
    rule.before = Instant(std::chrono::duration_cast<Duration>(date->time_since_epoch()));
  } else if (word == "text") {
    rule.textKey = value;
  } else if (word == "source") {
    rule.source = value;
  } else if (word == "test") {
    rule.test = value;
  } else if (word == "at") {
    rule.testProvider = value;
  } else {
    return "unknown keyword; expected class, weight, when, unless, status, reply, provider, stage, "
           "address, before, text, "
           "source, test or at";
  }
  return "";
}

}  // namespace

Stage stageNamed(std::string_view text) {
  std::string upper(text.substr(0, 16));
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (upper.starts_with("RCPT")) return Stage::recipient;
  if (upper.starts_with("MAIL")) return Stage::mailFrom;
  if (upper.starts_with("HELO") || upper.starts_with("EHLO")) return Stage::hello;
  if (upper.starts_with("DATA") || upper == "BDAT" || upper == "DOT") return Stage::data;
  if (upper.starts_with("CONN")) return Stage::connect;
  return Stage::unknown;
}

Result<std::vector<Rule>> parseRules(std::string_view text) {
  std::vector<Rule> rules;
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
    if (rules.empty())
      return Error{Error::Kind::invalid, fmt::format("line {}: expected \"rule ID\" first", number)};
    if (const auto wrong = take(rules.back(), word, value); !wrong.empty())
      return Error{Error::Kind::invalid, fmt::format("line {}, rule {}: {} \"{}\": {}", number,
                                                     rules.back().id, word, value, wrong)};
  }
  return rules;
}

}  // namespace arrivald::causes
