#include <algorithm>
#include <map>
#include <set>

#include "base/hide.hpp"
#include "base/utf8.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {
namespace {

using delivery::Counts;
using delivery::Dimension;
using nlohmann::json;

/// Collected by name and day, since rows come in any order and may be repeated.
using CountsByDay = std::map<Date, Counts>;
using Table = std::map<std::string, CountsByDay>;

/// Keeps the greater of two numbers for the same cell: totals only grow, so the smaller one is older. What
/// only one of them has is taken from it.
void takeGreater(Counts& into, const Counts& other) {
  for (const auto metric : delivery::allMetrics()) into[metric] = std::max(into[metric], other[metric]);
}

/// Adds two numbers of what has one name. What either lacks is lacking.
void addUp(Counts& into, const Counts& other) {
  for (const auto metric : delivery::allMetrics()) {
    const bool isKnown = into[metric] >= 0 && other[metric] >= 0;
    into[metric] = isKnown ? into[metric] + other[metric] : delivery::kLacking;
  }
}

/// What was read so far, by how well.
struct Tally {
  Malformed& malformed;
  std::size_t sound = 0;                          ///< numbers of known metrics
  std::set<std::pair<Date, std::string>> hidden;  ///< names whose address was hidden
};

// The metrics that the provider's answers always have and that rules rest on.
delivery::Metrics expectedOf(Dimension dimension) {
  using delivery::Metric, delivery::Metrics;
  const Metrics all = delivery::kOutcomeMetrics | Metrics{Metric::spamReports};
  if (dimension == Dimension::mailboxProvider) return all | Metrics{Metric::drops};
  return all | Metrics{Metric::requests,        Metric::processed,        Metric::bounceDrops,
                       Metric::spamReportDrops, Metric::unsubscribeDrops, Metric::invalidEmails};
}

Counts readMetrics(const json& metrics, Dimension dimension, Tally& tally) {
  Counts counts;
  const auto expected = expectedOf(dimension);
  for (const auto metric : delivery::allMetrics())
    if (expected.contains(metric)) counts[metric] = delivery::kLacking;
  for (const auto& [key, value] : metrics.items()) {
    const auto metric = delivery::metricNamed(key);
    if (!metric || *metric == delivery::Metric::returned) {
      ++tally.malformed.unknownMetrics;
    } else if (const auto count = countOf(value)) {
      counts[*metric] = *count;
      ++tally.sound;
    } else {
      counts[*metric] = delivery::kLacking;
      tally.malformed.badNumbers += value.is_null() ? 0U : 1U;
    }
  }
  return counts;
}

void readPart(const json& part, Date date, Dimension dimension, Table& table, Tally& tally) {
  const auto& metrics = member(part, "metrics");
  const auto name =
      dimension == Dimension::account ? std::string() : textOf(member(part, "name"), 4 * kMaxNameBytes);
  const bool named = name && (dimension == Dimension::account || !name->empty());
  if (!metrics.is_object() || !named) {
    ++tally.malformed.badRows;
    return;
  }
  const Counts counts = readMetrics(metrics, dimension, tally);
  const auto subject = subjectName(*name);
  const auto [cell, isNew] = table[subject].try_emplace(date, counts);
  // Addresses of one domain have one name.
  const bool isAnother = subject != *name && tally.hidden.emplace(date, *name).second;
  if (isNew) return;
  if (isAnother) return addUp(cell->second, counts);
  ++tally.malformed.repeated;
  takeGreater(cell->second, counts);
}

void readRow(const json& row, Dimension dimension, Table& table, Tally& tally) {
  const auto text = textOf(member(row, "date"), kMaxNameBytes);
  // Accepts "2026-11-23" and "2026-11-23T00:00:00Z".
  const auto date = parseDate(text ? std::string_view(*text).substr(0, 10) : std::string_view());
  const auto& parts = member(row, "stats");
  if (!date.ok() || !(parts.is_array() || parts.is_object() || parts.is_null())) {
    ++tally.malformed.badRows;
    return;
  }
  if (parts.is_object()) readPart(parts, *date, dimension, table, tally);
  if (parts.is_array())
    for (const auto& part : parts) readPart(part, *date, dimension, table, tally);
}

// Spares all other names what hiding takes: whether a character of a spelling of @ stands before a domain.
bool mayHoldAddress(std::string_view name) {
  const auto sign = name.find_first_of("@%&=\\([\xEF");
  if (sign == std::string_view::npos) return false;
  for (auto dot = name.find('.', sign); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (dot + 1 < name.size() && (name[dot + 1] < '0' || name[dot + 1] > '9')) return true;
  return false;
}

// A name is no sentence: what stands before an @ in it is somebody's, whatever follows but a version ("@v2").
std::string withoutLocalParts(std::string_view name) {
  std::string kept;
  std::size_t word = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool isVersion =
        i + 2 < name.size() && name[i + 1] == 'v' && name[i + 2] >= '0' && name[i + 2] <= '9';
    if (name[i] == '@' && i > word && !isVersion) {
      kept.resize(kept.size() - (i - word));
      kept += "…";
    }
    kept += name[i];
    if (name[i] == ' ' || name[i] == '@') word = i + 1;
  }
  return kept;
}

// "SG.", 22 characters, a dot and 43 more: somebody has put an API key where a name belongs.
bool isKey(std::string_view name) {
  constexpr std::size_t kKeyBytes = 69;
  return name.size() == kKeyBytes && name.starts_with("SG.") && name[25] == '.';
}

}  // namespace

std::string subjectName(std::string_view name) {
  if (isKey(name)) return "SG.…";
  // Some name a category or a subuser by an address.
  const auto begin = cutUtf8(name, 4 * kMaxNameBytes);
  if (mayHoldAddress(name)) return oneLine(withoutLocalParts(withoutAddresses(begin)), kMaxNameBytes);
  if (name.find('@') != std::string_view::npos) return oneLine(withoutLocalParts(begin), kMaxNameBytes);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  return plain && name.size() <= kMaxNameBytes ? std::string(name) : oneLine(name, kMaxNameBytes);
}

Malformed& Malformed::operator+=(const Malformed& other) {
  unknownMetrics += other.unknownMetrics;
  badNumbers += other.badNumbers;
  badRows += other.badRows;
  repeated += other.repeated;
  return *this;
}

Answer<Statistics> decodeStatistics(std::string_view text, std::string_view account, Dimension dimension) {
  auto parsed = parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  const json& document = *parsed;

  Statistics statistics;
  Table table;
  Tally tally{statistics.malformed, 0, {}};
  std::size_t rows = 0;
  if (document.is_array()) {
    rows = document.size();
    if (rows > kMaxDays) return malformed(phrase("the answer has more rows than were asked for"));
    for (const auto& row : document) readRow(row, dimension, table, tally);
  } else if (document.is_object() && !document.empty()) {
    const auto errors = decodeErrors(text);
    if (!errors.empty()) return malformed(phrase("the answer holds an error: {}", errors));
    rows = 1;
    readRow(document, dimension, table, tally);
  } else if (!document.is_null() && !document.is_object()) {
    return malformed(phrase("the answer is neither a list of days nor a day"));
  }
  if (table.empty() && rows > 0 && statistics.malformed.badRows >= rows)
    return malformed(phrase("no row of the answer has a date and metrics"));
  if (statistics.malformed.badNumbers > 0 && tally.sound == 0)
    return malformed(phrase("no count of the answer is a whole number"));
  if (table.size() > kMaxSubjects) return malformed(phrase("the answer has too many names"));

  for (auto& [name, days] : table) {
    delivery::SubjectTotals totals{{std::string(account), dimension, name}, {}};
    totals.days.reserve(days.size());
    for (const auto& [date, counts] : days) totals.days.push_back({date, counts});
    statistics.subjects.push_back(std::move(totals));
  }
  return statistics;
}

void merge(Statistics& into, Statistics&& more) {
  into.malformed += more.malformed;
  std::map<delivery::Subject, CountsByDay> table;
  for (const auto* side : {&into, &more}) {
    for (const auto& totals : side->subjects) {
      auto& days = table[totals.subject];
      for (const auto& day : totals.days) {
        const auto [cell, isNew] = days.try_emplace(day.date, day.counts);
        if (isNew) continue;
        ++into.malformed.repeated;
        takeGreater(cell->second, day.counts);
      }
    }
  }
  into.subjects.clear();
  for (auto& [subject, days] : table) {
    delivery::SubjectTotals totals{subject, {}};
    for (const auto& [date, counts] : days) totals.days.push_back({date, counts});
    into.subjects.push_back(std::move(totals));
  }
}

}  // namespace arrivald::sendgrid
