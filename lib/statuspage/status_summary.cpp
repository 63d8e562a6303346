#include "statuspage/status_summary.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hide.hpp"
#include "base/lower.hpp"
#include "base/utf8.hpp"

namespace arrivald::statuspage {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxPatternBytes = 1'000;
constexpr std::size_t kMaxRows = 2'000;  // limit of components or incidents that are searched for matches
constexpr std::size_t kMaxDepth = 32;

constexpr std::array<std::string_view, 5> kIndicatorNames = {"none", "minor", "major", "critical", "unknown"};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// True if a prefix of `text` matches the whole `pattern`: the usual two-pointer algorithm, in which a
/// mismatch extends the match of the last star by one byte.
bool isFoundIn(std::string_view pattern, std::string_view text) {
  // A star on either side turns a match of the whole name into a match anywhere.
  std::string whole = "*";
  whole.append(pattern).append("*");
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < whole.size() && whole[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < whole.size() && (whole[p] == '?' || whole[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < whole.size() && whole[p] == '*') ++p;
  return p == whole.size();
}

/// The maximum nesting of brackets outside strings. Each level costs memory.
std::size_t depthOf(std::string_view text) {
  std::size_t depth = 0;
  std::size_t max = 0;
  bool inString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{'))
      max = std::max(max, ++depth);
    else if (!inString && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return max;
}

const json& member(const json& object, const char* name) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string textOf(const json& object, const char* name) {
  const auto& value = member(object, name);
  return value.is_string() ? withoutAddresses(oneLine(value.get_ref<const std::string&>(), kMaxTextBytes))
                           : std::string();
}

std::optional<Instant> instantOf(const json& object, const char* name) {
  const auto& value = member(object, name);
  if (!value.is_string()) return std::nullopt;
  const auto instant = parseIso(value.get_ref<const std::string&>());
  return instant.ok() ? std::optional<Instant>(*instant) : std::nullopt;
}

Indicator indicatorOf(const json& object, const char* name) {
  const auto text = textOf(object, name);
  for (std::size_t i = 0; i < kIndicatorNames.size(); ++i)
    if (kIndicatorNames[i] == text) return static_cast<Indicator>(i);
  return Indicator::unknown;
}

/// Links are copied into notifications: only https URLs without control characters are accepted.
std::string linkOf(const json& object) {
  const auto& value = member(object, "shortlink");
  if (!value.is_string()) return {};
  const auto& link = value.get_ref<const std::string&>();
  const bool plain =
      link.compare(0, 8, "https://") == 0 && link.size() <= kMaxTextBytes &&
      std::all_of(link.begin(), link.end(), [](char c) {
        return c > ' ' && c < 0x7F && std::string_view("<>\"|\\`").find(c) == std::string_view::npos;
      });
  return plain ? link : std::string();
}

bool isUnresolved(const std::string& status) { return status != "resolved" && status != "postmortem"; }

bool isOperational(const Component& component) { return component.status == "operational"; }

void readComponents(const json& list, const NamePattern& pattern, StatusSummary& summary) {
  std::size_t rows = 0;
  for (const auto& each : list) {
    if (++rows > kMaxRows) break;
    Component component{textOf(each, "name"), textOf(each, "status")};
    if (!component.name.empty() && pattern.matches(component.name))
      summary.components.push_back(std::move(component));
  }
  std::stable_partition(summary.components.begin(), summary.components.end(),
                        [](const Component& component) { return !isOperational(component); });
  if (summary.components.size() > kMaxComponents) summary.components.resize(kMaxComponents);
}

Incident readIncident(const json& each, const NamePattern& pattern) {
  Incident incident;
  incident.name = textOf(each, "name");
  incident.status = textOf(each, "status");
  incident.impact = indicatorOf(each, "impact");
  incident.started = instantOf(each, "started_at");
  if (!incident.started) incident.started = instantOf(each, "created_at");
  incident.link = linkOf(each);
  incident.concerns = pattern.matches(incident.name);
  const auto& components = member(each, "components");
  if (components.is_array())
    incident.concerns =
        incident.concerns || std::any_of(components.begin(), components.end(), [&](const json& component) {
          return pattern.matches(textOf(component, "name"));
        });
  return incident;
}

void readIncidents(const json& list, const NamePattern& pattern, StatusSummary& summary) {
  std::size_t rows = 0;
  for (const auto& each : list) {
    if (++rows > kMaxRows) break;
    if (!each.is_object()) continue;
    auto incident = readIncident(each, pattern);
    if (isUnresolved(incident.status)) summary.incidents.push_back(std::move(incident));
  }
  std::stable_sort(summary.incidents.begin(), summary.incidents.end(),
                   [](const Incident& a, const Incident& b) {
                     if (a.concerns != b.concerns) return a.concerns;
                     return a.started.value_or(Instant::min()) > b.started.value_or(Instant::min());
                   });
  if (summary.incidents.size() > kMaxIncidents) summary.incidents.resize(kMaxIncidents);
}

Error invalid(Phrase what) { return Error::of(Error::Kind::invalid, std::move(what)); }

}  // namespace

bool StatusSummary::troubled() const {
  return std::any_of(components.begin(), components.end(),
                     [](const Component& each) { return !isOperational(each); }) ||
         std::any_of(incidents.begin(), incidents.end(), [](const Incident& each) { return each.concerns; });
}

Result<NamePattern> NamePattern::parse(std::string_view text) {
  if (text.size() > kMaxPatternBytes) return invalid(phrase("is longer than 1000 bytes"));
  if (text.substr(0, 4) == "(?i)") text.remove_prefix(4);
  const auto special = text.find_first_of("()[]{}^$\\+");
  if (special != std::string_view::npos)
    return invalid(phrase(
        "holds '{}', but is no regular expression: words separated by |, in which * is any text and ? any "
        "byte",
        text.substr(special, 1)));
  NamePattern pattern;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('|', begin), text.size());
    const auto alternative = trimmed(text.substr(begin, end - begin));
    if (alternative.find_first_not_of('*') == std::string_view::npos && alternative != "*")
      return invalid(phrase("has an empty alternative; write * for everything"));
    pattern.alternatives_.push_back(lower(alternative));
    begin = end + 1;
  }
  return pattern;
}

NamePattern NamePattern::usual() { return parse("mail|smtp|api|event webhook|stat").value(); }

bool NamePattern::matches(std::string_view name) const {
  const auto text = lower(name);
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const std::string& alternative) { return isFoundIn(alternative, text); });
}

Result<StatusSummary> decodeSummary(std::string_view text, const NamePattern& pattern) {
  if (depthOf(text) > kMaxDepth) return invalid(phrase("the status page's JSON is nested too deeply"));
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) document = json::parse(repairUtf8(text), nullptr, false);
  const auto& status = member(document, "status");
  const auto& components = member(document, "components");
  const auto& incidents = member(document, "incidents");
  if (!status.is_object() && !components.is_array() && !incidents.is_array())
    return invalid(phrase("the answer is not a status page's summary"));
  StatusSummary summary;
  summary.indicator = indicatorOf(status, "indicator");
  summary.description = textOf(status, "description");
  summary.updated = instantOf(member(document, "page"), "updated_at");
  if (components.is_array()) readComponents(components, pattern, summary);
  if (incidents.is_array()) readIncidents(incidents, pattern, summary);
  return summary;
}

}  // namespace arrivald::statuspage
