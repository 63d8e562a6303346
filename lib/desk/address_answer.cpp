#include "desk/address_answer.hpp"

#include <algorithm>
#include <array>

#include "desk/local_date.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::desk {

using stream::EventKind;
using suppression::List;

namespace {

// Which of several lists the answer rests on: a recipient's wish outweighs a failure, and what stops all mail
// outweighs what stops that of a group.
constexpr std::array kByWeight = {List::spamReports,   List::unsubscribes,      List::bounces,
                                  List::invalidEmails, List::groupUnsubscribes, List::blocks};

std::optional<std::size_t> decisiveOf(const std::vector<ListedEntry>& entries) {
  for (const auto list : kByWeight)
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (!entries[i].removed && entries[i].list == list) return i;
  return std::nullopt;
}

void addLists(const watch::Owners& owners, const config::Config& configuration, AddressAnswer& answer) {
  answer.unread = unreadLists(owners, configuration);
  const auto isUnread = [&](const std::string& account, List list) {
    return std::ranges::any_of(
        answer.unread, [&](const UnreadList& one) { return one.account == account && one.list == list; });
  };
  const auto addList = [&](const std::string& owner, List list) {
    ListCell cell{owner, list, !isUnread(owner, list), std::nullopt};
    for (std::size_t i = answer.entries.size(); i-- > 0;) {
      const auto& entry = answer.entries[i];
      if (entry.account == owner && entry.list == list && !entry.removed) cell.entry = i;
    }
    answer.lists.push_back(std::move(cell));
  };
  for (const auto& account : configuration.accounts)
    for (const auto& owner : owners.lists().ownersOf(account))
      for (const auto list : suppression::kLists) addList(owner, list);
}

void addHistory(AddressAnswer& answer) {
  using Kind = HistoryItem::Kind;
  for (std::size_t i = 0; i < answer.entries.size(); ++i) {
    answer.history.push_back({Kind::listed, answer.entries[i].entry.created, i});
    if (answer.entries[i].removed) answer.history.push_back({Kind::unlisted, *answer.entries[i].removed, i});
  }
  for (std::size_t i = 0; i < answer.events.size(); ++i)
    answer.history.push_back({Kind::event, answer.events[i].at, i});
  for (std::size_t i = 0; i < answer.releases.size(); ++i)
    answer.history.push_back({Kind::released, answer.releases[i].at, i});
  std::ranges::stable_sort(answer.history, std::greater<>(), &HistoryItem::at);
}

// What is on none of the lists that were read.
MailState unlistedState(const AddressAnswer& answer) {
  const auto stops = [](const UnreadList& one) { return one.list != List::blocks; };
  if (std::ranges::any_of(answer.unread, stops)) return MailState::unknown;
  const bool known = !answer.entries.empty() || !answer.events.empty() || !answer.releases.empty();
  if (known) return MailState::notStopped;
  return answer.unread.empty() ? MailState::noRecord : MailState::unknown;
}

bool isCarrier(std::string_view group) {
  constexpr std::array<std::string_view, 4> kCarriers = {"docomo", "au", "SoftBank", "Rakuten Mobile"};
  return std::ranges::find(kCarriers, group) != kCarriers.end();
}

}  // namespace

std::string_view name(MailState state) {
  constexpr std::array<std::string_view, 5> kNames = {"stopped", "blocked", "not_stopped", "no_record",
                                                      "unknown"};
  return kNames[static_cast<std::size_t>(state)];
}

Result<watch::FoundEvents> Addresses::eventsOf(const std::string& address) const {
  watch::EventFilter filter;
  filter.of = address;
  filter.max = kMaxEvents;
  return owners_.events().query().find(filter);
}

Done Addresses::readReleases(AddressAnswer& answer) const {
  if (history_ == nullptr) return done();
  return owners_.database().read([&] { answer.releases = history_->of(answer.address); });
}

Result<AddressAnswer> Addresses::answer(const std::string& address, const config::Config& configuration,
                                        Language language) const {
  AddressAnswer answer;
  answer.address = address;
  auto entries = entries_.of(address, kMaxEntries);
  if (!entries) return entries.error();
  answer.entries = std::move(*entries);
  auto events = eventsOf(address);
  if (!events) return events.error();
  answer.events = std::move(events->rows);
  answer.eventsComplete = events->complete;
  if (const auto read = readReleases(answer); !read) return read.error();
  for (const auto& event : answer.events)
    if (event.kind == EventKind::delivered) answer.lastDelivered = std::max(answer.lastDelivered, {event.at});
  for (const auto& account : configuration.accounts)
    answer.streamKnown = answer.streamKnown || account.events.has_value();
  addLists(owners_, configuration, answer);
  addHistory(answer);

  const auto domain = watch::domainOf(address);
  answer.maybeHidden = isCarrier(owners_.lists().facets().receiversOf(domain));
  answer.meantDomain = owners_.causes()
                           .causeOf(List::bounces, {address, owners_.clock().now(), "", "", "", 0})
                           .details.meantDomain;
  answer.decisive = decisiveOf(answer.entries);
  if (!answer.decisive) {
    answer.state = unlistedState(answer);
    return answer;
  }
  const auto& entry = answer.entries[*answer.decisive];
  answer.state = MailState::stopped;
  if (entry.list == List::blocks)
    answer.state = unlistedState(answer) == MailState::unknown ? MailState::unknown : MailState::blocked;
  const auto others = entries_.listedOf(domain);
  if (!others) return others.error();
  answer.othersListed = std::max<std::int64_t>(0, *others - 1);
  const causes::MatchContext context{entry.entry.email, name(entry.list)};
  answer.text = causes::describe(entry.cause, language, context);
  answer.shortText = causes::describeShort(entry.cause, language, context, entry.acceptedSince);
  answer.customer = causes::customerText(entry.cause, language, context,
                                         localDate(entries_.zone().dateOf(entry.entry.created), language));
  return answer;
}

}  // namespace arrivald::desk
