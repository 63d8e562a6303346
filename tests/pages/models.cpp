#include "models.hpp"

#include "pages/address_page.hpp"
#include "pages/followup_page.hpp"
#include "pages/group_page.hpp"
#include "pages/incident_page.hpp"
#include "pages/list_page.hpp"
#include "pages/login_page.hpp"
#include "pages/record_page.hpp"
#include "pages/release_page.hpp"
#include "pages/result_page.hpp"

namespace arrivald::pages {
namespace {

Instant at(const char* iso) { return parseIso(iso).value(); }
Date date(const char* text) { return parseDate(text).value(); }

Shell shellOf(Language language, Tab tab, const std::string& role) {
  Shell shell;
  shell.language = language;
  shell.zone = TimeZone::find("Asia/Tokyo").value();
  shell.now = at("2026-11-25T05:40:00Z");
  shell.tab = tab;
  shell.user = "ops-1";
  shell.role = role;
  shell.csrf = "csrf-token";
  shell.here = "/?period=7d";
  shell.watchUrl = "https://arrivald.example.net/";
  shell.version = "0.1.0";
  return shell;
}

ListRow rowOf(const Outside& outside, const std::string& role, int n) {
  ListRow row;
  row.id = std::to_string(100 + n);
  row.address = outside.address;
  row.href = "/addresses/e" + row.id;
  row.list = n == 1 ? "blocks" : n == 3 ? "spam_reports" : "bounces";
  row.account = outside.name;
  row.side = n == 1 ? "ours" : n == 2 ? "wrong_address" : "theirs";
  row.headline = "headline " + outside.name;
  row.row = "row";
  row.todo = "todo";
  row.reply = outside.reply;
  row.advice = n == 1 ? "no_difference" : n == 2 ? "do_not" : n == 3 ? "admin_only" : "once_confirmed";
  if (role == "viewer") row.lock = "viewer";
  if (role == "operator" && n == 3) row.lock = "admin";
  row.tick = n == 0 ? ListRow::Tick::on : ListRow::Tick::off;
  row.created = at("2026-11-25T05:02:00Z") - std::chrono::hours(20 * n);
  row.effect = n == 1 ? ListRow::Effect::notStopped : ListRow::Effect::stopped;
  row.stoppedSends = n == 0 ? 1 : 4;
  if (n == 4) row.removed = at("2026-11-25T00:00:00Z");
  if (n == 4) row.source = ListRow::Source::model;
  return row;
}

ListPage listOf(Language language, const Outside& outside, const std::string& role) {
  ListPage page;
  page.shell = shellOf(language, Tab::list, role);
  page.first = date("2026-11-19");
  page.last = date("2026-11-25");
  page.presets = {{"today", "/?period=today", Choice::State::other},
                  {"7 days", "/?period=7d", Choice::State::current}};
  Message first;
  first.kind = "side.ours";
  first.strong = "strong";
  first.text = "text " + outside.name;
  first.href = "/?side=ours";
  first.link = "link";
  page.whatFirst = first;
  for (const auto side : kSides)
    page.sides.push_back({std::string(side), 24, "/?side=" + std::string(side),
                          side == "ours" ? Choice::State::current : Choice::State::other});
  page.total = 147;
  page.firstRow = 1;
  page.previous = 116;
  page.crawled = at("2026-11-25T05:38:00Z");
  page.csvHref = "/export.csv?period=7d";
  page.xlsxHref = "/export.xlsx?period=7d";
  page.filters = {{"list", {{"bounces", "Bounces"}, {"blocks", "Blocks"}}, "blocks"},
                  {"group", {{outside.name, outside.name}}, ""}};
  page.domain = outside.name;
  page.active = {{"Blocks", "/?period=7d", Choice::State::other}};
  page.keptForPeriod = {{"list", "blocks"}};
  page.keptForFilter = {{"period", "7d"}};
  for (int n = 0; n < 5; ++n) page.rows.push_back(rowOf(outside, role, n));
  page.nextPageHref = "/?period=7d&after=1.2";
  page.firstPageHref = "/?period=7d";
  page.sortHref = "/?period=7d&sort=stopped";
  page.ticks = role == "viewer" ? ListPage::Ticks::none : ListPage::Ticks::allowed;
  page.selected = role == "viewer" ? 0 : 5;
  page.selectedByAdvice = {{"safe", 1}, {"once_confirmed", 2}, {"no_difference", 1}, {"do_not", 1}};
  return page;
}

ListPage emptyListOf(Language language) {
  auto page = listOf(language, {}, "operator");
  page.rows.clear();
  page.total = 0;
  page.whatFirst.reset();
  page.nextPageHref.clear();
  page.widerHref = "/?period=month";
  return page;
}

AddressPage addressOf(Language language, const Outside& outside, const std::string& role) {
  AddressPage page;
  page.shell = shellOf(language, Tab::none, role);
  page.shell.asked = outside.address;
  page.address = outside.address;
  page.unicode = outside.name;
  page.accounts = 2;
  page.lists = 6;
  page.kind = "side.theirs";
  page.say = {"one", "two"};
  page.sub = "sub";
  page.chips = {{"side.theirs", ""}, {"advice.once_confirmed", ""}, {"stopped", "4"}};
  page.steps = {{"ask", "them", ""}, {"release", "it", role == "viewer" ? "" : "100,101"}};
  page.customer = "text for " + outside.address;
  page.accountNames = {outside.name, "news"};
  using Cell = AddressPage::Cell;
  const Cell none, stopped{Cell::State::stopped, at("2026-11-21T00:14:00Z")},
      listed{Cell::State::listed, at("2026-11-02T00:00:00Z")}, unread{Cell::State::unread, std::nullopt};
  page.matrix = {{"bounces", {stopped, none}}, {"blocks", {unread, listed}}};
  page.history = {{"dropped", at("2026-11-25T05:02:00Z"), "dropped", " because", outside.name},
                  {"bounced", at("2026-11-21T00:14:00Z"), "bounced", "", ""},
                  {"delivered", at("2026-11-18T00:14:00Z"), "delivered", "", ""},
                  {"released", at("2025-06-03T00:14:00Z"), "released", "", ""}};
  page.replies = {{outside.reply, "mailbox.full.552", "/replies/100"}};
  return page;
}

ReleasePage releaseOf(Language language, const Outside& outside) {
  ReleasePage page;
  page.shell = shellOf(language, Tab::list, "operator");
  page.action = "/releases/7";
  page.backHref = "/?period=7d";
  page.draftVersion = "3";
  using Row = ReleasePage::Row;
  const auto row = [&](const char* id, const char* said, Row::Tick tick) {
    return Row{id, outside.address, "bounces", outside.name, "strong", "text", said, tick, ""};
  };
  auto locked = row("6", "", Row::Tick::off);
  locked.lock = "locked " + outside.name;
  page.groups = {
      {"safe", {row("1", "", Row::Tick::off)}},
      {"once_confirmed", {row("2", "they said so", Row::Tick::on), row("3", "they did", Row::Tick::off)}},
      {"no_difference", {row("4", "", Row::Tick::off)}},
      {"do_not", {row("5", "", Row::Tick::off)}},
      {"admin_only", {locked}}};
  page.total = 6;
  page.safe = 1;
  page.confirmed = 1;
  page.leftToday = 45;
  page.perDay = 50;
  page.perRequest = 20;
  return page;
}

ReleasePage failedReleaseOf(Language language, const Outside& outside) {
  auto page = releaseOf(language, outside);
  page.typed = outside.name;
  page.memo = outside.name;
  page.reason = "they_told_us";
  page.numberError = "not " + outside.name;
  page.reasonError = "choose";
  Message message;
  message.kind = "error";
  message.strong = "not released";
  message.lines = {{"choose", "why"}, {page.numberError, "n"}, {"no field", ""}};
  message.urgency = Message::Urgency::alert;
  page.shell.messages = {message};
  return page;
}

std::vector<ReleasedRow> releasedRows(const Outside& outside) {
  std::vector<ReleasedRow> rows;
  const std::pair<const char*, const char*> states[] = {{"waiting", ""},
                                                        {"pending", "not_sent_yet"},
                                                        {"gone", "delivered"},
                                                        {"gone", "bounced_again"},
                                                        {"already_gone", "unknown"},
                                                        {"changed", ""},
                                                        {"still_listed", ""},
                                                        {"refused", ""},
                                                        {"failed", ""},
                                                        {"gone", "still_dropped"},
                                                        {"gone", "undone"},
                                                        {"asked", ""}};
  for (const auto& [outcome, after] : states) {
    ReleasedRow row;
    row.id = std::to_string(rows.size());
    row.address = outside.address;
    row.list = "unsubscribes";
    row.account = outside.name;
    row.href = "/addresses/e1";
    row.at = at("2026-11-25T05:30:00Z");
    row.by = outside.name;
    row.outcome = outcome;
    row.seen = at("2026-11-25T05:31:08Z");
    row.after = after;
    if (row.after == "bounced_again") {
      row.later = at("2026-11-25T05:35:00Z");
      row.detail = outside.name;
      row.second = ReleasedRow::Second::adminOnly;
    }
    if (row.after == "delivered") row.undoHref = "/releases/7/undo";
    if (row.after == "delivered") row.requestHref = "/releases/7";
    rows.push_back(row);
  }
  return rows;
}

FollowupPage followupOf(Language language, const Outside& outside) {
  FollowupPage page;
  page.shell = shellOf(language, Tab::releases, "operator");
  for (const auto* kind : {"pending", "not_sent_yet", "delivered", "bounced_again"})
    page.tiles.push_back({kind, 3, "/releases?state=" + std::string(kind), Choice::State::other});
  page.rows = releasedRows(outside);
  page.total = 49;
  page.firstRow = 1;
  page.nextPageHref = "/releases?after=9";
  return page;
}

RecordPage recordOf(Language language, const Outside& outside, const std::string& role) {
  RecordPage page;
  page.shell = shellOf(language, Tab::releases, role);
  page.scope = role == "admin" ? RecordPage::Scope::all : RecordPage::Scope::own;
  page.csvHref = "/audit.csv";
  page.user = outside.name;
  page.actions = {{"ask", "Asked"}, {"log_in", outside.name}};
  page.action = "log_in";
  page.address = outside.address;
  page.addressError = outside.name;
  page.rows = {
      {at("2026-11-25T05:30:03Z"), outside.name, "192.0.2.17", "Asked", outside.address, "Safe", "204"},
      {at("2026-11-25T05:20:03Z"), "", "", outside.name, "", "", ""}};
  page.nextPageHref = "/audit?after=3";
  return page;
}

GroupPage groupOf(Language language, const Outside& outside) {
  GroupPage page;
  page.shell = shellOf(language, Tab::groups, "viewer");
  page.name = outside.name;
  page.groups = {{outside.name, outside.name}, {"docomo", "docomo"}};
  page.chosen = outside.name;
  page.first = date("2026-11-12");
  page.last = date("2026-11-25");
  page.total = 49;
  page.kind = "side.ours";
  page.say = {"say"};
  page.sub = "sub " + outside.name;
  page.chips = {{"side.ours", ""}, {"arrived", "1,198"}};
  for (int day = 0; day < 14; ++day)
    page.days.push_back({page.first + std::chrono::days(day), {day == 13 ? 22 : 0, day % 3, day % 2, 0, 0}});
  page.causes = {{outside.name, "/?cause=1", "ours", 22}, {"full", "/?cause=2", "theirs", 11}};
  page.itText = outside.reply;
  page.rowsHref = "/?group=x";
  return page;
}

GroupsPage groupsOf(Language language, const Outside& outside) {
  GroupsPage page;
  page.shell = shellOf(language, Tab::groups, "viewer");
  page.first = date("2026-11-19");
  page.last = date("2026-11-25");
  page.rows = {{outside.name, "/groups/x", {22, 11, 7, 0, 1}}};
  return page;
}

LoginPage loginOf(Language language, const Outside& outside) {
  LoginPage page;
  page.shell = shellOf(language, Tab::none, "");
  page.shell.user.clear();
  page.shell.csrf.clear();
  Message note;
  note.kind = "expired";
  note.strong = "logged out";
  note.text = outside.name;
  page.note = note;
  page.user = outside.name;
  page.returnTo = "/releases/7";
  page.kept = "key";
  return page;
}

ProblemPage problemOf(Language language, const Outside& outside) {
  return {shellOf(language, Tab::none, "viewer"), "heading", outside.name};
}

}  // namespace

namespace {

IncidentPage incidentOf(Language language, const Outside& outside) {
  const bool japanese = language == Language::japanese;
  const auto now = parseIso("2026-11-24T02:06:00Z").value();
  IncidentPage page;
  page.language = language;
  page.zone = TimeZone::find("Asia/Tokyo").value();
  page.now = now;
  page.version = "0.1.0";
  page.deskUrl = "https://desk.example.jp";
  page.number = 128;
  page.account = outside.name;
  page.weight = Weight::critical;
  page.state = japanese ? "緊急" : "Critical";
  page.headline =
      (japanese ? "Gmail宛てのメールの28 %が断られています " : "28 % of mail to Gmail is refused ") +
      outside.name;
  page.sentence = japanese ? "10:46 JSTから、Gmail宛てのメールの一部が断られています。"
                           : "Since 10:46 JST some mail to Gmail is refused.";
  page.since = now - std::chrono::minutes(20);
  page.next = japanese ? "応答文をDNS担当に渡してください。" : "Give the reply to whoever runs our domain.";
  page.side = japanese ? "こちら側(送信元)とみられます。" : "Probably ours.";
  page.acknowledged = outside.name;
  page.silenced = outside.name;
  page.replies = {outside.reply};
  for (int i = 0; i < 6; ++i)
    page.course.push_back({now - std::chrono::minutes(60 - 10 * i), i == 1 ? 0 : 30 + i, i < 3 ? 0 : 4 * i});
  page.each = std::chrono::minutes(10);
  page.categories = {{outside.name, 60, 19}, {"password-reset", 40, 11}};
  page.receivers = {{"Gmail", 155, 37}, {"Local governments", 3, 0}};
  page.members = {{"delivery-rate", outside.name, "81.0 %", now - std::chrono::minutes(10)},
                  {outside.name, "Gmail", "", std::nullopt}};
  page.messages = {{now, "on-call", outside.name, "ok"},
                   {now - std::chrono::minutes(10), "on-call", outside.name, "ok"}};
  page.links = {{outside.name, "https://desk.example.jp/?group=Gmail&cause=auth_failure"}};
  page.commands = {{outside.name, "arrivald explain-alert delivery-rate"}};
  return page;
}

IncidentPage endedIncidentOf(Language language) {
  auto page = incidentOf(language, {});
  page.number = 140;
  page.weight = Weight::over;
  page.until = page.now - std::chrono::minutes(2);
  page.bad = IncidentPage::Bad::late;
  page.next.clear();
  page.side.clear();
  page.acknowledged.clear();
  page.silenced.clear();
  page.replies.clear();
  page.categories.clear();
  page.members.clear();
  page.messages.clear();
  page.links.clear();
  page.commands.clear();
  return page;
}

OtherNumberPage noIncidentOf(Language language) {
  const auto like = incidentOf(language, {});
  return {like.language, like.zone, like.now, like.version, "", 999};
}

OtherNumberPage ownTroubleOf(Language language) {
  auto page = noIncidentOf(language);
  page.number = 7;
  OtherNumberPage::OwnTrouble trouble;
  const bool isJapanese = language == Language::japanese;
  trouble.title = isJapanese ? "arrivaldのディスクがいっぱいです" : "arrivald's disk is full";
  trouble.sentence =
      isJapanese ? "2026-11-24 10:58から保存できません。" : "Nothing can be stored since 2026-11-24 10:58.";
  trouble.next = isJapanese ? "空きを作ってください。" : "Free some <space>.";
  trouble.notes.push_back(
      {isJapanese ? "どちら側か" : "Whose side", isJapanese ? "arrivald自身" : "arrivald's own"});
  page.trouble = std::move(trouble);
  return page;
}

}  // namespace

std::vector<Rendered> allPages(Language language, const Outside& outside) {
  std::vector<Rendered> pages;
  for (const auto* role : {"viewer", "operator", "admin"}) {
    const auto suffix = std::string("-") + role;
    pages.push_back({"list" + suffix, render(listOf(language, outside, role))});
    pages.push_back({"address" + suffix, render(addressOf(language, outside, role))});
    pages.push_back({"record" + suffix, render(recordOf(language, outside, role))});
  }
  pages.push_back({"list-empty", render(emptyListOf(language))});
  pages.push_back({"release", render(releaseOf(language, outside))});
  pages.push_back({"release-failed", render(failedReleaseOf(language, outside))});
  ResultPage result{shellOf(language, Tab::releases, "operator"), "/", "sub " + outside.name,
                    ResultPage::Stage::verifying, releasedRows(outside)};
  pages.push_back({"result", render(result)});
  pages.push_back({"followup", render(followupOf(language, outside))});
  pages.push_back({"group", render(groupOf(language, outside))});
  pages.push_back({"groups", render(groupsOf(language, outside))});
  pages.push_back({"incident", render(incidentOf(language, outside))});
  pages.push_back({"incident-ended", render(endedIncidentOf(language))});
  pages.push_back({"incident-none", render(noIncidentOf(language))});
  pages.push_back({"incident-own", render(ownTroubleOf(language))});
  pages.push_back({"login", render(loginOf(language, outside))});
  pages.push_back({"problem", render(problemOf(language, outside))});
  return pages;
}

}  // namespace arrivald::pages
