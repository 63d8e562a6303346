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
// The horizon moves on by this at a time: what was not running for a year is through within two weeks.
constexpr Duration kStep = std::chrono::hours(24);
// Milliseconds since 1970.
constexpr std::string_view kHorizonKey = "desk_pruned_until";

std::optional<Instant> horizonIn(store::MetaTable& meta) {
  const auto text = meta.get(kHorizonKey);
  if (!text) return std::nullopt;
  std::int64_t milliseconds = 0;
  std::from_chars(text->data(), text->data() + text->size(), milliseconds);
  return fromUnixMilliseconds(milliseconds);
}

}  // namespace

Instant nextHorizon(std::optional<Instant> former, Instant now) {
  const auto wanted = now - kRecordKept;
  return former ? std::min(wanted, *former + kStep) : wanted;
}

Result<Duration> moveHorizon(const Retention& retention, Instant now) {
  Instant horizon{};
  const auto stored = retention.database.transact([&] {
    store::MetaTable meta(retention.database);
    horizon = nextHorizon(horizonIn(meta), now);
    meta.put(kHorizonKey, std::to_string(unixMilliseconds(horizon)));
  });
  if (!stored) return stored.error();
  return now - horizon;
}

Result<bool> prune(const Retention& retention, Duration kept) {
  auto entries = retention.lists.prune(kAtOnce);
  if (!entries) return entries;
  auto releases = retention.releases.prune(kept, kAtOnce);
  if (!releases) return releases;
  auto rows = retention.record.prune(kept, kAtOnce);
  if (!rows) return rows;
  if (const auto forgotten = retention.lookUps.prune(); !forgotten) return forgotten.error();
  return *entries || *releases || *rows;
}

runtime::Task<> keepPruning(Retention retention, Clock& clock, void (*report)(const Error&)) {
  for (;;) {
    const auto kept = moveHorizon(retention, clock.now());
    if (!kept.ok()) report(kept.error());
    bool more = kept.ok();
    while (more) {
      const auto left = prune(retention, *kept);
      if (!left.ok()) report(left.error());
      more = left.ok() && *left;
      if (more) co_await runtime::sleepFor(clock, kPause);
    }
    co_await runtime::sleepFor(clock, kInterval);
  }
}

}  // namespace arrivald::desk
