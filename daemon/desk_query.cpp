#include "daemon/desk_query.hpp"

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "base/utf8.hpp"

namespace arrivald {

desk::QueryAsked queryAsked(const desk::Form& query) {
  desk::QueryAsked asked;
  asked.period = query.text("period");
  asked.from = query.text("from");
  asked.to = query.text("to");
  asked.list = query.text("list");
  asked.side = query.text("side");
  asked.cause = query.text("cause");
  asked.group = query.text("group");
  asked.domain = query.text("domain");
  asked.account = query.text("account");
  asked.gone = query.text("gone");
  asked.sort = query.text("sort");
  asked.after = query.text("after");
  asked.seen = query.text("seen");
  return asked;
}

namespace {

constexpr std::array<std::string_view, 13> kQueryNames = {"period", "from",  "to",     "list",    "side",
                                                          "cause",  "group", "domain", "account", "gone",
                                                          "sort",   "after", "seen"};
constexpr std::size_t kNamedAtOnce = 5;
constexpr std::size_t kShownBytes = 60;

// Where a page begins.
bool isPlace(std::string_view name) {
  return name == "after" || name == "before" || name == "n" || name == "page" || name == "offset";
}

}  // namespace

std::span<const std::string_view> queryNames() { return kQueryNames; }

std::vector<std::string> unknownNames(const desk::Form& query,
                                      std::initializer_list<std::span<const std::string_view>> known) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : query.pairs()) {
    const bool isKnown = std::ranges::any_of(
        known, [&](const auto& names) { return std::ranges::find(names, name) != names.end(); });
    if (!isKnown && std::ranges::find(unknown, name) == unknown.end()) unknown.push_back(name);
  }
  return unknown;
}

std::vector<std::string> notUnderstood(const desk::Query& query, const desk::Form& form,
                                       std::span<const std::string_view> also) {
  auto names = query.ignored;
  // Typed dates are what is shown; a preset beside them has no say, whatever it is.
  for (auto& name : unknownNames(form, {kQueryNames, also})) names.push_back(std::move(name));
  if (form.has("n") && !isRowCount(form.text("n"))) names.emplace_back("n");
  return names;
}

bool isUnreadable(const suppression::Period& period) {
  return std::ranges::find(period.mended, suppression::PeriodMend::unreadable) != period.mended.end();
}

bool isRowCount(std::string_view text) {
  const auto number = numberIn<std::int64_t>(text);
  return text.empty() || (number && *number >= 0);
}

void addNotUnderstood(const DeskVisit& visit, const std::vector<std::string>& names, pages::Shell& shell) {
  if (names.empty()) return;
  const auto& texts = visit.texts();
  pages::Message message;
  message.strong = texts.text("not_understood");
  for (const auto& name : names) {
    if (message.lines.size() == kNamedAtOnce) break;
    const bool isDated = !visit.query.text("from").empty() || !visit.query.text("to").empty();
    const auto instead = name == "period" && !isDated ? texts.text("not_understood.period")
                         : isPlace(name)              ? texts.text("not_understood.place")
                                                      : texts.text("not_understood.rest");
    message.lines.push_back({oneLine(name + "=" + visit.query.text(name), kShownBytes) + instead, ""});
  }
  shell.messages.push_back(std::move(message));
}

void addMends(const DeskVisit& visit, const suppression::Period& period, pages::Shell& shell) {
  for (const auto mend : period.mended) {
    pages::Message message;
    message.strong = visit.texts().text(name(mend));
    shell.messages.push_back(std::move(message));
  }
}

Parameters with(Parameters parameters, const std::string& name, const std::string& value) {
  std::erase_if(parameters, [&](const auto& pair) { return pair.first == name; });
  if (!value.empty()) parameters.emplace_back(name, value);
  return parameters;
}

Parameters withoutPeriod(const Parameters& parameters) {
  return with(with(with(parameters, "period", ""), "from", ""), "to", "");
}

std::string hrefOf(std::string_view path, const Parameters& parameters) {
  const auto query = desk::toQuery(parameters);
  return std::string(path) + (query.empty() ? "" : "?" + query);
}

}  // namespace arrivald
