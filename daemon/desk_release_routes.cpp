#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/number.hpp"
#include "daemon/desk_cause_words.hpp"
#include "daemon/desk_refusal_words.hpp"
#include "daemon/desk_released_rows.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/ongoing.hpp"
#include "desk/origin.hpp"
#include "desk/permissions.hpp"
#include "pages/context.hpp"
#include "pages/login_page.hpp"
#include "pages/release_page.hpp"
#include "pages/result_page.hpp"

namespace arrivald {

using desk::Refusal;
using http::Response;
using suppression::Extent;
using suppression::ItemId;
using suppression::ReleaseId;
using suppression::ReleaseState;

namespace {

constexpr std::string_view kPrefix = "/releases/";

/// What the form of a draft held, to show it again.
struct Filled {
  std::set<ItemId> said;
  std::string reason, memo, typed;
  desk::Refusals refusals;
  DeskVisit::Trust trust = DeskVisit::Trust::full;
};

template <class Id>
std::optional<Id> idFrom(std::string_view text) {
  const auto value = numberIn<std::int64_t>(text);
  if (text.size() > 18 || !value || *value <= 0) return std::nullopt;
  return Id{*value};
}

std::string idText(ItemId id) { return std::to_string(static_cast<std::int64_t>(id)); }
std::string pathOf(ReleaseId id) { return fmt::format("/releases/{}", static_cast<std::int64_t>(id)); }

std::string backOf(const DeskVisit& visit) { return desk::localPath(visit.query.text("back")); }

// To the page of a request, which knows the way back to the list as it was.
std::string hrefOf(ReleaseId id, const std::string& back) {
  const auto query = back == "/" ? std::string() : desk::toQuery({{"back", back}});
  return pathOf(id) + (query.empty() ? "" : "?" + query);
}

// The field that a refusal is about; empty: none.
std::string fieldOf(const Refusal& refusal) {
  switch (refusal.kind) {
    case Refusal::Kind::numberWrong:
    case Refusal::Kind::numberMissing:
      return "n";
    case Refusal::Kind::motiveMissing:
      return "why";
    case Refusal::Kind::memoTooLong:
      return "memo";
    default:
      return {};
  }
}

void addErrors(const DeskVisit& visit, const desk::ReleaseView& view, const desk::Refusals& refusals,
               pages::ReleasePage& page) {
  if (refusals.empty()) return;
  const auto& texts = visit.texts();
  pages::Message message;
  message.kind = "error";
  message.urgency = pages::Message::Urgency::alert;
  message.strong = refusals.size() == 1
                       ? texts.text("errors.title")
                       : texts.count("errors.title.many", static_cast<std::int64_t>(refusals.size()));
  for (const auto& refusal : refusals) {
    const auto sentence = refusalWords(visit.language, refusal, view.request.user);
    const auto field = fieldOf(refusal);
    message.lines.push_back({sentence, field});
    if (field == "n") page.numberError = sentence;
    if (field == "why") page.reasonError = sentence;
  }
  page.shell.messages.push_back(std::move(message));
}

// The rows as they are by now; none of entries that the store does not hold.
std::vector<desk::ListedEntry> entriesOf(const RouteParts& parts, const desk::ReleaseView& view) {
  std::vector<suppression::EntryId> ids;
  for (const auto& item : view.items) ids.push_back(item.shown.id);
  auto found = parts.entries.find(ids);
  return found ? std::move(*found) : std::vector<desk::ListedEntry>();
}

// What will happen to a row, and first that its cause still goes on.
ReleaseConsequence presentConsequence(const RouteParts& parts, const suppression::ReleaseItem& item,
                                      const desk::ListedEntry& present, Language language) {
  // The entry as it was shown, explained in full: its class alone does not tell of a mistyped domain.
  const auto cause = parts.owners.causes().causeOf(item.shown.list, item.shown.entry);
  auto consequence = consequenceOf(item, cause, present.acceptedSince, language);
  if (present.incident == 0) return consequence;
  consequence.text = consequence.strong + consequence.text;
  consequence.strong = desk::ongoingText(present, language);
  return consequence;
}

pages::ReleasePage::Row rowOf(const suppression::ReleaseItem& item, ReleaseConsequence consequence,
                              const Filled& filled) {
  pages::ReleasePage::Row row;
  row.id = idText(item.id);
  row.address = item.shown.entry.email;
  row.list = name(item.shown.list);
  row.account = item.shown.account;
  row.strong = std::move(consequence.strong);
  row.text = std::move(consequence.text);
  row.said = std::move(consequence.said);
  if (filled.said.contains(item.id)) row.tick = pages::ReleasePage::Row::Tick::on;
  return row;
}

constexpr std::size_t kNamedRows = 100;

std::string leftOutText(const DeskVisit& visit, const desk::ListedEntry& entry, std::string why) {
  const auto& texts = visit.texts();
  return texts.text("left_out.row", {{"address", entry.entry.email},
                                     {"list", texts.text(fmt::format("list.{}", name(entry.list)))},
                                     {"account", entry.account},
                                     {"why", std::move(why)}});
}

// The ids of entries that a parameter names, as the address of the page tells.
std::vector<suppression::EntryId> entriesIn(const DeskVisit& visit, const char* parameter) {
  std::vector<suppression::EntryId> ids;
  for (const auto& text : visit.query.pieces(parameter))
    if (const auto id = desk::entryIdFrom(text); id && ids.size() < kNamedRows) ids.push_back(*id);
  return ids;
}

// Rows that were selected and are not in the draft: each with why.
void addLeftOut(const RouteParts& parts, const DeskVisit& visit, pages::Shell& shell) {
  const auto& texts = visit.texts();
  for (const auto& [parameter, key] : {std::pair{"left", "left_out"}, std::pair{"twice", "left_out.twice"}}) {
    const auto ids = entriesIn(visit, parameter);
    if (ids.empty()) continue;
    pages::Message message;
    message.strong = texts.count(key, static_cast<std::int64_t>(ids.size()));
    const bool isTwice = std::string_view(parameter) == "twice";
    const auto entries = parts.entries.find(ids);
    if (entries) {
      const auto locks = parts.releases.locks(visit.actor, *entries);
      for (std::size_t i = 0; i < entries->size(); ++i) {
        auto why = texts.text(isTwice ? "left_out.twice.why" : "left_out.free");
        if (!isTwice && locks && locks->at(i)) why = lockText(visit, *locks->at(i));
        message.lines.push_back({leftOutText(visit, entries->at(i), std::move(why)), ""});
      }
    }
    shell.messages.push_back(std::move(message));
  }
}

std::string joined(const std::vector<suppression::EntryId>& ids) {
  std::string text;
  for (const auto id : ids) text += (text.empty() ? "" : ",") + desk::toText(id);
  return text;
}

// Where the page of a draft is, with what it says besides.
std::string draftHref(const DeskVisit& visit, ReleaseId id) {
  std::vector<std::pair<std::string, std::string>> query;
  if (const auto back = backOf(visit); back != "/") query.emplace_back("back", back);
  for (const auto* parameter : {"left", "twice"})
    if (auto ids = joined(entriesIn(visit, parameter)); !ids.empty())
      query.emplace_back(parameter, std::move(ids));
  const auto asked = desk::toQuery(query);
  return pathOf(id) + (asked.empty() ? "" : "?" + asked);
}

Response draftPage(const RouteParts& parts, const DeskVisit& visit, const desk::ReleaseView& view,
                   const Filled& filled) {
  const auto& settings = parts.releases.settings();
  pages::ReleasePage page;
  page.shell = shellOf(visit, pages::Tab::list);
  page.action = draftHref(visit, view.request.id);
  page.backHref = backOf(visit);
  page.draftVersion = std::to_string(view.request.version);
  const auto entries = entriesOf(parts, view);
  addOngoing(visit, entries, page.shell);
  const auto presentOf = [&](suppression::EntryId id) {
    const auto found = std::ranges::find(entries, id, &desk::ListedEntry::id);
    return found == entries.end() ? desk::ListedEntry() : *found;
  };
  for (const auto advice : suppression::kAdvices) {
    pages::ReleasePage::Group group;
    group.advice = name(advice);
    for (const auto& item : view.items) {
      if (item.shown.advice != advice) continue;
      auto consequence = presentConsequence(parts, item, presentOf(item.shown.id), visit.language);
      group.rows.push_back(rowOf(item, std::move(consequence), filled));
      if (advice == suppression::Advice::safe) ++page.safe;
      if (group.rows.back().tick == pages::ReleasePage::Row::Tick::on) ++page.confirmed;
    }
    if (!group.rows.empty()) page.groups.push_back(std::move(group));
  }
  page.total = static_cast<std::int64_t>(view.items.size());
  page.leftToday = static_cast<std::int64_t>(view.leftToday);
  page.perDay = static_cast<std::int64_t>(settings.limits.perDay);
  page.perRequest = static_cast<std::int64_t>(settings.limits.perRequest);
  page.reason = filled.reason;
  page.memo = filled.memo;
  page.typed = filled.typed;
  addLeftOut(parts, visit, page.shell);
  addErrors(visit, view, filled.refusals, page);
  if (filled.trust == DeskVisit::Trust::full)
    return htmlResponse(filled.refusals.empty() ? 200 : 422, render(page));
  pages::Message message;
  message.kind = "error";
  message.urgency = pages::Message::Urgency::alert;
  message.strong = visit.texts().text("problem.csrf");
  message.text = visit.texts().text("problem.csrf.form");
  page.shell.messages.push_back(std::move(message));
  return htmlResponse(403, render(page));
}

/// How far the rows of a decided request have come.
struct Tally {
  std::int64_t chosen = 0;
  std::int64_t gone = 0;  ///< off the list
  std::int64_t lost = 0;  ///< over, and not gone
  std::int64_t waiting = 0, pending = 0;
  std::int64_t stalled = 0;  ///< of those that are not over, asked for in vain
  std::optional<Instant> stalledSince;
  suppression::Problem problem = suppression::Problem::none;  ///< of the first of them
  bool unsure = false;  ///< one that is lost was asked for, and may be gone after all
};

Tally tallyOf(const desk::ReleaseView& view) {
  using suppression::ItemState;
  Tally tally;
  for (const auto& item : view.items) {
    if (!item.chosen) continue;
    ++tally.chosen;
    const auto& progress = item.progress;
    if (const auto since = stalledSince(progress)) {
      if (++tally.stalled == 1) tally.problem = progress.problem;
      tally.stalledSince = std::min(tally.stalledSince.value_or(*since), *since);
    }
    if (progress.state == ItemState::waiting) {
      ++tally.waiting;
    } else if (suppression::isOpen(progress.state)) {
      ++tally.pending;
    } else if (progress.state == ItemState::gone || progress.state == ItemState::alreadyGone) {
      ++tally.gone;
    } else {
      ++tally.lost;
      if (progress.calls > 0 && progress.problem != suppression::Problem::stillListed) tally.unsure = true;
    }
  }
  return tally;
}

// What became of a request whose rows are all over.
void tellEnd(const pages::Texts& texts, const Tally& tally, pages::Message& message) {
  if (tally.lost == 0) {
    message.strong = texts.count("result.settled", tally.gone);
    return;
  }
  message.kind = tally.gone == 0 ? "error" : "partly";
  if (tally.gone == 0)
    message.strong = texts.text(tally.unsure ? "result.unsure" : "result.none");
  else
    message.strong = texts.text("result.some", {{"n", pages::numberText(tally.chosen)},
                                                {"gone", pages::numberText(tally.gone)},
                                                {"lost", pages::numberText(tally.lost)}});
}

// How far the rows have come, in one sentence each.
void tellProgress(const DeskVisit& visit, const Tally& tally, pages::Message& message) {
  const auto& texts = visit.texts();
  const auto add = [&](const std::string& sentence) {
    if (!message.text.empty() && visit.language == Language::english) message.text += ' ';
    message.text += sentence;
  };
  const auto open = tally.waiting + tally.pending;
  if (open == 0)
    tellEnd(texts, tally, message);
  else
    message.strong = texts.count(tally.waiting > 0 ? "result.accepted" : "result.asked",
                                 tally.waiting > 0 ? tally.chosen : tally.chosen - tally.lost);
  if (tally.stalledSince) {
    message.kind = "partly";
    const auto shell = emptyShell(visit.config, visit.now, visit.language, "");
    add(texts.text("result.stalled", {{"problem", texts.text(fmt::format("problem.{}", name(tally.problem)))},
                                      {"since", pages::Dates(shell).time(*tally.stalledSince)},
                                      {"n", pages::numberText(tally.stalled)}}));
  }
  if (tally.gone > 0) add(texts.count("result.gone", tally.gone));
  if (open > 0 && tally.lost > 0) add(texts.count("result.lost", tally.lost));
  if (tally.waiting > 0) add(texts.count("result.waiting", tally.waiting));
  if (tally.pending > 0) add(texts.count("result.pending", tally.pending));
  if (open > 0) add(texts.text("result.going_on"));
}

pages::Message summaryOf(const DeskVisit& visit, const desk::ReleaseView& view) {
  const auto& texts = visit.texts();
  pages::Message message;
  message.kind = "ok";
  if (view.request.state == ReleaseState::cancelled || view.request.state == ReleaseState::expired) {
    message.kind = "info";
    message.strong =
        texts.text(view.request.state == ReleaseState::cancelled ? "result.cancelled" : "result.expired");
    return message;
  }
  message.href = backOf(visit);
  if (view.request.state == ReleaseState::draft) {
    message.kind = "info";
    message.strong = texts.text("result.draft", {{"user", view.request.user}});
    message.link = texts.text("result.to_list");
    return message;
  }
  const auto tally = tallyOf(view);
  if (view.request.mode == suppression::Mode::rehearsal) {
    const bool isOver = tally.waiting + tally.pending == 0;
    message.kind = "info";
    message.strong = isOver ? texts.text("result.rehearsal") : texts.count("result.accepted", tally.chosen);
    message.text = texts.text("result.rehearsed");
  } else {
    tellProgress(visit, tally, message);
  }
  const auto rest = static_cast<std::int64_t>(view.items.size()) - tally.chosen;
  message.link = rest > 0 ? texts.count("result.rest", rest) : texts.text("result.to_list");
  return message;
}

pages::ResultPage resultOf(const DeskVisit& visit, const desk::ReleaseView& view) {
  const auto& texts = visit.texts();
  pages::ResultPage page;
  page.shell = shellOf(visit, pages::Tab::releases);
  page.shell.messages.push_back(summaryOf(visit, view));
  page.backHref = backOf(visit);
  const auto& decision = view.request.decision;
  if (decision.at)
    page.sub = texts.text(
        "result.sub",
        {{"user", view.request.user},
         {"time", pages::Dates(page.shell).time(*decision.at)},
         {"reason", decision.motive ? texts.text(fmt::format("reason.{}", name(*decision.motive))) +
                                          (decision.memo.empty() ? "" : " (" + decision.memo + ")")
                                    : ""}});
  const bool isDraft = view.request.state == ReleaseState::draft;
  page.stage = isDraft                                    ? pages::ResultPage::Stage::checking
               : view.request.state == ReleaseState::done ? pages::ResultPage::Stage::following
                                                          : pages::ResultPage::Stage::verifying;
  for (const auto& item : view.items) {
    if (!item.chosen && !isDraft) continue;
    page.rows.push_back(releasedRowOf(visit, {item, view.request}));
    page.rows.back().requestHref.clear();
    // Nobody has decided yet that anything is to happen to it.
    if (isDraft) page.rows.back().outcome.clear();
  }
  return page;
}

// What became of a request that somebody wants to stop after it was decided.
Response askedAlready(const DeskVisit& visit, const desk::ReleaseView& view) {
  auto page = resultOf(visit, view);
  pages::Message message;
  message.kind = "error";
  message.urgency = pages::Message::Urgency::alert;
  message.strong = visit.texts().text("result.asked_already");
  message.href = hrefOf(view.request.id, backOf(visit));
  message.link = visit.texts().text("result.open");
  page.shell.messages.insert(page.shell.messages.begin(), std::move(message));
  return htmlResponse(409, render(page));
}

// For the script of a page that waits.
Response wordsOf(const DeskVisit& visit, const desk::ReleaseView& view) {
  std::vector<pages::ReleasedRow> rows;
  for (const auto& item : view.items)
    if (item.chosen) rows.push_back(releasedRowOf(visit, {item, view.request}));
  return {
      200, {{"Content-Type", "application/json"}}, releasedWords(rows, shellOf(visit, pages::Tab::releases))};
}

Response refusedResponse(const DeskVisit& visit, const desk::Refusals& refusals,
                         const suppression::ReleaseRequest* request = nullptr) {
  if (contains(refusals, Refusal::Kind::notFound)) return problemResponse(visit, 404, "problem.not_found");
  if (contains(refusals, Refusal::Kind::mayNot)) return problemResponse(visit, 403, "problem.denied");
  if (contains(refusals, Refusal::Kind::store)) return problemResponse(visit, 503, "problem.unavailable");
  auto shell = shellOf(visit, pages::Tab::releases);
  const auto& texts = visit.texts();
  pages::ProblemPage page{std::move(shell), texts.text("problem.denied"),
                          refusals.empty()
                              ? texts.text("refused.other")
                              : refusalWords(visit.language, refusals.front(), request ? request->user : "")};
  return htmlResponse(409, render(page));
}

// Of a request that exists, which the sentence may be about.
Response refusedDecision(const RouteParts& parts, const DeskVisit& visit, ReleaseId id,
                         const desk::Refusals& refusals) {
  const auto view = parts.releases.find(visit.actor, id);
  if (view && contains(refusals, Refusal::Kind::decided)) return askedAlready(visit, *view);
  return refusedResponse(visit, refusals, view ? &view->request : nullptr);
}

std::optional<ReleaseId> releaseOf(const DeskVisit& visit) {
  auto text = visit.behind(kPrefix);
  return idFrom<ReleaseId>(text.substr(0, text.find('/')));
}

Filled filledIn(const desk::Form& form) {
  Filled filled;
  for (const auto& text : form.all("said"))
    if (const auto id = idFrom<ItemId>(text)) filled.said.insert(*id);
  filled.reason = form.text("why");
  filled.memo = form.text("memo");
  filled.typed = form.text("n");
  return filled;
}

// What the form held when its session had ended.
Filled keptOf(const RouteParts& parts, const DeskVisit& visit) {
  const auto form = parts.forms.take(visit.query.text("kept"), visit.actor.user);
  return form ? filledIn(*form) : Filled();
}

// Enter in a field does what the big button does, the safe one; with the number that the other way asks for
// it takes that way. Nothing for what no button of the form says.
std::optional<Extent> extentOf(std::string_view chosen, const Filled& filled) {
  if (chosen == "advised") return Extent::advised;
  if (chosen == "all") return Extent::all;
  if (chosen != "enter") return std::nullopt;
  return filled.typed.find_first_not_of(" \t") == std::string::npos ? Extent::advised : Extent::all;
}

desk::Confirmation confirmationOf(const DeskVisit& visit, ReleaseId id, Extent extent, const Filled& filled) {
  desk::Confirmation form;
  form.id = id;
  const auto version = idFrom<ItemId>(visit.form.text("version"));
  form.version = version ? static_cast<std::int64_t>(*version) : 0;
  form.extent = extent;
  form.asserted.assign(filled.said.begin(), filled.said.end());
  form.motive = suppression::motiveNamed(filled.reason);
  form.memo = filled.memo;
  form.typed = filled.typed;
  return form;
}

// Released rows are ticked no longer, the others still are.
void untick(const RouteParts& parts, const DeskVisit& visit, const desk::ReleaseView& view) {
  std::vector<suppression::EntryId> released;
  for (const auto& item : view.items)
    if (item.chosen) released.push_back(item.shown.id);
  static_cast<void>(parts.selections.remove(visit.actor.user, released));
}

}  // namespace

std::string lockText(const DeskVisit& visit, const desk::Lock& lock) {
  const auto& texts = visit.texts();
  if (lock.kind == desk::Lock::Kind::claimed && lock.claim)
    return texts.text("lock.claimed",
                      {{"user", lock.claim->user},
                       {"time", pages::Dates(shellOf(visit, pages::Tab::none)).time(lock.claim->since)}});
  if (lock.kind == desk::Lock::Kind::needsAdmin && lock.failedAgain) return texts.text("lock.second");
  return texts.text(fmt::format("lock.{}", name(lock.kind)));
}

// None of the rows can be released: each is named with why.
static Response nothingLeft(const RouteParts& parts, const DeskVisit& visit,
                            const std::vector<suppression::EntryId>& entries) {
  auto shell = shellOf(visit, pages::Tab::list);
  const auto& texts = visit.texts();
  std::string text = texts.text("left_out.none");
  const auto rows = parts.entries.find(std::span(entries).first(std::min(entries.size(), kNamedRows)));
  if (rows) {
    const auto locks = parts.releases.locks(visit.actor, *rows);
    pages::Message message;
    message.kind = "error";
    message.strong = texts.count("left_out", static_cast<std::int64_t>(rows->size()));
    for (std::size_t i = 0; locks && i < rows->size(); ++i)
      message.lines.push_back(
          {leftOutText(visit, rows->at(i), locks->at(i) ? lockText(visit, *locks->at(i)) : ""), ""});
    shell.messages.push_back(std::move(message));
  }
  pages::ProblemPage page{std::move(shell), texts.text("problem.denied"), std::move(text)};
  return htmlResponse(409, render(page));
}

Response draftOf(const RouteParts& parts, const DeskVisit& visit,
                 const std::vector<suppression::EntryId>& entries, const std::string& back) {
  const auto mode = visit.config.desk->dryRun ? suppression::Mode::rehearsal : suppression::Mode::real;
  const auto drafted = parts.releases.draft(visit.actor, entries, mode);
  if (!drafted && contains(drafted.error(), Refusal::Kind::nothingSelected) && !entries.empty())
    return nothingLeft(parts, visit, entries);
  if (!drafted) return refusedResponse(visit, drafted.error());
  std::vector<suppression::EntryId> left, twice;
  for (const auto& one : drafted->leftOut) {
    const bool isTwice = one.lock.claim && one.lock.claim->release == drafted->id;
    auto& named = isTwice ? twice : left;
    if (named.size() < kNamedRows) named.push_back(one.entry.id);
  }
  std::vector<std::pair<std::string, std::string>> query;
  if (back != "/") query.emplace_back("back", back);
  query.emplace_back("left", joined(left));
  query.emplace_back("twice", joined(twice));
  const auto asked = desk::toQuery(query);
  return seeOther(pathOf(drafted->id) + (asked.empty() ? "" : "?" + asked));
}

Response draftRelease(const RouteParts& parts, const DeskVisit& visit) {
  std::vector<suppression::EntryId> entries;
  for (const auto& text : visit.form.pieces("entries"))
    if (const auto id = desk::entryIdFrom(text)) entries.push_back(*id);
  return draftOf(parts, visit, entries, "/");
}

Response releasePage(const RouteParts& parts, const DeskVisit& visit) {
  const auto id = releaseOf(visit);
  if (!id) return problemResponse(visit, 404, "problem.not_found");
  const auto view = parts.releases.find(visit.actor, *id);
  if (!view) return refusedResponse(visit, view.error());
  const auto accept = visit.request.headers.find("Accept");
  if (accept && *accept == "application/json") return wordsOf(visit, *view);
  if (view->request.state == ReleaseState::draft && view->request.user == visit.actor.user)
    return draftPage(parts, visit, *view, keptOf(parts, visit));
  return htmlResponse(200, render(resultOf(visit, *view)));
}

std::optional<Response> draftAgain(const RouteParts& parts, const DeskVisit& visit) {
  const auto id = visit.request.path.ends_with("/undo") ? std::nullopt : releaseOf(visit);
  if (!id) return std::nullopt;
  const auto view = parts.releases.find(visit.actor, *id);
  const bool isDraft =
      view && view->request.state == ReleaseState::draft && view->request.user == visit.actor.user;
  if (!isDraft) return std::nullopt;
  auto filled = filledIn(visit.form);
  filled.trust = visit.trust;
  return draftPage(parts, visit, *view, filled);
}

Response decideRelease(const RouteParts& parts, const DeskVisit& visit) {
  const auto id = releaseOf(visit);
  if (!id) return problemResponse(visit, 404, "problem.not_found");
  auto filled = filledIn(visit.form);
  const auto& chosen = visit.form.text("do");
  if (const auto item = idFrom<ItemId>(visit.form.text("drop"))) {
    const auto view = parts.releases.drop(visit.actor, *id, *item);
    if (!view) return refusedDecision(parts, visit, *id, view.error());
    return view->request.state == ReleaseState::draft ? draftPage(parts, visit, *view, filled)
                                                      : seeOther(backOf(visit));
  }
  if (chosen == "cancel") {
    const auto view = parts.releases.cancel(visit.actor, *id);
    return view ? seeOther(backOf(visit)) : refusedDecision(parts, visit, *id, view.error());
  }
  const auto extent = extentOf(chosen, filled);
  if (!extent) return problemResponse(visit, 400, "problem.unknown");
  const auto decided = parts.releases.confirm(visit.actor, confirmationOf(visit, *id, *extent, filled));
  if (decided) {
    untick(parts, visit, *decided);
    return seeOther(hrefOf(*id, backOf(visit)));
  }
  filled.refusals = decided.error();
  // Shown again, filled in, with what is wrong.
  const auto view = parts.releases.find(visit.actor, *id);
  if (!view) return refusedResponse(visit, view.error());
  if (contains(filled.refusals, Refusal::Kind::notYours))
    return refusedResponse(visit, filled.refusals, &view->request);
  if (view->request.state != ReleaseState::draft) return seeOther(hrefOf(*id, backOf(visit)));
  return draftPage(parts, visit, *view, filled);
}

runtime::Task<Response> undoRelease(const RouteParts& parts, const DeskVisit& visit) {
  const auto id = releaseOf(visit);
  if (!id) co_return problemResponse(visit, 404, "problem.not_found");
  auto& clock = parts.owners.clock();
  auto actor = visit.actor;
  const auto item = idFrom<ItemId>(visit.form.text("item"));
  const auto undone = co_await desk::undoRelease(parts.releases, parts.clients, clock, actor, *id, item);
  if (!undone) co_return refusedResponse(visit, undone.error());
  co_return seeOther(pathOf(*id));
}

}  // namespace arrivald
