#include "config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace arrivald::config {

using arrivald::toText;
namespace {

std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

const char* kindOf(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Null:
      return "nothing";
    case YAML::NodeType::Scalar:
      return "a single value";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping";
    case YAML::NodeType::Undefined:
      break;
  }
  return "nothing";
}

// What was given, short enough for a message. Only called for keys that hold no secret.
std::string shown(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 37) + "..."; }

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t bestDistance = word.size() <= 4 ? 2 : 3;
  if (word.size() > 60) return best;
  for (const auto& candidate : candidates) {
    const auto distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
}

std::vector<Problem> Problems::take() {
  std::stable_sort(all_.begin(), all_.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(all_);
}

bool Problems::fatal() const {
  return std::any_of(all_.begin(), all_.end(), [](const Problem& problem) { return !problem.warning; });
}

Reader::Reader(const YAML::Node& node, std::string where, Problems& problems)
    : node_(node), where_(std::move(where)), problems_(problems), mark_(node.Mark()) {
  if (!node_.IsMap()) {
    problems_.add(mark_, fmt::format("{}: expected a mapping (key: value), found {}", where_, kindOf(node_)));
    return;
  }
  usable_ = true;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.add(entry.first.Mark(), fmt::format("{}: a key must be a plain word", where_));
    } else if (!seen.insert(entry.first.Scalar()).second) {
      problems_.add(entry.first.Mark(),
                    fmt::format("{}: the key \"{}\" stands here twice", where_, shown(entry.first.Scalar())));
    }
  }
}

bool Reader::has(const std::string& key) {
  asked_.push_back(key);
  return usable_ && node_[key].IsDefined();
}

YAML::Node Reader::node(const std::string& key) {
  asked_.push_back(key);
  return usable_ ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
}

YAML::Mark Reader::markOf(const std::string& key) {
  if (usable_)
    for (const auto& entry : node_)
      if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.first.Mark();
  return mark_;
}

void Reader::require(const std::string& key) {
  if (usable_ && !has(key)) problems_.add(mark_, fmt::format("{}: the key \"{}\" is missing", where_, key));
}

void Reader::problem(const std::string& key, std::string what) {
  const auto value = usable_ ? node_[key] : YAML::Node(YAML::NodeType::Undefined);
  problems_.add(value.IsDefined() ? value.Mark() : markOf(key), fmt::format("{}: {}: {}", where_, key, what));
}

std::optional<std::string> Reader::scalar(const std::string& key, const char* expected) {
  if (!has(key)) return std::nullopt;
  const auto value = node_[key];
  if (value.IsScalar() && !(value.Tag() != "!" && value.Scalar().empty())) return value.Scalar();
  problem(key, fmt::format("expected {}, found {}", expected, value.IsScalar() ? "nothing" : kindOf(value)));
  return std::nullopt;
}

void Reader::text(const std::string& key, std::string& target) {
  if (auto value = scalar(key, "a text")) target = std::move(*value);
}

void Reader::texts(const std::string& key, std::vector<std::string>& target) {
  if (!has(key)) return;
  const auto value = node_[key];
  std::vector<std::string> read;
  if (value.IsScalar() && !value.Scalar().empty()) {
    read.push_back(value.Scalar());
  } else if (value.IsSequence()) {
    for (const auto& item : value) {
      if (item.IsScalar() && !item.Scalar().empty()) {
        read.push_back(item.Scalar());
      } else {
        problems_.add(item.Mark(),
                      fmt::format("{}: {}: expected a text, found {}", where_, key, kindOf(item)));
      }
    }
  } else {
    return problem(key, fmt::format("expected a list of texts, found {}", kindOf(value)));
  }
  target = std::move(read);
}

void Reader::flag(const std::string& key, bool& target) {
  const auto value = scalar(key, "true or false");
  if (!value) return;
  if (*value == "true" || *value == "yes" || *value == "on") {
    target = true;
  } else if (*value == "false" || *value == "no" || *value == "off") {
    target = false;
  } else {
    problem(key, fmt::format("expected true or false, found \"{}\"", shown(*value)));
  }
}

void Reader::whole(const std::string& key, std::int64_t& target, std::int64_t least, std::int64_t most) {
  const auto value = scalar(key, "a whole number");
  if (!value) return;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || number < least || number > most)
    return problem(
        key, fmt::format("expected a whole number from {} to {}, found \"{}\"", least, most, shown(*value)));
  target = number;
}

void Reader::number(const std::string& key, double& target, double least, double most) {
  const auto value = scalar(key, "a number");
  if (!value) return;
  char* end = nullptr;
  const double number = std::strtod(value->c_str(), &end);
  if (value->empty() || *end != '\0' || !std::isfinite(number) || number < least || number > most)
    return problem(key,
                   fmt::format("expected a number from {} to {}, found \"{}\"", least, most, shown(*value)));
  target = number;
}

std::optional<double> parseShare(std::string_view text) {
  std::string copy(text);
  const bool percent = copy.ends_with('%');
  if (percent) copy.pop_back();
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(number)) return std::nullopt;
  const double value = percent ? number / 100 : number;
  if (value < 0 || value > 1) return std::nullopt;
  return value;
}

void Reader::share(const std::string& key, std::optional<double>& target) {
  const auto value = scalar(key, "a share such as 98%");
  if (!value) return;
  const auto parsed = parseShare(*value);
  if (!parsed)
    return problem(key, fmt::format("expected a share such as 98% or 0.98, found \"{}\"", shown(*value)));
  target = parsed;
}

void Reader::duration(const std::string& key, Duration& target, Duration least, Duration most) {
  const auto value = scalar(key, "a duration such as 60s, 5m or 24h");
  if (!value) return;
  const auto parsed = parseDuration(*value);
  if (!parsed) return problem(key, parsed.error().text);
  if (*parsed < least || *parsed > most)
    return problem(key, fmt::format("{} is out of range: {} to {}", *value, toText(least), toText(most)));
  target = *parsed;
}

void Reader::durations(const std::string& key, std::vector<Duration>& target, Duration least, Duration most) {
  std::vector<std::string> read;
  const bool given = has(key);
  texts(key, read);
  std::vector<Duration> parsedAll;
  for (const auto& item : read) {
    const auto parsed = parseDuration(item);
    if (!parsed) {
      problem(key, parsed.error().text);
    } else if (*parsed < least || *parsed > most) {
      problem(key, fmt::format("{} is out of range: {} to {}", item, toText(least), toText(most)));
    } else {
      parsedAll.push_back(*parsed);
    }
  }
  if (given && !parsedAll.empty()) target = std::move(parsedAll);
}

void Reader::zone(const std::string& key, TimeZone& target) {
  const auto value = scalar(key, "a time zone such as Asia/Tokyo");
  if (!value) return;
  auto found = TimeZone::find(*value);
  if (!found) return problem(key, found.error().text);
  target = std::move(*found);
}

void Reader::url(const std::string& key, std::string& target) {
  const auto value = scalar(key, "an address such as https://example.jp");
  if (!value) return;
  const auto rest = value->starts_with("https://")  ? value->substr(8)
                    : value->starts_with("http://") ? value->substr(7)
                                                    : std::string();
  if (rest.empty() || rest[0] == '/' || value->find_first_of(" \t\r\n\"<>") != std::string::npos)
    return problem(
        key, fmt::format("expected an address such as https://example.jp, found \"{}\"", shown(*value)));
  target = *value;
  while (target.ends_with('/')) target.pop_back();
}

void Reader::labels(const std::string& key, std::map<std::string, std::string>& target) {
  if (!has(key)) return;
  const auto value = node_[key];
  if (!value.IsMap())
    return problem(key, fmt::format("expected a mapping of texts, found {}", kindOf(value)));
  std::map<std::string, std::string> read;
  for (const auto& entry : value) {
    if (entry.first.IsScalar() && entry.second.IsScalar()) {
      read[entry.first.Scalar()] = entry.second.Scalar();
    } else {
      problems_.add(entry.first.Mark(), fmt::format("{}: {}: a label is a text", where_, key));
    }
  }
  target = std::move(read);
}

void Reader::finish() {
  if (!usable_) return;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) continue;
    const auto& key = entry.first.Scalar();
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    auto hint = didYouMean(key, asked_);
    if (hint.empty()) {
      auto known = asked_;
      std::sort(known.begin(), known.end());
      known.erase(std::unique(known.begin(), known.end()), known.end());
      hint = "; known here: ";
      for (std::size_t i = 0; i < known.size(); ++i) hint += (i ? ", " : "") + known[i];
    }
    problems_.add(entry.first.Mark(), fmt::format("{}: unknown key \"{}\"{}", where_, shown(key), hint));
  }
}

}  // namespace arrivald::config
