#include "watch/explain_entries.hpp"

#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

// Some 10 ms of the loop's thread at a time, for at most a tenth of it.
constexpr std::size_t kAtOnce = 200;
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr Duration kAfterFailure = std::chrono::minutes(1);

}  // namespace

runtime::Task<> explainEntries(Owners& owners) {
  for (;;) {
    const auto left = owners.lists().explainAnew(kAtOnce);
    if (left && !*left) co_return;
    if (!left)
      log::warning("entries of lists keep their earlier explanations, trying again in a minute: " +
                   left.error().text);
    const Duration pause = left ? kPause : kAfterFailure;
    co_await runtime::sleepFor(owners.clock(), pause);
  }
}

}  // namespace arrivald::watch
