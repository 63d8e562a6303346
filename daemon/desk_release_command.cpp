#include "daemon/desk_release_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/printable.hpp"
#include "daemon/json_answer.hpp"
#include "daemon/listener.hpp"
#include "desk/record_words.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using nlohmann::ordered_json;

namespace {

constexpr std::chrono::milliseconds kLookEvery{300};
// Texts come from receivers and strangers: they must not control the terminal.
bool hasRows(const ordered_json& value, const char* key) {
  return value.is_object() && value.contains(key) && value[key].is_array();
}

/// The words and the zone of what is printed.
class Printer {
 public:
  Printer(const std::string& configPath, const config::Environment& environment,
          const std::optional<Language>& language) {
    const auto listener = findListener(configPath, environment, language);
    if (listener) zone_ = listener->zone;
    words_ = &notify::Catalogue::of(language   ? *language
                                    : listener ? listener->language
                                               : Language::japanese);
  }

  std::string text(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_->text("cli.desk." + std::string(key), fillings);
  }
  std::string fill(std::string_view key, std::initializer_list<notify::Filling> fillings) const {
    return words_->text(key, fillings);
  }
  Language language() const { return words_->language(); }
  std::string malformed() const { return words_->text("ask.malformed") + '\n'; }
  std::string line(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return text(key, fillings) + '\n';
  }
  /// The text of a value such as "bounced_again"; the value itself where there is none, or of a newer
  /// version.
  std::string word(std::string_view group, const std::string& value) const {
    const auto key = "desk." + std::string(group) + "." + value;
    return words_->has(key) ? words_->text(key) : value;
  }
  std::string list(const ordered_json& row) const {
    const auto key = "desk.list." + json_answer::text(row, "list");
    return words_->has(key) ? words_->text(key) : json_answer::text(row, "list");
  }
  std::string time(const ordered_json& row, const char* key) const {
    const auto at = parseIso(json_answer::text(row, key));
    return at ? zone_.zonedText(*at) : "?";
  }
  std::string number(const ordered_json& object, const char* key) const {
    const auto found = object.find(key);
    return words_->number(found != object.end() && found->is_number() ? found->get<double>() : 0);
  }

 private:
  TimeZone zone_;
  const notify::Catalogue* words_;
};

std::string stateOf(const Printer& printer, const ordered_json& item) {
  const auto problem = json_answer::text(item, "problem");
  if (problem == "still_listed") return printer.word("outcome", problem);
  auto text = printer.word("outcome", json_answer::text(item, "state"));
  if (!problem.empty()) text += ": " + printer.word("problem", problem);
  return text;
}

std::string followedText(const Printer& printer, const ordered_json& item) {
  std::string after;
  auto what = json_answer::text(item, "after");
  if (what == "unknown" && !item.value("after_final", false)) what = "not_covered";
  if (!what.empty())
    after = printer.text("after",
                         {{"what", printer.word("after", what)},
                          {"at", item.contains("after_at") ? " " + printer.time(item, "after_at") : ""}});
  if (item.value("rehearsal", false)) after += printer.text("rehearsal");
  return printer.line("item", {{"at", printer.time(item, "decided")},
                               {"email", json_answer::text(item, "email")},
                               {"list", printer.list(item)},
                               {"account", json_answer::text(item, "account")},
                               {"user", json_answer::text(item, "user")},
                               {"state", stateOf(printer, item)},
                               {"after", after}});
}

store::RecordRow recordRowOf(const ordered_json& row) {
  store::RecordRow read;
  read.action = json_answer::text(row, "action");
  read.account = json_answer::text(row, "account");
  read.list = json_answer::text(row, "list");
  read.address = json_answer::text(row, "address");
  read.asserted = json_answer::text(row, "asserted");
  read.motive = json_answer::text(row, "motive");
  read.memo = json_answer::text(row, "memo");
  read.outcome = json_answer::text(row, "outcome");
  return read;
}

std::string recordText(const Printer& printer, const ordered_json& row) {
  const auto orDash = [](std::string text) { return text.empty() ? std::string("-") : text; };
  const auto read = recordRowOf(row);
  return printer.line("row", {{"at", printer.time(row, "at")},
                              {"user", json_answer::text(row, "user")},
                              {"role", printer.word("role", json_answer::text(row, "role"))},
                              {"from", orDash(json_answer::text(row, "from"))},
                              {"act", desk::actWords(read.action, printer.language())},
                              {"about", orDash(desk::subjectWords(read, printer.language()))},
                              {"outcome", orDash(desk::outcomeWords(read, printer.language()))}});
}

std::string refusedText(const Printer& printer, const ordered_json& answer) {
  std::string text;
  for (const auto& one : answer["refused"]) {
    auto why = printer.word("why", json_answer::text(one, "why"));
    if (one.contains("limit") && one["limit"].is_object())
      why += ": " + printer.text("of_limit", {{"max", printer.number(one["limit"], "max")},
                                              {"fits", printer.number(one["limit"], "fits")}});
    if (const auto error = json_answer::text(one, "error"); !error.empty()) why += ": " + error;
    text += printer.line("refused", {{"why", why}});
  }
  return text;
}

Output rehearsedOutput(const Printer& printer, const ordered_json& release, const ordered_json& leftOut) {
  Output output;
  for (const auto& item : release["items"]) {
    output.out +=
        printer.line("row_rehearsed", {{"email", json_answer::text(item, "email")},
                                       {"list", printer.list(item)},
                                       {"account", json_answer::text(item, "account")},
                                       {"advice", printer.word("advice", json_answer::text(item, "advice"))},
                                       {"state", stateOf(printer, item)}});
  }
  for (const auto& one : leftOut) {
    auto why = printer.word("lock", json_answer::text(one, "why"));
    if (one.contains("since"))
      why = printer.fill("desk.lock.claimed",
                         {{"user", json_answer::text(one, "user")}, {"time", printer.time(one, "since")}});
    output.out += printer.line("row_left_out", {{"email", json_answer::text(one, "email")},
                                                {"list", printer.list(one)},
                                                {"account", json_answer::text(one, "account")},
                                                {"why", why}});
  }
  output.out += printer.line("rehearsed");
  if (json_answer::text(release, "request_state") == "done") return output;
  output.exit = kExitFailed;
  output.err = printer.line("too_slow");
  return output;
}

/// The request once it is done, or as it is when `within` has passed.
Result<std::string> waitUntilDone(const DeskReleaseOptions& options, const config::Environment& environment,
                                  std::string release) {
  const auto end = std::chrono::steady_clock::now() + options.within;
  for (;;) {
    const auto parsed = ordered_json::parse(release, nullptr, false);
    if (!hasRows(parsed, "items") || !parsed.contains("id") || !parsed["id"].is_number_integer())
      return Error{Error::Kind::invalid, Printer(options.config, environment, options.language).malformed()};
    if (json_answer::text(parsed, "request_state") == "done" || std::chrono::steady_clock::now() >= end)
      return release;
    std::this_thread::sleep_for(kLookEvery);
    const auto target = fmt::format("/api/desk/release?id={}", parsed["id"].get<std::int64_t>());
    auto answer = askDaemon(options.config, "GET", target, environment, options.language);
    if (answer.exit != kExitOk) return Error{Error::Kind::unavailable, answer.error};
    release = std::move(answer.body);
  }
}

}  // namespace

Output deskReleaseOutput(const DeskReleaseOptions& options, const config::Environment& environment) {
  const Printer printer(options.config, environment, options.language);
  if (!options.dryRun) return {kExitUsage, "", printer.line("real_release")};
  const auto target =
      fmt::format("/api/desk/rehearsal?of={}&account={}&list={}", http::percentEncode(options.address),
                  http::percentEncode(options.account), http::percentEncode(options.list));
  const auto answer = askDaemon(options.config, "POST", target, environment, options.language);
  const auto first = ordered_json::parse(answer.body, nullptr, false);
  if (answer.status == 409 && hasRows(first, "refused"))
    return {kExitFailed, "", refusedText(printer, first)};
  if (answer.exit != kExitOk) return {answer.exit, "", answer.error};
  if (!hasRows(first, "left_out"))
    return {kExitFailed, "", Printer(options.config, environment, options.language).malformed()};
  const auto last = waitUntilDone(options, environment, answer.body);
  if (!last) return {kExitFailed, "", last.error().text};
  if (options.json) return {kExitOk, escapeUnprintable(*last) + '\n', ""};
  return rehearsedOutput(printer, ordered_json::parse(*last, nullptr, false), first["left_out"]);
}

Output deskFollowupOutput(const DeskFollowupOptions& options, const config::Environment& environment) {
  const auto target =
      fmt::format("/api/desk/followup?of={}&outcome={}&max={}", http::percentEncode(options.address),
                  http::percentEncode(options.outcome), options.max);
  const auto answer = askDaemon(options.config, "GET", target, environment, options.language);
  if (answer.exit != kExitOk) return {answer.exit, "", answer.error};
  if (options.json) return {kExitOk, escapeUnprintable(answer.body) + '\n', ""};
  const auto parsed = ordered_json::parse(answer.body, nullptr, false);
  if (!hasRows(parsed, "items") || !parsed.contains("counts") || !parsed["counts"].is_object())
    return {kExitFailed, "", Printer(options.config, environment, options.language).malformed()};
  const Printer printer(options.config, environment, options.language);
  const auto& counts = parsed["counts"];
  Output output;
  output.out = printer.line("counts", {{"delivered", printer.number(counts, "delivered")},
                                       {"bounced_again", printer.number(counts, "bounced_again")},
                                       {"not_sent_yet", printer.number(counts, "not_sent_yet")},
                                       {"still_dropped", printer.number(counts, "still_dropped")},
                                       {"undone", printer.number(counts, "undone")},
                                       {"unknown", printer.number(counts, "unknown")}});
  if (parsed["items"].empty()) output.out += printer.line("nothing_released");
  for (const auto& item : parsed["items"]) output.out += followedText(printer, item);
  return output;
}

Output deskUnlockOutput(const DeskUnlockOptions& options, const config::Environment& environment) {
  const auto target = fmt::format("/api/desk/unlock?user={}", http::percentEncode(options.user));
  const auto answer = askDaemon(options.config, "POST", target, environment, options.language);
  if (answer.exit != kExitOk) return {answer.exit, "", answer.error};
  const auto parsed = ordered_json::parse(answer.body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("unlocked") || !parsed["unlocked"].is_number_integer())
    return {kExitFailed, "", Printer(options.config, environment, options.language).malformed()};
  const Printer printer(options.config, environment, options.language);
  const bool none = parsed["unlocked"].get<std::int64_t>() == 0;
  if (none && !parsed.value("known", true))
    return {kExitFailed, "", printer.line("unlock.unknown", {{"user", printable(options.user)}})};
  return {kExitOk, printer.line(none ? "unlock.none" : "unlock.done", {{"user", printable(options.user)}}),
          ""};
}

Output deskAuditOutput(const DeskAuditOptions& options, const config::Environment& environment) {
  const auto target =
      fmt::format("/api/desk/audit?user={}&of={}&action={}&max={}", http::percentEncode(options.user),
                  http::percentEncode(options.address), http::percentEncode(options.action), options.max);
  const auto answer = askDaemon(options.config, "GET", target, environment, options.language);
  if (answer.exit != kExitOk) return {answer.exit, "", answer.error};
  const auto parsed = ordered_json::parse(answer.body, nullptr, false);
  if (!hasRows(parsed, "rows") || !parsed.contains("check") || !parsed["check"].is_object())
    return {kExitFailed, "", Printer(options.config, environment, options.language).malformed()};
  const auto& check = parsed["check"];
  const bool broken = check.contains("first_broken") && !check["first_broken"].is_null();
  Output output;
  output.exit = broken ? kExitFailed : kExitOk;
  if (options.json) {
    output.out = escapeUnprintable(answer.body) + '\n';
    return output;
  }
  const Printer printer(options.config, environment, options.language);
  for (const auto& row : parsed["rows"]) output.out += recordText(printer, row);
  if (parsed["rows"].empty()) output.out += printer.line("no_rows");
  if (broken)
    output.err = printer.line("broken", {{"row", printer.number(check, "first_broken")}});
  else
    output.out += printer.line(
        "intact", {{"n", printer.number(check, "rows")}, {"head", json_answer::text(check, "head")}});
  return output;
}

}  // namespace arrivald
