#include "desk/retention.hpp"

#include "runtime/sleep.hpp"

namespace arrivald::desk {
namespace {

// Of each kind: some 10 ms.
constexpr std::size_t kAtOnce = 200;
constexpr Duration kPause = std::chrono::milliseconds(200);
constexpr Duration kInterval = std::chrono::hours(1);

}  // namespace

Result<bool> prune(const Retention& retention) {
  auto entries = retention.lists.prune(kAtOnce);
  if (!entries) return entries;
  auto releases = retention.releases.prune(kRecordKept, kAtOnce);
  if (!releases) return releases;
  auto rows = retention.record.prune(kRecordKept, kAtOnce);
  if (!rows) return rows;
  if (const auto forgotten = retention.lookUps.prune(); !forgotten) return forgotten.error();
  return *entries || *releases || *rows;
}

runtime::Task<> keepPruning(Retention retention, Clock& clock, void (*report)(const Error&)) {
  for (;;) {
    const auto left = prune(retention);
    if (!left.ok()) report(left.error());
    const Duration pause = left.ok() && *left ? kPause : kInterval;
    co_await runtime::sleepFor(clock, pause);
  }
}

}  // namespace arrivald::desk
