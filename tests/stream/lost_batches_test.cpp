// A part of the batches that never comes: told within minutes, whatever the chance of the mail, and never
// where all comes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <utility>
#include <vector>

#include "stream/completeness.hpp"

using namespace arrivald;
using namespace arrivald::stream;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Metric;
using delivery::Series;

namespace {

/// A sender of so many mails a minute by chance; the stream tells of them in batches of five events.
struct Sender {
  const Instant start = fromUnixSeconds(1'700'000'000);
  Instant now = start;
  Series statistics, events;
  std::vector<Counts> sent;  // by minute
  int mean = 6;
  int lag = 0;        // minutes that the statistics are behind
  double lost = 0;    // the share of the batches
  bool reads = true;  // whether the statistics are read
  std::mt19937 chance;
  int toldAt = -1;  // the minute since told() in which something was missing first
  int passed = 0;
  Counts unread;

  explicit Sender(std::uint32_t seed) : chance(seed) {
    statistics.add(start, start, {});
    events.add(start, start, {});
  }
  void minute() {
    now += 1min;
    const int mails = std::poisson_distribution<int>(mean)(chance);
    Counts whole, told;
    whole[Metric::requests] = whole[Metric::processed] = whole[Metric::delivered] = mails;
    std::bernoulli_distribution isLost(lost);
    for (int i = 0; i < 2 * mails;) {
      const bool comes = !isLost(chance);
      for (int end = std::min(2 * mails, i + 5); i < end; ++i)
        if (comes) told[i % 2 == 0 ? Metric::processed : Metric::delivered] += 1;
    }
    sent.push_back(whole);
    const auto at = static_cast<std::ptrdiff_t>(sent.size()) - 1 - lag;
    unread += at >= 0 ? sent[static_cast<std::size_t>(at)] : Counts{};
    if (reads) statistics.add(now - 1min, now, std::exchange(unread, {}));
    if (told[Metric::processed] + told[Metric::delivered] > 0) events.add(now - 1min, now, told);
    ++passed;
    if (toldAt < 0 && missingOf(statistics, events, start, now)) toldAt = passed;
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) minute();
  }
  Sender& begins() {
    passed = 0;
    toldAt = -1;
    return *this;
  }
};

}  // namespace

TEST_CASE("a third or a half of the batches lost is told within minutes") {
  const auto mean = GENERATE(6, 10, 20);
  const auto lag = GENERATE(0, 3);
  const auto lost = GENERATE(1.0 / 3, 0.5);
  std::vector<int> told;
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    Sender sender(seed);
    sender.mean = mean;
    sender.lag = lag;
    sender.minutes(60);
    sender.begins().lost = lost;
    sender.minutes(63);
    told.push_back(sender.toldAt < 0 ? 999 : sender.toldAt);
  }
  std::ranges::sort(told);
  // What may be in flight in the statistics takes some minutes more to be exceeded.
  CAPTURE(mean, lag, lost, told);
  const bool half = lost > 0.4;
  CHECK(told[2] <= (lag == 0 ? half ? 12 : 16 : half ? 20 : 28));
  CHECK(told[4] <= (lag == 0 ? half ? 15 : 20 : half ? 24 : 40));
}

TEST_CASE("where all comes nothing is told as missing, whatever the statistics do") {
  const auto mean = GENERATE(1, 6, 20);
  const auto what = GENERATE(0, 1, 2, 3, 4);
  int alarms = 0;
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    Sender sender(seed);
    sender.mean = mean;
    sender.lag = what == 1 ? 3 : what == 2 ? 12 : 0;
    sender.minutes(what == 4 ? 5 : 60);
    if (what == 3) sender.mean = 40 * mean;  // a run
    if (what == 4) sender.lag = 3;
    sender.minutes(40);
    if (what == 3) sender.mean = mean;
    sender.minutes(120);
    if (what >= 1 && what <= 2) {
      // The statistics fall behind by more, and catch up.
      sender.lag += 3;
      sender.minutes(30);
      sender.lag -= 3;
      sender.unread += sender.sent[sender.sent.size() - 1 - static_cast<std::size_t>(sender.lag) - 1];
      sender.unread += sender.sent[sender.sent.size() - 1 - static_cast<std::size_t>(sender.lag) - 2];
      sender.unread += sender.sent[sender.sent.size() - 1 - static_cast<std::size_t>(sender.lag)];
      sender.minutes(60);
    }
    if (sender.toldAt >= 0) ++alarms;
  }
  CAPTURE(mean, what);
  CHECK(alarms == 0);
}
