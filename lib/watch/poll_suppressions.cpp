#include "watch/poll_suppressions.hpp"

namespace arrivald::watch {

using runtime::Task;
using suppression::List;

namespace {

// Entries become visible some time after the second they carry; a read goes back this far behind the last
// one.
constexpr Duration kOverlap = std::chrono::minutes(10);

// What one list's reading came to; a list that the key may not read does not keep the others from being read.
struct Trouble {
  JobOutcome first;
  bool stop = false;
  void add(Error error) {
    stop = error.kind == Error::Kind::cancelled || error.kind == Error::Kind::throttled;
    if (!first || stop) first = std::move(error);
  }
};

Task<JobOutcome> readList(State& state, sendgrid::Client& client, List list, Instant start, Instant end,
                          bool crawl) {
  const auto account = client.access().name;
  std::optional<Error> refused;
  auto sink = [&state, &account, &refused, list, crawl](std::vector<suppression::Entry>& page) {
    const auto stored = state.addEntries(account, list, page, crawl);
    if (!stored) refused = stored.error();
    return stored.ok();
  };
  sendgrid::Client::PageSink take = std::ref(sink);
  auto answer = co_await client.crawl(list, start, end, std::move(take));
  if (!answer) co_return JobOutcome(toError(std::move(answer).error(), state.clock().now()));
  if (refused) co_return JobOutcome(notStored(*refused));
  if (answer->malformed.any())
    state.registry().malformed(
        account, "bad_rows",
        static_cast<std::int64_t>(answer->malformed.badRows + answer->malformed.badNumbers));
  if (!answer->complete) {
    Error tooMuch{Error::Kind::tooLarge,
                  "a suppression list has more pages than arrivald reads at once; what it holds beyond them "
                  "is not known",
                  Party::internal};
    co_return JobOutcome(std::move(tooMuch));
  }
  co_return JobOutcome();
}

}  // namespace

Task<JobOutcome> pollSuppressions(State& state, sendgrid::Client& client) {
  const auto& account = client.access().name;
  Trouble trouble;
  bool any = false;
  for (const auto list : suppression::kLists) {
    auto progress = state.progress(account, list);
    if (!progress.readTo) continue;
    any = true;
    const auto end = state.clock().now();
    const auto start = *progress.readTo - kOverlap;
    auto outcome = co_await readList(state, client, list, start, end, false);
    if (outcome) {
      trouble.add(std::move(*outcome));
      if (trouble.stop) break;
      continue;
    }
    progress = state.progress(account, list);
    progress.readTo = end;
    const auto stored = state.putProgress(account, list, progress);
    if (!stored) trouble.add(notStored(stored.error()));
  }
  if (!any) {
    Error unread{Error::Kind::unavailable,
                 "the lists have not been read in full yet, so what is new in them cannot be told; see the "
                 "task crawl",
                 Party::internal};
    co_return JobOutcome(std::move(unread));
  }
  co_return std::move(trouble.first);
}

Task<JobOutcome> crawlSuppressions(State& state, sendgrid::Client& client) {
  const auto& account = client.access().name;
  Trouble trouble;
  for (const auto list : suppression::kLists) {
    const auto end = state.clock().now();
    state.index(account, list).beginCrawl();
    const Instant beginning{};
    auto outcome = co_await readList(state, client, list, beginning, end, true);
    if (outcome) {
      state.index(account, list).abandonCrawl();
      trouble.add(std::move(*outcome));
      if (trouble.stop) break;
      continue;
    }
    const auto stored = state.finishCrawl(account, list, end);
    if (!stored) trouble.add(notStored(stored.error()));
  }
  co_return std::move(trouble.first);
}

}  // namespace arrivald::watch
