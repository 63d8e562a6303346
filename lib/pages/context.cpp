#include "pages/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/domain_name.hpp"
#include "pages/assets.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

constexpr std::size_t kShownReplyBytes = 4096;

struct Look {
  std::string_view kind, tone, icon;
};
constexpr std::array kLooks = {
    Look{"side.ours", "ours", "house"},
    Look{"side.theirs", "theirs", "person"},
    Look{"side.wrong_address", "wrong", "wrong"},
    Look{"side.temporary", "wait", "clock"},
    Look{"side.unknown", "unsure", "question"},
    Look{"advice.safe", "safe", "tick"},
    Look{"advice.once_confirmed", "unsure", "question"},
    Look{"advice.no_difference", "same", "same"},
    Look{"advice.do_not", "stop", "barred"},
    Look{"advice.admin_only", "lock", "lock"},
    Look{"outcome.waiting", "wrong", "dashed"},
    Look{"outcome.asked", "wait", "clock"},
    Look{"outcome.pending", "wait", "clock"},
    Look{"outcome.gone", "safe", "tick"},
    Look{"outcome.already_gone", "wrong", "same"},
    Look{"outcome.changed", "unsure", "question"},
    Look{"outcome.still_listed", "stop", "warning"},
    Look{"outcome.refused", "stop", "barred"},
    Look{"outcome.rehearsed", "wrong", "dashed"},
    Look{"outcome.failed", "stop", "warning"},
    Look{"after.not_sent_yet", "wrong", "dashed"},
    Look{"after.delivered", "safe", "arrived"},
    Look{"after.bounced_again", "stop", "return"},
    Look{"after.still_dropped", "stop", "barred"},
    Look{"after.undone", "wrong", "unlock"},
    Look{"after.unknown", "unsure", "question"},
    Look{"after.not_covered", "unsure", "question"},
    Look{"bounced", "theirs", "return"},
    Look{"arrived", "safe", "arrived"},
    Look{"delivered", "safe", "tick"},
    Look{"dropped", "stop", "barred"},
    Look{"released", "info", "unlock"},
    Look{"stopped", "wrong", "envelope"},
    Look{"ok", "safe", "tick"},
    Look{"error", "stop", "warning"},
    Look{"partly", "unsure", "warning"},
    Look{"expired", "info", "clock"},
};
constexpr Look kInfo{"info", "info", "info"};

// The icon that a chip of a tone has by itself; another one is a class of its own.
struct Own {
  std::string_view tone, icon;
};
constexpr std::array kOwnIcons = {Own{"ours", "house"},  Own{"theirs", "person"},   Own{"wrong", "wrong"},
                                  Own{"wait", "clock"},  Own{"unsure", "question"}, Own{"safe", "tick"},
                                  Own{"stop", "barred"}, Own{"info", "info"},       Own{"same", "same"},
                                  Own{"lock", "lock"}};

std::string classesOf(const Look& look) {
  const bool isOwn = std::any_of(kOwnIcons.begin(), kOwnIcons.end(), [&](const Own& own) {
    return own.tone == look.tone && own.icon == look.icon;
  });
  return isOwn ? std::string(look.tone) : fmt::format("{} i-{}", look.tone, look.icon);
}

const Look& lookOf(std::string_view kind) {
  const auto* found =
      std::find_if(kLooks.begin(), kLooks.end(), [&](const Look& look) { return look.kind == kind; });
  return found == kLooks.end() ? kInfo : *found;
}

json linkTo(const std::string& label, const std::string& href, bool current) {
  return {{"label", label}, {"href", href}, {"current", current}};
}

json navigationOf(const Shell& shell, const Texts& texts) {
  auto links = json::array();
  if (!shell.user.empty()) {
    links.push_back(linkTo(texts.text("nav.list"), "/", shell.tab == Tab::list));
    links.push_back(linkTo(texts.text("nav.groups"), "/groups", shell.tab == Tab::groups));
    links.push_back(linkTo(texts.text("nav.releases"), "/releases", shell.tab == Tab::releases));
    if (!shell.watchUrl.empty()) links.push_back(linkTo(texts.text("nav.watch"), shell.watchUrl, false));
  } else if (shell.tab == Tab::watch && !shell.deskUrl.empty()) {
    links.push_back(linkTo(texts.text("nav.watch"), "/", true));
    links.push_back(linkTo(texts.text("nav.desk"), shell.deskUrl, false));
  }
  return links;
}

json messageContext(const Message& message) {
  const bool alert = message.urgency == Message::Urgency::alert;
  json values = {{"strong", message.strong},
                 {"text", message.text},
                 {"href", message.href},
                 {"link", message.link},
                 {"role", alert ? "alert" : "status"},
                 {"focus", alert && !message.lines.empty()}};
  addLook(values, message.kind);
  values["lines"] = json::array();
  for (const auto& line : message.lines)
    values["lines"].push_back({{"line", line.text}, {"target", line.field}});
  return values;
}

}  // namespace

json shellContext(const Shell& shell, const std::string& title, Script script) {
  const auto& texts = Texts::of(shell.language);
  json values;
  values["messages"] = json::array();
  bool failed = false;
  for (const auto& message : shell.messages) {
    failed = failed || (message.urgency == Message::Urgency::alert && !message.lines.empty());
    values["messages"].push_back(messageContext(message));
  }
  values["title"] = failed ? texts.text("error.title", {{"title", title}}) : title;
  values["brand"] = texts.text(shell.tab == Tab::watch ? "nav.watch" : "brand");
  values["style"] = stylePath();
  values["favicon"] = iconPath();
  values["script"] = script == Script::desk ? scriptPath() : std::string();
  values["refresh"] = "";
  values["refreshWithoutScript"] = false;
  values["csrf"] = shell.csrf;
  values["nav"] = navigationOf(shell, texts);
  values["hasNav"] = !values["nav"].empty();
  values["user"] = shell.user;
  values["role"] = shell.role.empty() ? "" : texts.text(fmt::format("role.{}", shell.role));
  values["canLogOut"] = shell.logIn == Shell::LogIn::form;
  values["people"] = !shell.here.empty();
  values["asked"] = shell.asked;
  values["here"] = shell.here;
  values["version"] = shell.version;
  return values;
}

json chipContext(const Texts& texts, const Chip& chip) {
  json values = {{"label", chip.label.empty() ? texts.text(chip.kind) : chip.label}};
  addLook(values, chip.kind);
  return values;
}

void addLook(json& values, std::string_view kind) {
  const auto& look = lookOf(kind);
  values["tone"] = std::string(look.tone);
  values["icon"] = std::string(look.icon);
  values["look"] = classesOf(look);
}

void addAddress(json& values, std::string_view address) {
  const auto at = address.rfind('@');
  values["local"] = std::string(address.substr(0, at));
  auto domain = at == std::string_view::npos ? std::string() : std::string(address.substr(at));
  if (const auto readable = readableDomain(std::string_view(domain).substr(domain.empty() ? 0 : 1));
      !readable.empty())
    domain += " (" + readable + ")";
  values["domain"] = std::move(domain);
}

std::string Dates::day(Date date) const {
  const std::chrono::year_month_day parts{date};
  const std::chrono::year_month_day today{shell_.zone.dateOf(shell_.now)};
  const auto month = static_cast<unsigned>(parts.month());
  return texts_.text(parts.year() == today.year() ? "date.short" : "date.short_year",
                     {{"m", std::to_string(month)},
                      {"month", texts_.text(fmt::format("month.{}", month))},
                      {"day", std::to_string(static_cast<unsigned>(parts.day()))},
                      {"year", std::to_string(static_cast<int>(parts.year()))}});
}

std::string Dates::longDay(Date date) const {
  const std::chrono::year_month_day parts{date};
  const std::chrono::year_month_day today{shell_.zone.dateOf(shell_.now)};
  const std::chrono::weekday weekday{date};
  return texts_.text(parts.year() == today.year() ? "date.day" : "date.day_year",
                     {{"month", texts_.text(fmt::format("month.{}", static_cast<unsigned>(parts.month())))},
                      {"day", std::to_string(static_cast<unsigned>(parts.day()))},
                      {"weekday", texts_.text(fmt::format("weekday.{}", weekday.c_encoding()))},
                      {"year", std::to_string(static_cast<int>(parts.year()))}});
}

std::string Dates::clock(Instant at, std::size_t digits) const {
  const auto local = shell_.zone.local(at);
  const std::chrono::hh_mm_ss time(local - std::chrono::floor<std::chrono::days>(local));
  return fmt::format("{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(),
                     time.seconds().count())
      .substr(0, digits);
}

std::string Dates::time(Instant at) const {
  const auto clockText = clock(at, 5);
  if (shell_.zone.dateOf(at) == shell_.zone.dateOf(shell_.now))
    return texts_.text("date.today", {{"time", clockText}});
  return texts_.text("date.time", {{"date", day(at)}, {"time", clockText}});
}

std::string Dates::exactTime(Instant at) const {
  return texts_.text("date.time", {{"date", day(at)}, {"time", clock(at, 8)}});
}

std::string Dates::ago(Instant at) const {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(shell_.now - at).count();
  if (minutes < 1) return texts_.text("age.now");
  if (minutes < 60) return texts_.count("age.minutes", minutes);
  if (minutes < 24 * 60) return texts_.count("age.hours", minutes / 60);
  return texts_.count("age.days", minutes / (24 * 60));
}

std::string Dates::span(Duration span) const {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(span).count();
  if (minutes < 1) return texts_.text("within.now");
  if (minutes < 60) return texts_.count("within.minutes", minutes);
  if (minutes < 24 * 60) return texts_.count("within.hours", (minutes + 59) / 60);
  return texts_.count("within.days", (minutes + 24 * 60 - 1) / (24 * 60));
}

std::string Dates::zone() const {
  const auto& name = shell_.zone.name();
  return name == "Asia/Tokyo" ? texts_.text("zone.tokyo") : texts_.text("zone.other", {{"zone", name}});
}

void addTime(json& values, const Dates& dates, Instant at) {
  values["iso"] = toIso(at);
  values["time"] = dates.time(at);
}

std::string shownReply(std::string_view reply) {
  if (reply.size() <= kShownReplyBytes) return std::string(reply);
  auto end = kShownReplyBytes;
  while (end > 0 && (static_cast<unsigned char>(reply[end]) & 0xC0) == 0x80) --end;
  return std::string(reply.substr(0, end)) + "…";
}

}  // namespace arrivald::pages
