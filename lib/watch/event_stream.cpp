#include "watch/event_stream.hpp"

#include <set>

#include "watch/log.hpp"

namespace arrivald::watch {

EventStream::EventStream(boost::asio::any_io_executor executor, store::Database& database, Clock& clock,
                         metrics::Registry& registry, StoreHealth& health, const Statistics& statistics,
                         RecentCauses& causes)
    : refused_(clock),
      counts_(database, registry, health),
      status_(database, clock, statistics, counts_, health),
      stored_(database),
      forwards_(database, registry, clock),
      aggregator_(database, clock, registry, counts_, status_, causes, stored_),
      log_(std::move(executor), database, clock, registry, health, stored_, forwards_, aggregator_),
      receiver_(clock, registry, log_, forwards_, status_, refused_),
      query_(database, stored_, aggregator_, causes),
      database_(database),
      clock_(clock),
      registry_(registry) {}

void EventStream::load() {
  status_.load();
  counts_.load();
  stored_.load();
  forwards_.load();
  for (const auto& [account, at] : stored_.table().malformedSince(clock_.now() - std::chrono::hours(24)))
    status_.malformedStored(account, at);
}

void EventStream::retain(const config::Config& configuration) {
  exportTotals(configuration);
  refused_.retain(configuration);
  receiver_.use(configuration, stored_.addressKey());
  status_.retain(configuration);
  counts_.retain(configuration);
  forwards_.retain(configuration);
  log_.use(configuration.eventStream);
  const auto made = aggregator_.retain(configuration);
  if (made.empty()) return;
  if (const auto read = log_.replay(made, stream::Aggregator::kLost); !read)
    log::warning("messages in flight are not known until new events come: " + read.error().text);
}

// Counters of accounts that are not configured are not exported; if an account is configured again, they
// continue.
void EventStream::exportTotals(const config::Config& configuration) {
  std::set<std::string> wanted;
  for (const auto& account : configuration.accounts) wanted.insert(account.name);
  std::vector<store::EventsTable::Total> totals;
  const auto read = database_.read([&] { totals = stored_.table().totals(); });
  if (!read) log::error("the counters of events cannot be read back and begin at 0: " + read.error().text);
  for (const auto& total : totals)
    if (wanted.contains(total.account)) registry_.streamEventsStored(total.account, total.kind, total.events);
}

void EventStream::shift(Duration step) {
  refused_.shift(step);
  status_.shift(step);
  counts_.shift(step);
  aggregator_.shift(step);
  forwards_.shift(step);
  log_.shift(step);
}

void EventStream::storeShift(Duration step) {
  counts_.storeShift(step);
  stored_.storeShift(step);
  forwards_.storeShift(step);
}

bool EventStream::storeMissing() {
  const bool isCounted = counts_.storeMissing();
  return status_.storeMissing() && isCounted;
}

void EventStream::storeReopened() {
  counts_.storeReopened();
  status_.storeReopened();
  const auto read = database_.read([&] {
    stored_.load();
    forwards_.reload();
  });
  if (!read)
    log::warning("what is stored of events and waits to be forwarded is not known: " + read.error().text);
  // Where a database in memory stood in, the file has another one.
  receiver_.useKey(stored_.addressKey());
}

void EventStream::tick() {
  aggregator_.tick();
  log_.tick();
  forwards_.publish();
}

bool EventStream::watches(const delivery::Subject& subject) const {
  if (!status_.find(subject.account)) return false;
  if (subject.dimension != delivery::Dimension::domainGroup) return true;
  const auto& groups = aggregator_.groups();
  const bool isDomain = subject.name.find('.') != std::string::npos;
  return groups.find(subject.name) || (isDomain && groups.peek(subject.name) == 0);
}

}  // namespace arrivald::watch
