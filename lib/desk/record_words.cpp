#include "desk/record_words.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "notify/catalogue.hpp"

namespace arrivald::desk {

using notify::Catalogue;

namespace {

std::string wordOr(const Catalogue& words, const std::string& key, const std::string& otherwise) {
  return words.has(key) ? words.text(key) : otherwise;
}

// Whole outcomes that are sentences, and the beginnings of what may not be done.
constexpr std::array<std::pair<std::string_view, const char*>, 8> kSentences{{
    {"taken", "taken"},
    {"put back", "put_back"},
    {"a form without the token of its session", "csrf"},
    {"a token of /api/v1 that desk.tokens does not hold", "wrong_token"},
    {"the user is not in desk.users", "not_a_user"},
    {"the proxy has sent no name of a user", "identity"},
    {"the proxy has sent the name of the user twice", "identity_twice"},
    {"rehearsal", "rehearsal"},
}};
constexpr std::array<std::pair<std::string_view, const char*>, 7> kDenied{{
    {"ticks", "ticks"},
    {"look-up", "look_up"},
    {"download", "download"},
    {"api: entries", "entries"},
    {"api: addresses", "addresses"},
    {"api: groups", "groups"},
    {"api: record", "record"},
}};
constexpr std::string_view kDeniedEnd = ": the role does not allow it";
constexpr std::string_view kUser = "user: ";

template <class Table>
const char* find(const Table& table, std::string_view text) {
  for (const auto& [stored, key] : table)
    if (stored == text) return key;
  return nullptr;
}

bool takePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "12 rows of /export.csv?…", "api: 12 rows; period=7d", "record: 12 rows", "12 rows that were too old".
std::optional<std::string> rowsText(std::string_view text, const Catalogue& words) {
  const bool isApi = takePrefix(text, "api: ");
  const bool isRecord = takePrefix(text, "record: ");
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  const auto number = std::string(text.substr(0, digits));
  text.remove_prefix(digits);
  if (!takePrefix(text, " rows")) return std::nullopt;
  std::string key = "desk.record.rows";
  if (text == " that were too old") return words.text(key + ".pruned", {{"n", number}});
  if (isRecord) key += ".record";
  if (isApi) key += ".api";
  if (text.empty() || isRecord) return words.text(key, {{"n", number}});
  if (!takePrefix(text, " of ") && !takePrefix(text, "; ")) return std::nullopt;
  if (text.empty()) return words.text(key, {{"n", number}});
  return words.text(key + ".of", {{"n", number}, {"of", std::string(text)}});
}

// "failed: busy (503)"
std::optional<std::string> stateText(std::string_view text, const Catalogue& words) {
  std::string status;
  if (text.ends_with(')')) {
    const auto open = text.rfind(" (");
    if (open == std::string_view::npos) return std::nullopt;
    status = text.substr(open);
    text = text.substr(0, open);
  }
  const auto colon = text.find(": ");
  const auto state = std::string(text.substr(0, colon));
  const auto problem = colon == std::string_view::npos ? std::string() : std::string(text.substr(colon + 2));
  const bool isListed = problem == "still_listed";
  const auto key = "desk.outcome." + (isListed ? problem : state);
  if (!words.has(key)) return std::nullopt;
  auto said = words.text(key);
  if (!problem.empty() && !isListed) said += ": " + wordOr(words, "desk.problem." + problem, problem);
  return said + status;
}

std::string partText(const store::RecordRow& row, std::string_view part, const Catalogue& words) {
  const std::string code(part);
  if (const auto* key = find(kSentences, part)) return words.text(std::string("desk.record.") + key);
  if (row.action == "confirm" && (part == "advised" || part == "all"))
    return words.text("desk.record." + code);
  // Whether the thirty days were over, or no events told it, the row does not say.
  if (row.action == "follow")
    return code == "unknown" ? words.text("desk.after.not_covered")
                             : wordOr(words, "desk.after." + code, code);
  if (row.action == "refuse")
    return wordOr(words, "desk.lock." + code, wordOr(words, "desk.why." + code, code));
  if (auto state = row.action == "settle" ? stateText(part, words) : std::nullopt) return *state;
  return code;
}

std::string storedOutcome(const store::RecordRow& row, const Catalogue& words) {
  std::string_view text = row.outcome;
  if (text.ends_with(kDeniedEnd)) {
    const auto what = text.substr(0, text.size() - kDeniedEnd.size());
    const auto* key = find(kDenied, what);
    return words.text("desk.record.denied", {{"what", key ? words.text(std::string("desk.record.what.") + key)
                                                          : std::string(what)}});
  }
  if (takePrefix(text, kUser)) return words.text("desk.record.user", {{"user", std::string(text)}});
  // A query may hold whatever separates the parts of the others.
  if (row.action == "download" || row.action == "prune")
    return rowsText(text, words).value_or(std::string(text));
  std::string said;
  while (!text.empty()) {
    const auto end = text.find(", ");
    const auto part = text.substr(0, end);
    auto known = rowsText(part, words);
    if (!said.empty()) said += words.text("desk.record.separator");
    said += known ? *known : partText(row, part, words);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  }
  return said;
}

}  // namespace

std::string actWords(const std::string& action, Language language) {
  return wordOr(Catalogue::of(language), "desk.action." + action, action);
}

std::string adviceWords(const std::string& advice, Language language) {
  return wordOr(Catalogue::of(language), "desk.advice." + advice, advice);
}

std::string subjectWords(const store::RecordRow& row, Language language) {
  const auto& words = Catalogue::of(language);
  auto where = row.list.empty() ? std::string() : wordOr(words, "desk.list." + row.list, row.list);
  if (!row.account.empty()) where += (where.empty() ? "" : words.text("desk.record.separator")) + row.account;
  if (row.address.empty()) return where;
  return where.empty() ? row.address : row.address + " (" + where + ")";
}

std::string outcomeWords(const store::RecordRow& row, Language language) {
  const auto& words = Catalogue::of(language);
  auto said = storedOutcome(row, words);
  const auto add = [&](const std::string& stored, std::string text) {
    if (stored.empty()) return;
    said += (said.empty() ? "" : words.text("desk.record.and")) + std::move(text);
  };
  add(row.asserted, words.text("desk.record.asserted", {{"user", row.asserted}}));
  add(row.motive,
      words.text("desk.record.motive", {{"reason", wordOr(words, "desk.reason." + row.motive, row.motive)}}));
  add(row.memo, words.text("desk.record.memo", {{"memo", row.memo}}));
  return said;
}

}  // namespace arrivald::desk
