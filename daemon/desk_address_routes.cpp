#include <fmt/format.h>

#include <algorithm>

#include "base/mask.hpp"
#include "base/number.hpp"
#include "causes/texts.hpp"
#include "daemon/desk_cause_words.hpp"
#include "daemon/desk_download.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/ongoing.hpp"
#include "desk/permissions.hpp"
#include "pages/address_page.hpp"
#include "pages/context.hpp"
#include "suppression/list_owner.hpp"

namespace arrivald {

using desk::AddressAnswer;
using desk::HistoryItem;
using desk::MailState;
using http::Response;
using pages::AddressPage;

namespace {

constexpr std::string_view kPrefix = "/addresses/";
constexpr std::size_t kShownHistory = 60;
constexpr std::size_t kShownReplies = 3;
constexpr std::size_t kMaxAskedShown = 400;
constexpr std::size_t kShownReplyBytes = 4096;

void noteLookUp(const RouteParts& parts, const DeskVisit& visit, const std::string& address) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::lookUp;
  entry.address = maskAddress(address);
  static_cast<void>(parts.record.append(entry));
}

// A key of a look-up, or "e" and the id of an entry.
std::optional<std::string> addressBehind(const RouteParts& parts, const std::string& key) {
  if (auto kept = parts.lookUps.find(key)) return kept;
  if (!key.starts_with('e')) return std::nullopt;
  const auto id = desk::entryIdFrom(std::string_view(key).substr(1));
  if (!id) return std::nullopt;
  const auto found = parts.entries.find(std::array{*id});
  if (!found || found->empty()) return std::nullopt;
  return found->front().entry.email;
}

const desk::ListedEntry* decisive(const AddressAnswer& answer) {
  return answer.decisive ? &answer.entries.at(*answer.decisive) : nullptr;
}

void addAnswer(const DeskVisit& visit, const AddressAnswer& answer, const pages::Dates& dates,
               AddressPage& page) {
  const auto& texts = visit.texts();
  switch (answer.state) {
    case MailState::stopped:
      page.say = {texts.text("answer.stopped"), answer.text.headline};
      break;
    case MailState::blocked:
      page.say = {texts.text("answer.blocked.whole"), answer.text.headline};
      break;
    case MailState::notStopped:
      page.kind = "delivered";
      page.say = {texts.text("answer.clear"),
                  answer.lastDelivered
                      ? texts.text("answer.clear.arrived", {{"time", dates.time(*answer.lastDelivered)}})
                      : texts.text(answer.unread.empty() ? "answer.clear.none" : "unread.listed_nowhere")};
      if (answer.maybeHidden) page.sub = texts.text("answer.clear.carrier");
      return;
    case MailState::noRecord:
      page.kind = "side.unknown";
      page.say = {texts.text("answer.no_record"), texts.text("answer.no_record.spelling")};
      if (!answer.meantDomain.empty())
        page.sub = texts.text("answer.no_record.nearest", {{"domain", answer.meantDomain}});
      return;
    case MailState::unknown:
      page.kind = "side.unknown";
      page.say = {texts.text("state.unknown"),
                  texts.text(answer.decisive ? "answer.blocked.more" : "unread.listed_nowhere")};
      if (!answer.decisive) return;
      break;
  }
  const auto& entry = *decisive(answer);
  if (answer.state != MailState::unknown)
    page.kind = suppression::isWish(entry.list) ? "side.theirs" : fmt::format("side.{}", name(entry.side));
  if (suppression::isWish(entry.list)) page.say.back() = causeWordsOf(entry, visit.language).row;
  page.sub = suppression::isWish(entry.list) ? "" : answer.text.detail;
  page.chips.push_back({page.kind, ""});
  page.chips.push_back({fmt::format("advice.{}", name(entry.advice)), ""});
  if (answer.state == MailState::stopped && entry.stoppedSends > 0)
    page.chips.push_back(
        {"stopped", texts.count("stopped", entry.stoppedSends) +
                        texts.text("answer.since", {{"date", dates.day(entry.entry.created)}})});
}

// Why a release is not advised.
std::string withoutReleaseText(const DeskVisit& visit, const desk::ListedEntry& entry) {
  const auto& texts = visit.texts();
  if (entry.advice == suppression::Advice::noDifference) return texts.text("will.no_difference.whole");
  return texts.text(entry.advice == suppression::Advice::adminOnly ? "will.admin_only.text"
                                                                   : "will.do_not.text");
}

void addSteps(const RouteParts& parts, const DeskVisit& visit, const AddressAnswer& answer,
              AddressPage& page) {
  const auto* entry = decisive(answer);
  if (!entry) return;
  const auto& texts = visit.texts();
  const auto words = causeWordsOf(*entry, visit.language);
  // What is wrong on our own side no customer can mend.
  const bool isOurs = entry->side == suppression::Side::ours && !suppression::isWish(entry->list);
  const auto* tell = isOurs ? "step.tell.ours" : "step.tell";
  if (entry->incident != 0)
    page.steps.push_back({desk::ongoingText(*entry, visit.language), texts.text("step.ongoing"), ""});
  page.steps.push_back({words.todo, answer.customer.text.empty() ? answer.text.next : texts.text(tell), ""});
  const auto locks = parts.releases.locks(visit.actor, std::array{*entry});
  const bool isAdvised =
      entry->advice == suppression::Advice::safe || entry->advice == suppression::Advice::onceConfirmed;
  if (!isAdvised) {
    page.steps.push_back({texts.text("step.no_release"), withoutReleaseText(visit, *entry), ""});
    return;
  }
  if (locks && locks->front())
    page.steps.push_back({texts.text("step.locked"), lockText(visit, *locks->front()), ""});
  else
    page.steps.push_back({texts.text(words.said.empty() ? "step.release" : "step.release.said"),
                          texts.text("step.release.text"), desk::toText(entry->id)});
  page.steps.push_back({texts.text("step.follow"), texts.text("step.follow.text"), ""});
}

// Columns of the table of accounts.
constexpr std::size_t kMaxColumns = 6;

void addMatrix(const AddressAnswer& answer, AddressPage& page) {
  std::vector<std::string> owners;
  for (const auto& one : answer.lists)
    if (std::ranges::find(owners, one.account) == owners.end()) owners.push_back(one.account);
  page.accounts = static_cast<std::int64_t>(owners.size());
  // Of many subusers only those whose column says something.
  const bool isWide = owners.size() > kMaxColumns;
  const auto isShown = [&](const std::string& owner) {
    return !isWide || suppression::subuserOf(owner).empty() ||
           std::ranges::any_of(answer.lists, [&](const desk::ListCell& cell) {
             return cell.account == owner && (cell.entry || !cell.known);
           });
  };
  std::ranges::copy_if(owners, std::back_inserter(page.accountNames), isShown);
  page.lists = static_cast<std::int64_t>(std::size(suppression::kLists));
  for (const auto list : suppression::kLists) {
    AddressPage::ListLine line{std::string(name(list)), {}};
    for (const auto& account : page.accountNames) {
      AddressPage::Cell cell;
      for (const auto& one : answer.lists) {
        if (one.account != account || one.list != list) continue;
        if (!one.known) cell.state = AddressPage::Cell::State::unread;
        if (!one.entry) continue;
        cell.state = list == suppression::List::blocks ? AddressPage::Cell::State::listed
                                                       : AddressPage::Cell::State::stopped;
        cell.since = answer.entries.at(*one.entry).entry.created;
      }
      line.cells.push_back(cell);
    }
    page.matrix.push_back(std::move(line));
  }
}

// Why it was released: what was chosen for it, and the memo.
std::string reasonOf(const RouteParts& parts, const DeskVisit& visit, const desk::PastRelease& release) {
  const auto id = numberIn<std::int64_t>(release.request).value_or(0);
  const auto view = parts.releases.find(visit.actor, suppression::ReleaseId{id});
  if (!view) return "";
  const auto& decision = view->request.decision;
  auto reason =
      decision.motive ? visit.texts().text(fmt::format("reason.{}", name(*decision.motive))) : std::string();
  if (!decision.memo.empty()) reason += fmt::format(" ({})", decision.memo);
  return reason;
}

AddressPage::Moment momentOf(const RouteParts& parts, const DeskVisit& visit, const AddressAnswer& answer,
                             const HistoryItem& item) {
  const auto& texts = visit.texts();
  AddressPage::Moment moment;
  moment.at = item.at;
  switch (item.kind) {
    case HistoryItem::Kind::listed: {
      const auto& entry = answer.entries.at(item.index);
      moment.kind = "bounced";
      moment.strong =
          texts.text("history.listed", {{"list", texts.text(fmt::format("list.{}", name(entry.list)))},
                                        {"cause", causeWordsOf(entry, visit.language).headline}});
      moment.small = entry.account;
      break;
    }
    case HistoryItem::Kind::unlisted: {
      const auto& entry = answer.entries.at(item.index);
      moment.kind = "released";
      moment.strong =
          texts.text("history.unlisted", {{"list", texts.text(fmt::format("list.{}", name(entry.list)))}});
      moment.small = entry.account;
      break;
    }
    case HistoryItem::Kind::released: {
      const auto& release = answer.releases.at(item.index);
      moment.kind = "released";
      moment.strong = texts.text("history.released", {{"user", release.user}});
      moment.small = reasonOf(parts, visit, release);
      // What became of the mail, or else of the entry.
      const auto after = "after." + release.outcome;
      if (!release.outcome.empty())
        moment.text = " → " + texts.text(texts.has(after) ? after : "outcome." + release.outcome);
      break;
    }
    case HistoryItem::Kind::event: {
      const auto& event = answer.events.at(item.index);
      const auto kind = std::string(stream::name(event.kind));
      moment.kind = kind == "delivered"                     ? "delivered"
                    : kind == "dropped"                     ? "dropped"
                    : kind == "bounce" || kind == "blocked" ? "bounced"
                                                            : "info";
      const auto key = "event." + kind;
      moment.strong = texts.has(key) ? texts.text(key) : kind;
      if (event.cause) moment.text = ": " + std::string(causes::shortName(*event.cause, visit.language));
      moment.small = event.account;
      break;
    }
  }
  return moment;
}

void addReplies(const AddressAnswer& answer, AddressPage& page) {
  for (const auto& entry : answer.entries) {
    if (entry.entry.reason.empty() || page.replies.size() == kShownReplies) continue;
    const bool isKnown = std::any_of(page.replies.begin(), page.replies.end(),
                                     [&](const auto& reply) { return reply.text == entry.entry.reason; });
    if (isKnown) continue;
    page.replies.push_back(
        {entry.entry.reason, entry.cause.ruleId,
         entry.entry.reason.size() > kShownReplyBytes ? "/replies/" + desk::toText(entry.id) : ""});
  }
}

}  // namespace

Response askAboutAddress(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::lookUp)) return deniedResponse(parts, visit, "look-up");
  const auto asked = desk::readAsked(visit.form.text("address"));
  if (asked.of == desk::Asked::Of::nothing) {
    auto shell = shellOf(visit, pages::Tab::none);
    shell.asked = visit.form.text("address").substr(0, kMaxAskedShown);
    return problemResponse(std::move(shell), 422, "problem.unclear");
  }
  if (asked.of == desk::Asked::Of::domain)
    return seeOther(hrefOf("/", {{"domain", asked.text}, {"period", "month"}}));
  return seeOther(std::string(kPrefix) + parts.lookUps.keep(asked.text));
}

Response addressPage(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::lookUp)) return deniedResponse(parts, visit, "look-up");
  const auto address = addressBehind(parts, visit.behind(kPrefix));
  if (!address) return problemResponse(visit, 404, "problem.not_found");
  const auto answer = parts.addresses.answer(*address, visit.config, visit.language);
  if (!answer) return problemResponse(visit, 503, "problem.unavailable");
  noteLookUp(parts, visit, *address);
  AddressPage page;
  page.shell = shellOf(visit, pages::Tab::none);
  page.shell.asked = *address;
  const pages::Dates dates(page.shell);
  page.address = *address;
  if (auto message = unreadMessage(parts, visit, answer->unread, "unread.title.answer"))
    page.shell.messages.push_back(std::move(*message));
  if (const auto* entry = decisive(*answer)) addOngoing(visit, {*entry}, page.shell);
  addAnswer(visit, *answer, dates, page);
  addSteps(parts, visit, *answer, page);
  page.customer = answer->customer.text;
  addMatrix(*answer, page);
  for (const auto& item : answer->history)
    if (page.history.size() < kShownHistory) page.history.push_back(momentOf(parts, visit, *answer, item));
  addReplies(*answer, page);
  return htmlResponse(200, render(page));
}

Response wholeReply(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::lookUp)) return deniedResponse(parts, visit, "look-up");
  const auto id = desk::entryIdFrom(visit.behind("/replies/"));
  if (!id) return problemResponse(visit, 404, "problem.not_found");
  const auto found = parts.entries.find(std::array{*id});
  if (!found || found->empty()) return problemResponse(visit, 404, "problem.not_found");
  noteLookUp(parts, visit, found->front().entry.email);
  return {200,
          {{"Content-Type", "text/plain; charset=utf-8"},
           {"Content-Disposition", dispositionOf("reply.txt", visit.texts().text("file.reply") + ".txt")}},
          found->front().entry.reason};
}

}  // namespace arrivald
