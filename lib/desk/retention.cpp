#include "desk/retention.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "runtime/sleep.hpp"
#include "store/meta_table.hpp"

namespace arrivald::desk {
namespace {

// Of each kind: some 10 ms.
constexpr std::size_t kAtOnce = 200;
constexpr Duration kPause = std::chrono::milliseconds(200);
constexpr Duration kInterval = std::chrono::hours(1);
// The time moves on by this at most: what was not running for a year is through within two weeks.
constexpr Duration kStep = std::chrono::hours(24);
// Milliseconds since 1970.
constexpr std::string_view kBelievedKey = "desk_pruned_at";

std::optional<Instant> believedIn(store::MetaTable& meta) {
  const auto text = meta.get(kBelievedKey);
  if (!text) return std::nullopt;
  std::int64_t milliseconds = 0;
  std::from_chars(text->data(), text->data() + text->size(), milliseconds);
  return fromUnixMilliseconds(milliseconds);
}

}  // namespace

Instant nextBelieved(std::optional<Instant> former, Instant now) {
  return former ? std::min(now, *former + kStep) : now;
}

Result<Instant> moveBelieved(const Retention& retention, Instant now) {
  Instant believed{};
  const auto stored = retention.database.transact([&] {
    store::MetaTable meta(retention.database);
    believed = nextBelieved(believedIn(meta), now);
    meta.put(kBelievedKey, std::to_string(unixMilliseconds(believed)));
  });
  if (!stored) return stored.error();
  return believed;
}

Result<bool> prune(const Retention& retention, Instant believed) {
  const auto& keep = retention.keep;
  auto entries = retention.lists.prune(believed - keep.removed, kAtOnce);
  if (!entries) return entries;
  auto releases = retention.releases.prune(believed - keep.releases, kAtOnce);
  if (!releases) return releases;
  auto rows = retention.record.prune(believed - keep.record, kAtOnce);
  if (!rows) return rows;
  if (const auto forgotten = retention.lookUps.prune(); !forgotten) return forgotten.error();
  return *entries || *releases || *rows;
}

runtime::Task<> keepPruning(Retention retention, Clock& clock, void (*report)(const Error&)) {
  for (;;) {
    const auto believed = moveBelieved(retention, clock.now());
    if (!believed.ok()) report(believed.error());
    bool more = believed.ok();
    while (more) {
      const auto left = prune(retention, *believed);
      if (!left.ok()) report(left.error());
      more = left.ok() && *left;
      if (more) co_await runtime::sleepFor(clock, kPause);
    }
    co_await runtime::sleepFor(clock, kInterval);
  }
}

}  // namespace arrivald::desk
