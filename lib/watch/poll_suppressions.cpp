#include "watch/poll_suppressions.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "runtime/sleep.hpp"
#include "suppression/list_owner.hpp"
#include "watch/trouble.hpp"

namespace arrivald::watch {

using runtime::Task;
using suppression::List;

namespace {

// Entries become visible some time after their timestamp, so each read overlaps the last one by this much.
constexpr Duration kOverlap = std::chrono::minutes(10);

// How far back is asked again while answers hold what is not believed yet, or cannot be read.
constexpr Duration kAskedAgainFor = std::chrono::hours(24);

enum class Reading { latest, crawl };

/// The desk says of which list what is missing; the end of arrivald is no failure.
void noteFailure(Owners& owners, const std::string& account, List list, Reading reading, const Error& error) {
  using Failure = SuppressionLists::ReadFailure;
  if (error.kind == Error::Kind::cancelled) return;
  const auto of = reading == Reading::crawl ? Failure::Of::crawl : Failure::Of::latest;
  owners.lists().readFailed(account, list, {error, of});
}

// A list that cannot be asked for the entries of a span of time is read as a whole by each poll while it has
// no more entries than this; of a longer one a crawl finds what is new.
constexpr std::size_t kReadWhole = 2'000;

// Some 10 ms of the loop's thread.
constexpr std::size_t kRemovedAtOnce = 100;

/// What came that does not count as it is.
struct Doubts {
  std::size_t repeated = 0;    ///< entries that came twice, since pages shifted while they were read
  std::size_t unreadable = 0;  ///< rows without an address
  std::size_t timeless = 0;    ///< entries whose time is missing or cannot be
};

Task<JobOutcome> readList(Owners& owners, sendgrid::Client& client, List list, Instant start, Instant end,
                          Reading reading, Doubts& doubts) {
  const auto account = client.access().name;
  auto& lists = owners.lists();
  const TaskId crawl{std::string(suppression::accountOf(account)), std::string(name(JobKind::crawl))};
  std::optional<Error> refused;
  auto sink = [&](std::vector<suppression::Entry>& page) {
    doubts.timeless += static_cast<std::size_t>(std::ranges::count_if(
        page, [&](const suppression::Entry& entry) { return !suppression::hasTime(entry, end); }));
    const auto stored =
        reading == Reading::crawl ? lists.addCrawled(account, list, page) : lists.add(account, list, page);
    if (!stored)
      refused = stored.error();
    else if (reading == Reading::crawl)
      owners.jobs().progressed(crawl);
    return stored.ok();
  };
  sendgrid::Client::PageSink take = std::ref(sink);
  auto answer = co_await client.crawl(list, start, end, std::move(take));
  if (!answer) co_return JobOutcome(toError(std::move(answer).error(), owners.clock().now()));
  if (refused) co_return JobOutcome(notStored(*refused));
  if (answer->malformed.any())
    owners.registry().malformed(
        account, "bad_rows",
        static_cast<std::int64_t>(answer->malformed.badRows + answer->malformed.badNumbers));
  doubts.repeated = answer->malformed.repeated;
  doubts.unreadable = answer->malformed.badRows;
  if (!answer->complete) {
    Error tooMuch{Error::Kind::tooLarge,
                  "a suppression list has more pages than arrivald reads at once; what it holds beyond them "
                  "is not known",
                  Party::internal};
    co_return JobOutcome(std::move(tooMuch));
  }
  co_return JobOutcome();
}

/// What is new on a list. Of a long one that tells no times only a crawl finds it.
Task<JobOutcome> readLatest(Owners& owners, sendgrid::Client& client, List list) {
  const auto& account = client.access().name;
  if (!sendgrid::Client::hasTimes(list) && owners.lists().size(account, list) > kReadWhole)
    co_return JobOutcome();
  const auto end = owners.clock().now();
  const auto start = *owners.lists().progress(account, list).readTo - kOverlap;
  Doubts doubts;
  auto outcome = co_await readList(owners, client, list, start, end, Reading::latest, doubts);
  if (outcome) co_return std::move(outcome);
  // What an unsound answer left out is asked for again.
  auto readTo = end;
  if (doubts.unreadable + doubts.timeless + owners.lists().held(account, list) > 0)
    readTo = std::max(*owners.lists().progress(account, list).readTo, end - kAskedAgainFor);
  const auto stored = owners.lists().readUpTo(account, list, readTo);
  if (!stored) co_return JobOutcome(notStored(stored.error()));
  co_return JobOutcome();
}

class EndOfCrawl {
 public:
  EndOfCrawl(SuppressionLists& lists, const std::string& account, List list)
      : lists_(lists), account_(account), list_(list) {}
  EndOfCrawl(const EndOfCrawl&) = delete;
  EndOfCrawl& operator=(const EndOfCrawl&) = delete;
  ~EndOfCrawl() { lists_.abandonCrawl(account_, list_); }

 private:
  SuppressionLists& lists_;
  const std::string& account_;
  List list_;
};

// So many entries that a crawl missed are asked for one by one: of few each, of many a sample.
constexpr std::size_t kAskedSingly = 20;
// Where crawls contradict each other, an answer about one entry may be wrong as well.
constexpr int kAskedWhereContradicted = 3;

/// What single answers say of the entries that crawls missed.
struct Single {
  std::size_t listed = 0;
  std::size_t absent = 0;
  std::size_t untold = 0;   ///< failures that may pass
  std::size_t refused = 0;  ///< the key may not, or no request can be made about the address
};

Task<> askSingly(SuppressionLists& lists, sendgrid::Client& client, List list, suppression::Entry entry,
                 int times, Single& single) {
  using Kind = sendgrid::Failure::Kind;
  const auto account = client.access().name;
  for (int time = 0; time < times; ++time) {
    auto answer = co_await client.isListed(list, entry);
    if (!answer) {
      const auto kind = answer.error().kind;
      const bool isRefused = kind == Kind::forbidden || kind == Kind::unauthorized ||
                             kind == Kind::notFound || kind == Kind::badRequest;
      ++(isRefused ? single.refused : single.untold);
      co_return;
    }
    if (*answer) {
      lists.isListed(account, list, entry);
      ++single.listed;
      co_return;
    }
  }
  ++single.absent;
}

/// Whether what the crawl under way missed, as others did before, was removed: the provider is asked for
/// single entries first. Those that it lists after all are seen from now on.
Task<SuppressionLists::Missing> askForMissed(Owners& owners, sendgrid::Client& client, List list, Instant end,
                                             std::size_t unreadable) {
  using Missing = SuppressionLists::Missing;
  const auto account = client.access().name;
  auto missed = owners.lists().missed(account, list, end, unreadable, kAskedSingly);
  if (!missed) co_return Missing::doubted;
  Single single;
  const int times = missed->contradicts ? kAskedWhereContradicted : 1;
  for (const auto& entry : missed->asked) {
    co_await askSingly(owners.lists(), client, list, entry, times, single);
    // What cannot be asked for now is asked for by another crawl.
    if (single.untold > 0) break;
  }
  if (single.untold > 0) co_return Missing::doubted;
  // Where each was asked for, each answer decides on its entry.
  const bool isSample = missed->all > missed->asked.size();
  if (isSample && single.listed > 0) co_return Missing::doubted;
  if (missed->contradicts && single.refused > 0) co_return Missing::doubted;
  co_return Missing::removed;
}

/// One complete crawl of a list, unless one is under way. Entries that it misses are taken as removed by
/// another one, a while later.
Task<JobOutcome> crawlList(Owners& owners, sendgrid::Client& client, List list) {
  const auto account = client.access().name;
  const auto end = owners.clock().now();
  if (!owners.lists().beginCrawl(account, list)) co_return JobOutcome();
  // Also where this task is ended in the middle.
  const EndOfCrawl always(owners.lists(), account, list);
  const Instant beginning{};
  Doubts doubts;
  auto outcome = co_await readList(owners, client, list, beginning, end, Reading::crawl, doubts);
  if (outcome) co_return std::move(outcome);
  // Where pages shifted an entry may have been passed over as well.
  using Missing = SuppressionLists::Missing;
  auto missing = Missing::kept;
  if (doubts.repeated == 0) missing = co_await askForMissed(owners, client, list, end, doubts.unreadable);
  auto& lists = owners.lists();
  auto removed = lists.endCrawl(account, list, end, missing, doubts.unreadable);
  while (!removed.empty()) {
    const auto stored = lists.removeSome(account, list, removed, kRemovedAtOnce);
    if (!stored) co_return JobOutcome(notStored(stored.error()));
    co_await runtime::yieldLoop();
  }
  const auto stored = lists.noteCrawled(account, list, end);
  if (!stored) co_return JobOutcome(notStored(stored.error()));
  co_return JobOutcome();
}

/// The names of an account's unsubscribe groups.
Task<JobOutcome> readGroups(Owners& owners, sendgrid::Client& client) {
  const auto account = client.access().name;
  auto answer = co_await client.unsubscribeGroups();
  if (!answer) co_return JobOutcome(toError(std::move(answer).error(), owners.clock().now()));
  std::map<std::int64_t, std::string> names;
  for (auto& group : *answer) names.emplace(group.id, std::move(group.name));
  const auto stored = owners.lists().putGroups(account, names);
  if (!stored) co_return JobOutcome(notStored(stored.error()));
  co_return JobOutcome();
}

}  // namespace

Task<JobOutcome> pollSuppressions(Owners& owners, sendgrid::Client& client) {
  const auto& account = client.access().name;
  Trouble trouble;
  bool asked = false;
  for (const auto list : suppression::kLists) {
    // Before the first crawl is complete there is no time from which entries are new.
    if (!owners.lists().progress(account, list).readTo) continue;
    asked = true;
    auto reading = Reading::latest;
    auto outcome = co_await readLatest(owners, client, list);
    if (!outcome && owners.lists().wantsConfirmation(account, list)) {
      reading = Reading::crawl;
      outcome = co_await crawlList(owners, client, list);
    }
    if (!outcome) continue;
    noteFailure(owners, account, list, reading, *outcome);
    trouble.add(std::move(*outcome));
    if (trouble.stop) break;
  }
  // Nothing is new where nothing can be read: that the crawl fails is not to be shown as a success.
  const auto* crawl = owners.jobs().at(account, JobKind::crawl);
  if (!asked && crawl && crawl->error) trouble.add(*crawl->error);
  co_return std::move(trouble.first);
}

Task<JobOutcome> crawlSuppressions(Owners& owners, sendgrid::Client& client) {
  Trouble trouble;
  for (const auto list : suppression::kLists) {
    JobOutcome outcome;
    if (list == List::groupUnsubscribes) outcome = co_await readGroups(owners, client);
    if (!outcome) outcome = co_await crawlList(owners, client, list);
    if (outcome) {
      noteFailure(owners, client.access().name, list, Reading::crawl, *outcome);
      trouble.add(std::move(*outcome));
    }
    if (trouble.stop) break;
  }
  co_return std::move(trouble.first);
}

}  // namespace arrivald::watch
