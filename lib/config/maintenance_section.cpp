#include <fmt/format.h>

#include <algorithm>

#include "base/local_time.hpp"
#include "config/sections.hpp"

namespace arrivald::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxWindows = 100;
constexpr Duration kLongestMaintenance = 30 * 24h;

void readInstant(Reader& reader, std::string_view key, std::optional<Instant>& target, const TimeZone& zone) {
  std::string text;
  reader.text(key, text, 64);
  if (text.empty()) return;
  target = parseLocalTime(text, zone);
  if (!target)
    reader.problem(key, phrase("expected a time such as \"2026-11-28 18:00\" or 2026-11-28T18:00:00+09:00, "
                               "found {}",
                               shown(text)));
}

void readMatcher(Reader& reader, rules::Matcher& match, const Config& config) {
  reader.text("account", match.account, 256);
  reader.text("rule", match.rule, 256);
  reader.text("receiver", match.receiver, 256);
  reader.text("category", match.category, 256);
  reader.text("subject", match.subject, 256);
  if (match.isEmpty())
    reader.problem("account", phrase("say what is not notified meanwhile: account, rule, receiver, category "
                                     "or subject; account: \"*\" for everything"));
  const auto check = [&](const char* key, const std::string& glob, const Phrase& what,
                         const std::vector<std::string>& known) {
    if (!glob.empty() &&
        std::ranges::none_of(known, [&](const auto& name) { return rules::matchesGlob(glob, name); }))
      reader.problem(key, phrase("no {} is called {}{}", what, shown(glob), hint(glob, known)));
  };
  check("account", match.account, phrase("account"), namesOf(config.accounts));
  check("rule", match.rule, phrase("rule"), namesOf(config.rules));
}

// Once, by `from` and `to`, or again and again, by `begin` and `for`.
void readSpan(Reader& reader, Maintenance& window, const TimeZone& zone) {
  readInstant(reader, "from", window.from, zone);
  readInstant(reader, "to", window.to, zone);
  auto begin = Schedule::every(24h);
  reader.schedule("begin", begin, zone, 1h);
  reader.duration("for", window.length, 1min, kLongestMaintenance);
  const bool once = reader.has("from") || reader.has("to");
  const bool again = reader.has("begin") || reader.has("for");
  if (once == again || (once && !(reader.has("from") && reader.has("to"))) ||
      (again && !(reader.has("begin") && reader.has("for"))))
    return reader.problem("from",
                          phrase("say when: either from and to, or begin: {cron: \"0 22 * * sat\"} and "
                                 "for: 4h"));
  if (again && !begin.isCron())
    return reader.problem("begin", phrase("expected times of the day, as {cron: \"0 22 * * sat\"}"));
  if (again) window.begin = begin;
  if (!window.from || !window.to) return;
  if (*window.to <= *window.from)
    reader.problem("to", phrase("it ends before it begins"));
  else if (*window.to - *window.from > kLongestMaintenance)
    reader.problem("to",
                   phrase("a maintenance window lasts at most {}", arrivald::toText(kLongestMaintenance)));
}

}  // namespace

void readMaintenance(Reader& root, Config& config) {
  const auto* node = root.section("maintenance");
  if (!node) return;
  if (node->kind != Node::Kind::list)
    return root.problem("maintenance", phrase("expected a list of windows, found {}", inWords(node->kind)));
  if (node->children.size() > kMaxWindows)
    return root.problem("maintenance", phrase("expected at most {} windows", kMaxWindows));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("maintenance[{}]", i), root.context());
    if (!reader.usable()) continue;
    Maintenance window;
    if (reader.require("name")) reader.text("name", window.name, 64);
    if (std::ranges::find(config.maintenance, window.name, &Maintenance::name) != config.maintenance.end())
      reader.problem("name", phrase("two windows are called {}", shown(window.name)));
    if (reader.require("why")) reader.text("why", window.why, 200);
    readMatcher(reader, window.match, config);
    readSpan(reader, window, config.zone);
    reader.finish();
    config.maintenance.push_back(std::move(window));
  }
}

}  // namespace arrivald::config
