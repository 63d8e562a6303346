#include "daemon/status_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/time_zone.hpp"
#include "base/utf8.hpp"
#include "daemon/json_answer.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using json_answer::at;
using json_answer::flag;
using json_answer::text;
using json_answer::whole;
using nlohmann::ordered_json;
using notify::Catalogue;

namespace {

class Report {
 public:
  explicit Report(const ordered_json& status)
      : status_(status),
        words_(Catalogue::of(json_answer::languageOf(status))),
        now_(parseIso(text(status, "now")).value()) {
    if (const auto zone = TimeZone::find(text(status, "time_zone"))) zone_ = *zone;
  }

  std::string whole() {
    heading();
    describeIncidents();
    describeProblems();
    for (const auto& account : at(status_, "accounts")) describeAccount(account);
    describeAlerts();
    describeJobs();
    describeRest();
    return std::move(out_);
  }

 private:
  void line(const std::string& words) { out_ += words + '\n'; }
  std::string say(const char* key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text(key, fillings);
  }
  std::string number(std::int64_t value) const { return words_.number(static_cast<double>(value)); }

  /// "40 s ago"; what never was is said to be never.
  std::string ago(const ordered_json& value, const char* key) const {
    const auto when = parseIso(text(value, key));
    if (!when) return say("cli.never");
    return say("cli.ago", {{"age", words_.duration(std::max(Duration{}, now_ - *when))}});
  }
  std::string in(const ordered_json& value, const char* key) const {
    const auto when = parseIso(text(value, key));
    if (!when) return say("cli.now");
    return say("cli.in", {{"age", words_.duration(std::max(Duration{}, *when - now_))}});
  }
  std::string when(const ordered_json& value, const char* key) const {
    const auto instant = parseIso(text(value, key));
    return instant ? zone_.zonedText(*instant) : say("cli.never");
  }

  void heading();
  void describeIncidents();
  void describeProblems();
  void describeAccount(const ordered_json& account);
  void describeStream(const ordered_json& stream);
  void describeAlerts();
  std::string nameOf(const ordered_json& alert) const;
  void describeJobs();
  void describeRest();

  const ordered_json& status_;
  const Catalogue& words_;
  TimeZone zone_;
  Instant now_;
  std::string out_;
};

void Report::heading() {
  auto state = text(status_, "state");
  if (state == "unknown" && flag(status_, "starting")) state = "starting";
  if (state == "ok" && flag(status_, "learning")) state = "learning";
  line(say("cli.status.heading", {{"version", text(status_, "version")},
                                  {"state", say(("cli.state." + state).c_str())},
                                  {"now", when(status_, "now")},
                                  {"started", ago(status_, "started")}}));
}

// Below the incidents, which say what happens; these are the alerts behind them, and what else is wrong.
void Report::describeProblems() {
  const auto& problems = at(status_, "problems");
  if (!problems.is_array() || problems.empty()) return;
  line("");
  line(say("cli.status.problems", {{"n", std::to_string(problems.size())}}));
  for (const auto& problem : problems)
    line(fmt::format("  {}: {}", say(("page.severity." + text(problem, "severity")).c_str()),
                     text(problem, "text")));
}

void Report::describeIncidents() {
  const auto& incidents = at(status_, "incidents");
  if (!incidents.is_array()) return;  // of an older daemon
  line("");
  line(say("cli.status.incidents", {{"n", std::to_string(incidents.size())}}));
  for (const auto& incident : incidents) {
    line("  " + say("cli.status.incident", {{"number", std::to_string(arrivald::whole(incident, "number"))},
                                            {"state", text(incident, "state")},
                                            {"since", when(incident, "since")},
                                            {"headline", text(incident, "headline")}}));
    if (const auto taken = text(incident, "acknowledged"); !taken.empty())
      line(say("cli.status.incident.ack", {{"acknowledged", taken}}));
    if (const auto silenced = text(incident, "silenced"); !silenced.empty())
      line("    " + say("page.incident.silenced") + ": " + silenced);
  }
  const auto& silences = at(status_, "silences");
  if (!silences.is_array() || silences.empty()) return;
  line("");
  line(say("cli.status.silences", {{"n", std::to_string(silences.size())}}));
  for (const auto& one : silences)
    if (one.is_string()) line("  " + printable(one.get<std::string>()));
}

void Report::describeAccount(const ordered_json& account) {
  line("");
  line(say("cli.status.account", {{"account", text(account, "name")}, {"read", ago(account, "last_read")}}));
  for (const auto& values : at(account, "windows")) {
    const auto& share = at(values, "delivered");
    std::string words;
    if (!flag(values, "known"))
      words =
          say(text(account, "last_read").empty() ? "cli.status.window_unread" : "cli.status.window_unknown");
    else if (!share.is_number())
      words = say("cli.status.window_empty", {{"requests", number(arrivald::whole(values, "requests"))}});
    else
      words = say("cli.status.window", {{"share", words_.percent(share.get<double>())},
                                        {"outcomes", number(arrivald::whole(values, "outcomes"))},
                                        {"requests", number(arrivald::whole(values, "requests"))}});
    line(fmt::format("  {}: {}", text(values, "title"), words));
  }
  for (const auto& scope : at(account, "missing_scopes"))
    if (scope.is_string())
      line("  " + say("cli.status.scope", {{"scope", printable(scope.get<std::string>())}}));
  for (const auto& stream : at(status_, "event_streams"))
    if (text(stream, "account") == text(account, "name")) return describeStream(stream);
  line("  " + say("cli.status.no_stream"));
}

void Report::describeStream(const ordered_json& stream) {
  line("  " + say(flag(stream, "alive") ? "cli.status.stream" : "cli.status.stream_unused",
                  {{"event", ago(stream, "last_event")},
                   {"malformed", number(arrivald::whole(stream, "malformed_events_in_24h"))},
                   {"late", number(arrivald::whole(stream, "late_events"))}}));
}

// "#128 stall@main": with its incident's number.
std::string Report::nameOf(const ordered_json& alert) const {
  const auto number = arrivald::whole(alert, "incident");
  return number == 0 ? text(alert, "id") : fmt::format("#{} {}", number, text(alert, "id"));
}

void Report::describeAlerts() {
  line("");
  std::size_t active = 0, past = 0, pending = 0;
  for (const auto& alert : at(status_, "alerts")) {
    const auto state = text(alert, "state");
    active += state == "firing" || state == "recovering" ? 1U : 0U;
    pending += state == "pending" ? 1U : 0U;
    past += state == "resolved" ? 1U : 0U;
  }
  line(say("cli.status.alerts", {{"active", std::to_string(active)},
                                 {"pending", std::to_string(pending)},
                                 {"past", std::to_string(past)}}));
  for (const auto& alert : at(status_, "alerts"))
    if (text(alert, "state") == "resolved")
      line("  " + say("cli.status.alert_over", {{"id", text(alert, "id")},
                                                {"since", when(alert, "since")},
                                                {"until", when(alert, "until")}}));
    else if (text(alert, "state") != "inactive")
      line("  " + say("cli.status.alert", {{"id", nameOf(alert)},
                                           {"state", say(("cli.alert." + text(alert, "state")).c_str())},
                                           {"since", when(alert, "since")}}));
}

void Report::describeJobs() {
  line("");
  line(say("cli.status.jobs"));
  for (const auto& job : at(status_, "jobs")) {
    const bool failing = at(job, "error").is_object();
    const char* key = flag(job, "running")                ? "cli.status.job_running"
                      : failing                           ? "cli.status.job_failing"
                      : text(job, "last_success").empty() ? "cli.status.job_waiting"
                      : !text(job, "untold").empty()      ? "cli.status.job_untold"
                                                          : "cli.status.job_ok";
    const auto account = text(job, "account");
    line("  " + say(key, {{"task", account + (account.empty() ? "" : " ") + text(job, "title")},
                          {"n", number(arrivald::whole(job, "failures_in_a_row"))},
                          {"last", ago(job, "last_success")},
                          {"untold", text(job, "untold")},
                          {"next", in(job, "next_run")}}));
  }
}

void Report::describeRest() {
  const auto& outbox = at(status_, "outbox");
  const auto known = [&](const char* key) {
    return at(outbox, key).is_number() ? number(arrivald::whole(outbox, key)) : say("page.unknown");
  };
  const auto page = text(status_, "status_page");
  line("");
  const bool watched =
      !at(status_, "status_page_watched").is_boolean() || flag(status_, "status_page_watched");
  line(say("cli.status.status_page",
           {{"description", !page.empty() ? page : say(watched ? "page.unknown" : "page.not_watched")}}));
  line(say("cli.status.outbox", {{"waiting", known("waiting")}, {"undeliverable", known("undeliverable")}}));
}

}  // namespace

bool isStatus(const ordered_json& status) {
  return status.is_object() && parseIso(text(status, "now")) && !text(status, "state").empty() &&
         at(status, "problems").is_array() && at(status, "accounts").is_array() &&
         at(status, "jobs").is_array() && at(status, "alerts").is_array();
}

std::string statusText(const ordered_json& status) { return Report(status).whole(); }

namespace {

constexpr std::size_t kLineBytes = 200;

// What is wrong, worst first: an incident in place of its alerts, and what is silenced nowhere.
std::vector<std::string> wrongOf(const ordered_json& status) {
  const bool english = text(status, "language") == "en";
  const auto& catalogue = Catalogue::of(english ? Language::english : Language::japanese);
  const auto headlineOf = [&](const ordered_json& incident) {
    return catalogue.text("cli.check.incident", {{"number", std::to_string(whole(incident, "number"))},
                                                 {"headline", text(incident, "headline")}});
  };
  std::vector<std::string> all;
  std::set<std::int64_t> said;
  const bool isUnknown = text(status, "state") == "unknown";
  for (const auto& problem : at(status, "problems")) {
    if (text(problem, "severity") == "info" && !isUnknown) continue;
    const auto number = whole(problem, "incident");
    if (number != 0 && !said.insert(number).second) continue;
    std::string words = text(problem, "text");
    for (const auto& incident : at(status, "incidents"))
      if (number != 0 && whole(incident, "number") == number)
        words = text(incident, "silenced").empty() ? headlineOf(incident) : std::string();
    if (!words.empty()) all.push_back(std::move(words));
  }
  for (const auto& incident : at(status, "incidents"))
    if (text(incident, "silenced").empty() && !said.contains(whole(incident, "number")))
      all.push_back(headlineOf(incident));
  return all;
}

bool isDigitAt(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// Where the time ends that begins there, "2026-11-24 10:10 JST" or "10:10 JST"; where it begins: there is
// none.
std::size_t endOfTime(std::string_view text, std::size_t begin) {
  const auto follows = [&](std::size_t at, std::string_view shape) {
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (shape[i] == '0' ? !isDigitAt(text, at + i) : at + i >= text.size() || text[at + i] != shape[i])
        return false;
    return true;
  };
  auto at = begin;
  if (follows(at, "0000-00-00")) at += 10;
  if (at != begin && follows(at, " 00:00")) ++at;
  if (!follows(at, "00:00")) return at;
  at += 5;
  if (at < text.size() && text[at] == ' ') {
    auto zone = at + 1;
    while (zone < text.size() && ((text[zone] >= 'A' && text[zone] <= 'Z') || text[zone] == '+' ||
                                  text[zone] == ':' || (zone > at + 1 && isDigitAt(text, zone))))
      ++zone;
    if (zone > at + 1) at = zone;
  }
  return at;
}

// The nearest place at or before `end` that is inside no time.
std::size_t outsideTimes(std::string_view text, std::size_t end) {
  for (std::size_t begin = 0; begin < end; ++begin) {
    if (begin > 0 && isDigitAt(text, begin - 1)) continue;
    if (const auto over = endOfTime(text, begin); over > end) return begin;
  }
  return end;
}

// Cut behind a word or a sentence, and not within a time: half a word may read as another one, and half a
// number does.
std::string cutAtWord(std::string_view text, std::size_t bytes) {
  auto line = oneLine(text, bytes);
  constexpr std::string_view kCut = "…";
  if (!line.ends_with(kCut) || oneLine(text, 2 * bytes) == line) return line;
  const auto whole = line.size() - kCut.size();
  std::size_t end = 0;
  for (const std::string_view mark : {" ", "。", "、", "。", "、", ":", ";", ")"})
    if (const auto at = line.rfind(mark, whole); at != std::string::npos && at + mark.size() <= whole)
      end = std::max(end, mark == " " ? at : at + mark.size());
  // Of one long word as much as there is room for.
  if (end < whole / 2) end = whole;
  end = outsideTimes(oneLine(text, 2 * bytes), end);
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '(')) --end;
  if (end == 0) return line;
  return line.substr(0, end) + (end == whole ? "" : " ") + std::string(kCut);
}

}  // namespace

std::string checkLine(const ordered_json& status) {
  const bool english = text(status, "language") == "en";
  const auto& words = Catalogue::of(english ? Language::english : Language::japanese);
  const auto wrong = wrongOf(status);
  if (wrong.empty()) return monitoringLine(text(status, "state"), words.text("cli.check.ok"), "");
  return monitoringLine(
      text(status, "state"), wrong.front(),
      wrong.size() == 1 ? "" : words.text("cli.check.more", {{"n", std::to_string(wrong.size() - 1)}}));
}

std::string monitoringLine(std::string state, std::string_view what, std::string_view more) {
  std::transform(state.begin(), state.end(), state.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  state += ": ";
  auto line = state + cutAtWord(what, kLineBytes - state.size() - more.size() - 1) + std::string(more);
  // A monitoring system takes what follows a bar for numbers.
  std::replace(line.begin(), line.end(), '|', '/');
  return line;
}

int checkExit(const ordered_json& status) {
  const auto state = text(status, "state");
  return state == "ok" ? 0 : state == "warning" ? 1 : state == "critical" ? 2 : 3;
}

}  // namespace arrivald
