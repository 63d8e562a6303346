#include "desk/unread_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "notify/catalogue.hpp"
#include "notify/job_words.hpp"
#include "sendgrid/client.hpp"

namespace arrivald::desk {

using notify::Catalogue;
using suppression::List;
using Why = UnreadList::Why;

namespace {

// How much later than planned a read may be.
constexpr Duration kLate = std::chrono::hours(2);

/// `owner`: the account or a subuser of it, which its jobs read, too.
std::optional<UnreadList> unreadOf(const watch::Owners& owners, const config::Account& account,
                                   const std::string& owner, List list) {
  UnreadList unread{owner, list, Why::notWatched, std::nullopt, std::nullopt};
  const auto& lists = owners.lists();
  const auto progress = lists.progress(owner, list);
  unread.since = progress.readTo ? progress.readTo : progress.crawled;
  if (!account.suppressions) return unread;
  if (const auto* failure = lists.readFailure(owner, list)) {
    unread.why = Why::failing;
    unread.error = failure->error;
    if (failure->of == watch::SuppressionLists::ReadFailure::Of::crawl) unread.since = progress.crawled;
    return unread;
  }
  if (!progress.crawled) {
    // A crawl that was told to wait has not come to the later lists.
    const auto* job = owners.jobs().at(account.name, watch::JobKind::crawl);
    unread.since.reset();
    unread.why = job != nullptr && job->error ? Why::failing : Why::notYet;
    if (job != nullptr) unread.error = job->error;
    return unread;
  }
  const auto now = owners.clock().now();
  const auto polled = sendgrid::Client::hasTimes(list) ? account.poll.suppressions : account.poll.crawl;
  if (now - *unread.since <= polled.period(now) + kLate) return std::nullopt;
  unread.why = Why::late;
  const auto* job = owners.jobs().at(account.name, watch::JobKind::suppressions);
  if (job != nullptr) unread.error = job->error;
  return unread;
}

std::string todoOf(const UnreadList& unread) {
  if (unread.why == Why::notWatched) return "setting";
  if (unread.why == Why::notYet) return "wait";
  if (!unread.error) return "retry";
  switch (unread.error->kind) {
    case Error::Kind::unauthorized:
    case Error::Kind::forbidden:
    case Error::Kind::denied:
      return "key";
    default:
      break;
  }
  const auto consequence = consequenceOf(unread.error->kind);
  const bool passes = consequence == Consequence::retrySoon || consequence == Consequence::waitForReset;
  return passes ? "retry" : "tell";
}

// What several lists of an account have in common.
struct Sentence {
  const UnreadList* first = nullptr;
  std::optional<Instant> since;
  std::string names;
};

bool alike(const UnreadList& a, const UnreadList& b) {
  const auto kindOf = [](const UnreadList& one) {
    return one.error ? std::optional(one.error->kind) : std::nullopt;
  };
  return a.account == b.account && a.why == b.why && kindOf(a) == kindOf(b) &&
         a.since.has_value() == b.since.has_value();
}

std::string textOf(const Sentence& sentence, const TimeZone& zone, const Catalogue& words) {
  const auto& unread = *sentence.first;
  const bool wasRead = sentence.since.has_value() && unread.why != Why::notWatched;
  const auto key =
      unread.why == Why::failing && !wasRead ? std::string("never") : std::string(name(unread.why));
  auto text = words.text("desk.unread." + key, {{"lists", sentence.names},
                                                {"account", unread.account},
                                                {"since", wasRead ? zone.zonedText(*sentence.since) : ""}});
  if (unread.error)
    text += words.text("desk.unread.cause", {{"cause", notify::errorWords(words, *unread.error)}});
  return text + words.text("desk.unread.todo." + todoOf(unread));
}

}  // namespace

std::string_view name(Why why) {
  constexpr std::array<std::string_view, 4> kNames = {"not_watched", "not_yet", "failing", "late"};
  return kNames.at(static_cast<std::size_t>(why));
}

std::vector<UnreadList> unreadLists(const watch::Owners& owners, const config::Config& configuration) {
  std::vector<UnreadList> lists;
  for (const auto& account : configuration.accounts)
    for (const auto& owner : owners.lists().ownersOf(account))
      for (const auto list : suppression::kLists)
        if (auto unread = unreadOf(owners, account, owner, list)) lists.push_back(std::move(*unread));
  return lists;
}

std::vector<UnreadList> within(std::vector<UnreadList> lists, const store::EntryFilter& filter) {
  std::erase_if(lists, [&](const UnreadList& one) {
    return (!filter.account.empty() && one.account != filter.account) ||
           (filter.list && one.list != *filter.list);
  });
  return lists;
}

bool anyMissed(const std::vector<UnreadList>& lists) {
  return std::ranges::any_of(lists, [](const UnreadList& one) { return one.why != Why::notWatched; });
}

std::vector<std::string> unreadTexts(const std::vector<UnreadList>& lists, const TimeZone& zone,
                                     Language language) {
  const auto& words = Catalogue::of(language);
  std::vector<Sentence> sentences;
  for (const auto& one : lists) {
    const auto listName = words.text(fmt::format("desk.list.{}", name(one.list)));
    auto found = std::ranges::find_if(sentences,
                                      [&](const Sentence& sentence) { return alike(*sentence.first, one); });
    if (found == sentences.end()) {
      sentences.push_back({&one, one.since, listName});
      continue;
    }
    found->since = std::min(found->since, one.since);
    found->names += words.text("desk.unread.and") + listName;
  }
  std::vector<std::string> texts;
  for (const auto& sentence : sentences) texts.push_back(textOf(sentence, zone, words));
  return texts;
}

std::string unreadJson(const std::vector<UnreadList>& lists, const TimeZone& zone, Language language) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& one : lists)
    all.push_back(
        {{"account", one.account},
         {"list", suppression::name(one.list)},
         {"why", name(one.why)},
         {"since", one.since ? nlohmann::ordered_json(toIso(*one.since)) : nlohmann::ordered_json()},
         {"text", unreadTexts({one}, zone, language).front()}});
  return all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace arrivald::desk
