#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/utf8.hpp"

namespace arrivald::config {
namespace {

using arrivald::toText;

constexpr std::size_t kMaxDates = 1000;
constexpr std::size_t kMaxLabels = 32;
constexpr int kRunsLookedAt = 100;
constexpr Duration kSpanLookedAt = std::chrono::hours(24 * 800);

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::optional<double> parseNumber(std::string_view text) {
  const auto number = numberIn<double>(text);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

// "accounts[main].poll" → "accounts[].poll".
std::string patternOf(std::string_view path) {
  std::string pattern;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) pattern += c;
    if (c == '[') inside = true;
  }
  return pattern;
}

constexpr std::pair<std::string_view, std::size_t> kByteUnits[] = {
    {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}};

}  // namespace

std::optional<double> parseShare(std::string_view text) {
  text = trimmed(text);
  const bool percent = text.ends_with('%');
  if (percent) text = trimmed(text.substr(0, text.size() - 1));
  const auto number = parseNumber(text);
  if (!number) return std::nullopt;
  const double value = percent ? *number / 100 : *number;
  if (value < 0 || value > 1) return std::nullopt;
  return value;
}

std::optional<std::size_t> parseBytes(std::string_view text) {
  text = trimmed(text);
  std::size_t scale = 1;
  for (const auto& [unit, size] : kByteUnits)
    if (text.ends_with(unit)) {
      scale = size;
      text = trimmed(text.substr(0, text.size() - unit.size()));
      break;
    }
  const auto number = numberIn<std::size_t>(text);
  if (!number || *number > (std::size_t{1} << 40) / scale) return std::nullopt;
  return *number * scale;
}

std::string bytesText(std::size_t bytes) {
  for (const auto& [unit, size] : kByteUnits)
    if (bytes >= size && bytes % size == 0) return fmt::format("{}{}", bytes / size, unit);
  return "0B";
}

bool isOneLine(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && isUtf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool isName(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 64 && alphanumeric(text[0]) &&
         std::ranges::all_of(text,
                             [&](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

Reader::Reader(const Node& node, std::string path, Context& context)
    : node_(node), path_(std::move(path)), pattern_(patternOf(path_)), context_(context) {
  usable_ = node.kind == Node::Kind::mapping;
  if (usable_) return;
  context.problems.add(
      node.place,
      phrase("{}: {}", path_, phrase("expected a mapping (key: value), found {}", inWords(node.kind))));
}

std::string Reader::pathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Node* Reader::lookUp(std::string_view key) const {
  if (!usable_) return nullptr;
  const auto found = std::ranges::find(node_.children, key, &Node::key);
  return found == node_.children.end() ? nullptr : &*found;
}

const Node* Reader::find(std::string_view key) {
  if (std::ranges::find(asked_, key, &Asked::key) == asked_.end())
    asked_.push_back({std::string(key), pattern_});
  return lookUp(key);
}

const Node* Reader::section(std::string_view key) {
  const auto* found = find(key);
  return found && found->kind == Node::Kind::nothing ? nullptr : found;
}

bool Reader::require(std::string_view key) {
  if (!usable_ || has(key)) return usable_;
  auto missing = phrase("the key \"{}\" is missing", key);
  context_.problems.add(node_.place,
                        path_.empty() ? std::move(missing) : phrase("{}: {}", path_, std::move(missing)));
  return false;
}

void Reader::problem(std::string_view key, Phrase what) {
  const auto* value = lookUp(key);
  context_.problems.add(value ? value->place : node_.place, phrase("{}: {}", pathOf(key), std::move(what)));
}

void Reader::warning(std::string_view key, Phrase what) {
  const auto* value = lookUp(key);
  context_.problems.warn(value ? value->place : node_.place, phrase("{}: {}", pathOf(key), std::move(what)));
}

void Reader::problemAt(const Node& item, std::string_view key, Phrase what) {
  context_.problems.add(item.place, phrase("{}: {}", pathOf(key), std::move(what)));
}

void Reader::problemAt(std::string_view text, std::string_view key, Phrase what) {
  if (const auto* list = lookUp(key))
    for (const auto* item : itemsOf(*list))
      if (item->text == text) return problemAt(*item, key, std::move(what));
  problem(key, std::move(what));
}

const std::string* Reader::scalar(std::string_view key, Phrase expected) {
  const auto* value = find(key);
  return value ? itemText(*value, key, std::move(expected)) : nullptr;
}

const std::string* Reader::itemText(const Node& item, std::string_view key, Phrase expected) {
  if (item.kind == Node::Kind::scalar) return &item.text;
  problemAt(item, key, phrase("expected {}, found {}", std::move(expected), inWords(item.kind)));
  return nullptr;
}

void Reader::text(std::string_view key, std::string& target, std::size_t max) {
  const auto* value = scalar(key, phrase("a text"));
  if (!value) return;
  if (!isOneLine(*value, max))
    return problem(key, value->empty() ? phrase("expected a text, found an empty one")
                                       : phrase("expected one line of at most {} bytes", max));
  target = *value;
}

void Reader::texts(std::string_view key, std::vector<std::string>& target, std::size_t max) {
  const auto* value = find(key);
  if (!value) return;
  constexpr std::size_t kMaxBytes = 256;
  std::vector<std::string> read;
  const auto take = [&](const Node& item) {
    const auto* text = itemText(item, key, phrase("a text"));
    if (!text) return;
    if (!isOneLine(*text, kMaxBytes))
      return problemAt(item, key, phrase("expected one line of 1 to {} bytes", kMaxBytes));
    if (std::ranges::find(read, *text) != read.end())
      return problemAt(item, key, phrase("{} is listed twice", shown(*text)));
    read.push_back(*text);
  };
  if (value->kind == Node::Kind::scalar) {
    take(*value);
  } else if (value->kind == Node::Kind::list) {
    for (const auto& item : value->children) take(item);
  } else {
    return problem(key, phrase("expected a list of texts, found {}", inWords(value->kind)));
  }
  if (read.size() > max) return problem(key, phrase("expected at most {}, found {}", max, read.size()));
  target = std::move(read);
}

void Reader::flag(std::string_view key, bool& target) {
  const auto* value = scalar(key, phrase("true or false"));
  if (!value) return;
  for (const auto* yes : {"true", "True", "TRUE", "yes", "Yes", "on", "On"})
    if (*value == yes) return static_cast<void>(target = true);
  for (const auto* no : {"false", "False", "FALSE", "no", "No", "off", "Off"})
    if (*value == no) return static_cast<void>(target = false);
  problem(key, phrase("expected true or false, found {}", shown(*value)));
}

std::optional<std::int64_t> Reader::wholeNumber(std::string_view key, std::int64_t min, std::int64_t max) {
  const auto* value = scalar(key, phrase("a whole number"));
  if (!value) return std::nullopt;
  const auto number = numberIn<std::int64_t>(*value);
  if (number && *number >= min && *number <= max) return number;
  problem(key, phrase("expected a whole number from {} to {}, found {}", min, max, shown(*value)));
  return std::nullopt;
}

void Reader::number(std::string_view key, std::optional<double>& target, double min, double max) {
  const auto* value = scalar(key, phrase("a number"));
  if (!value) return;
  const auto number = parseNumber(*value);
  if (!number || *number < min || *number > max)
    return problem(key, phrase("expected a number from {} to {}, found {}", fmt::format("{:g}", min),
                               fmt::format("{:g}", max), shown(*value)));
  target = number;
}

void Reader::number(std::string_view key, double& target, double min, double max) {
  std::optional<double> read;
  number(key, read, min, max);
  target = read.value_or(target);
}

void Reader::share(std::string_view key, std::optional<double>& target) {
  const auto* value = scalar(key, phrase("a share such as 98% or 0.98"));
  if (!value) return;
  const auto parsed = parseShare(*value);
  if (!parsed) {
    const bool percent = !value->ends_with('%') && parseShare(*value + "%");
    return problem(key, phrase("expected a share such as 98% or 0.98, found {}{}", shown(*value),
                               percent ? phrase("; did you mean {}%?", *value) : Phrase()));
  }
  target = parsed;
}

void Reader::share(std::string_view key, double& target) {
  std::optional<double> read;
  share(key, read);
  target = read.value_or(target);
}

std::optional<Duration> Reader::durationOf(const Node& item, std::string_view key, Duration min,
                                           Duration max) {
  const auto* value = itemText(item, key, phrase("a duration such as 60s, 5m or 24h"));
  if (!value) return std::nullopt;
  const auto parsed = parseDuration(*value);
  if (!parsed) {
    Phrase unit;
    if (numberIn<std::uint32_t>(*value) && parseDuration(*value + "s"))
      unit = phrase("; did you mean {}s?", *value);
    problemAt(item, key,
              phrase("expected a duration such as 60s, 5m, 24h or 30d (units: ms, s, m, h, d, w), found {}{}",
                     shown(*value), unit));
    return std::nullopt;
  }
  if (*parsed >= min && *parsed <= max) return *parsed;
  problemAt(item, key, phrase("expected {} to {}, found {}", toText(min), toText(max), shown(*value)));
  return std::nullopt;
}

void Reader::duration(std::string_view key, std::optional<Duration>& target, Duration min, Duration max) {
  if (const auto* value = find(key))
    if (const auto read = durationOf(*value, key, min, max)) target = read;
}

void Reader::duration(std::string_view key, Duration& target, Duration min, Duration max) {
  std::optional<Duration> read;
  duration(key, read, min, max);
  target = read.value_or(target);
}

void Reader::durations(std::string_view key, std::vector<Duration>& target, Duration min, Duration max) {
  const auto* value = find(key);
  if (!value) return;
  constexpr std::size_t kMaxDurations = 16;
  if (value->kind != Node::Kind::list && value->kind != Node::Kind::scalar)
    return problem(key, phrase("expected a list of durations, found {}", inWords(value->kind)));
  std::vector<Duration> read;
  const auto take = [&](const Node& item) {
    const auto one = durationOf(item, key, min, max);
    if (!one) return;
    if (std::ranges::find(read, *one) != read.end())
      problemAt(item, key, phrase("{} is listed twice", shown(item.text)));
    read.push_back(*one);
  };
  if (value->kind == Node::Kind::scalar)
    take(*value);
  else
    for (const auto& item : value->children) take(item);
  if (value->kind == Node::Kind::list && (value->children.empty() || value->children.size() > kMaxDurations))
    return problem(key,
                   phrase("expected 1 to {} durations, found {}", kMaxDurations, value->children.size()));
  if (!read.empty()) target = std::move(read);
}

void Reader::bytes(std::string_view key, std::size_t& target, std::size_t min, std::size_t max) {
  const auto* value = scalar(key, phrase("a size such as 8MiB"));
  if (!value) return;
  const auto parsed = parseBytes(*value);
  if (!parsed || *parsed < min || *parsed > max)
    return problem(key, phrase("expected a size from {} to {} (units: B, KiB, MiB, GiB), found {}",
                               bytesText(min), bytesText(max), shown(*value)));
  target = *parsed;
}

namespace {

// What people write in place of a zone's name. Some are those of several zones: the one with most people.
constexpr std::pair<std::string_view, std::string_view> kZoneWords[] = {
    {"jst", "Asia/Tokyo"},          {"kst", "Asia/Seoul"},        {"sgt", "Asia/Singapore"},
    {"hkt", "Asia/Hong_Kong"},      {"ist", "Asia/Kolkata"},      {"pst", "America/Los_Angeles"},
    {"pdt", "America/Los_Angeles"}, {"mdt", "America/Denver"},    {"cst", "America/Chicago"},
    {"cdt", "America/Chicago"},     {"edt", "America/New_York"},  {"est", "America/New_York"},
    {"mst", "America/Denver"},      {"bst", "Europe/London"},     {"cest", "Europe/Berlin"},
    {"aest", "Australia/Sydney"},   {"aedt", "Australia/Sydney"}, {"nzst", "Pacific/Auckland"},
    {"utc+9", "Asia/Tokyo"},        {"utc+09:00", "Asia/Tokyo"},  {"gmt+9", "Asia/Tokyo"},
    {"gmt+09:00", "Asia/Tokyo"},    {"+09:00", "Asia/Tokyo"},     {"+9", "Asia/Tokyo"},
    {"+0900", "Asia/Tokyo"},        {"jst-9", "Asia/Tokyo"},      {"z", "UTC"},
};

std::string lowered(std::string_view text) {
  std::string low(text);
  for (auto& c : low)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    else if (c == ' ')
      c = '_';
  return low;
}

// An abbreviation, an offset or a city.
Phrase zoneMeant(std::string_view text) {
  const auto wanted = lowered(text);
  for (const auto& [word, zone] : kZoneWords)
    if (word == wanted) return meant(zone);
  for (const auto& name : TimeZone::names())
    if (const auto low = lowered(name); low == wanted || low.ends_with("/" + wanted)) return meant(name);
  // "JST+9": the letters in front.
  const auto letters = wanted.substr(0, wanted.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
  if (letters.size() < wanted.size())
    for (const auto& [word, zone] : kZoneWords)
      if (word == letters) return meant(zone);
  return didYouMean(text, TimeZone::names());
}

}  // namespace

void Reader::zone(std::string_view key, TimeZone& target) {
  const auto* value = scalar(key, phrase("a time zone such as Asia/Tokyo"));
  if (!value) return;
  auto found = TimeZone::find(*value);
  if (!found)
    return problem(key, phrase("no time zone is called {}: expected an IANA name such as Asia/Tokyo or UTC{}",
                               shown(*value), zoneMeant(*value)));
  if (*value == "EST" || *value == "MST")
    warning(key, phrase("{} has no daylight saving time{}", *value, zoneMeant(*value)));
  target = std::move(*found);
}

void Reader::dates(std::string_view key, std::set<Date>& target) {
  const auto* value = section(key);
  if (!value) return;
  if (value->kind != Node::Kind::list)
    return problem(key, phrase("expected a list of dates, found {}", inWords(value->kind)));
  if (value->children.size() > kMaxDates) return problem(key, phrase("expected at most {} dates", kMaxDates));
  for (const auto& item : value->children) {
    const auto* text = itemText(item, key, phrase("a date such as 2026-12-29"));
    if (!text) continue;
    if (const auto date = parseDate(*text))
      target.insert(*date);
    else
      problemAt(item, key, phrase("expected a date such as 2026-12-29, found {}", shown(*text)));
  }
}

bool isUrl(std::string_view text, UserInfo allowed) {
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > 2000) return false;
  const auto isForeign = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '"' ||
           c == '<' || c == '>' || c == '|';
  };
  if (std::ranges::any_of(text, isForeign)) return false;
  auto host = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
  if (const auto at = host.rfind('@'); at != std::string_view::npos) {
    if (allowed == UserInfo::refused) return false;
    host.remove_prefix(at + 1);
  }
  // [::1]:8080, example.jp:8080
  const auto bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const auto colon = host.find(':', bracket);
  if (colon != std::string_view::npos) {
    const auto number = numberIn<std::uint16_t>(host.substr(colon + 1));
    if (!number || *number == 0) return false;
    host = host.substr(0, colon);
  }
  return host.size() > (bracket > 0 ? 2U : 0U) && !host.starts_with('.');
}

bool isPlainLocalUrl(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme) || !isUrl(text, UserInfo::allowed)) return false;
  auto host = text.substr(kScheme.size());
  host = host.substr(0, host.find_first_of("/?#"));
  host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0
  if (host == "[::1]" || host.starts_with("[::1]:")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

Phrase malformedUrl(const SecretValue& secret) {
  return phrase("the URL in {} has no host, or a port or characters that no URL has", inWords(secret));
}

void Reader::url(std::string_view key, std::string& target) {
  const auto* value = scalar(key, phrase("an address such as https://example.jp"));
  if (!value) return;
  const std::string_view text = *value;
  if (!isUrl(text))
    return problem(key, phrase("expected an address such as https://example.jp, found {}", shown(text)));
  target = text.substr(0, text.find_last_not_of('/') + 1);
}

void Reader::labels(std::string_view key, std::map<std::string, std::string>& target) {
  const auto* value = section(key);
  if (!value) return;
  if (value->kind != Node::Kind::mapping)
    return problem(key, phrase("expected a mapping of texts, found {}", inWords(value->kind)));
  if (value->children.size() > kMaxLabels)
    return problem(key, phrase("expected at most {} labels", kMaxLabels));
  std::map<std::string, std::string> read;
  for (const auto& entry : value->children) {
    const auto* text = itemText(entry, key, phrase("a text"));
    if (!isName(entry.key))
      context_.problems.add(entry.keyPlace, phrase("{}: a label's name is letters, digits, - and _, found {}",
                                                   pathOf(key), shown(entry.key)));
    else if (text && !isOneLine(*text, 200))
      problemAt(entry, key, phrase("expected one line of 1 to 200 bytes"));
    else if (text)
      read[entry.key] = *text;
  }
  target = std::move(read);
}

std::optional<std::size_t> Reader::chosenOf(std::string_view key, const std::vector<std::string>& words) {
  const auto* value = scalar(key, oneOf(words));
  if (!value) return std::nullopt;
  const auto found = std::ranges::find(words, *value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  problem(key, phrase("expected {}, found {}{}", oneOf(words), shown(*value), didYouMean(*value, words)));
  return std::nullopt;
}

void Reader::schedule(std::string_view key, Schedule& target, const TimeZone& zone, Duration min) {
  constexpr Duration kLongest = std::chrono::hours(24 * 31);
  const auto* value = find(key);
  if (!value) return;
  if (value->kind == Node::Kind::scalar) {
    if (const auto every = durationOf(*value, key, min, kLongest)) target = Schedule::every(*every);
    return;
  }
  if (value->kind != Node::Kind::mapping)
    return problem(key, phrase("expected a duration such as 60s, or {every: 60s}, or {cron: \"17 3 * * *\"}, "
                               "found {}",
                               inWords(value->kind)));
  Reader reader(*value, pathOf(key), context_);
  std::optional<Duration> every;
  double jitter = 0.1;
  std::string expression;
  TimeZone cronZone = zone;
  reader.duration("every", every, min, kLongest);
  reader.share("jitter", jitter);
  reader.text("cron", expression);
  reader.zone("time_zone", cronZone);
  reader.finish();
  if (reader.lookUp("every") && reader.lookUp("cron")) {
    reader.problem("cron", phrase("give either every or cron, not both"));
  } else if (!reader.lookUp("every") && !reader.lookUp("cron")) {
    problem(key, phrase("give either every: 60s or cron: \"17 3 * * *\""));
  } else if (every) {
    if (jitter > 0.5) return reader.problem("jitter", phrase("expected at most 50%"));
    target = Schedule::every(*every, jitter);
  } else if (!expression.empty()) {
    if (reader.lookUp("jitter")) reader.problem("jitter", phrase("a cron expression has none"));
    auto parsed = Schedule::cron(expression, cronZone);
    if (!parsed) return reader.problem("cron", parsed.error().said());
    // The shortest distance between runs, without DST changes: sampled in UTC.
    const auto steady = Schedule::cron(expression, TimeZone()).value();
    Duration closest = Duration::max();
    const auto start = fromUnixSeconds(1'767'225'600);  // 2026-01-01
    Instant run = steady.next(start, 0);
    for (int i = 0; i < kRunsLookedAt && run < start + kSpanLookedAt; ++i) {
      const auto next = steady.next(run, 0);
      closest = std::min(closest, next - run);
      run = next;
    }
    if (closest < min)
      return reader.problem("cron",
                            phrase("runs {} apart: expected at least {}", toText(closest), toText(min)));
    target = std::move(*parsed);
  }
}

void Reader::finish() {
  std::vector<std::string> known;
  for (const auto& [key, pattern] : asked_) {
    known.push_back(key);
    if (!context_.vocabulary) continue;
    const auto filed = pattern.empty() ? key : pattern + "." + key;
    context_.vocabulary->asked.insert(filed);
    if (lookUp(key)) context_.vocabulary->present.insert(filed);
  }
  if (!usable_) return;
  std::ranges::sort(known);
  for (const auto& entry : node_.children) {
    if (std::ranges::binary_search(known, entry.key)) continue;
    context_.problems.add(entry.keyPlace, phrase("{}unknown key {}{}", path_.empty() ? "" : path_ + ": ",
                                                 shown(entry.key), hint(entry.key, known)));
  }
}

}  // namespace arrivald::config
