// TwoSources: a sender whose mail both sources tell of, each as a test says: the provider's statistics by
// running totals, the event stream by batches. All default rules are evaluated once a minute.
#pragma once

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "rules/defaults.hpp"
#include "watch/current_facts.hpp"
#include "watch/evaluate_rules.hpp"
#include "watch/stream_fixture.hpp"

namespace arrivald::testing {

struct TwoSources : StreamFixture {
  using Minutes = std::chrono::minutes;

  /// What becomes of the mail of a minute, and who tells of it when.
  struct Way {
    bool delivers = true;       ///< false: nothing has an outcome
    bool tellsOutcomes = true;  ///< false: the stream brings `processed` only
    int lostOf = 0;             ///< of so many batches one is lost; 0: none
    Minutes outcomesLate{0};    ///< how late the stream tells outcomes
    Minutes allLate{0};         ///< how late it tells anything
    Minutes statisticsLag{0};
  };
  struct Fired {
    std::string rule;
    int minute = 0;
  };

  Way way;
  std::vector<Fired> fired;  ///< in order
  int minuteNow = 0;
  delivery::Counts sent;  ///< as the provider has counted them

  TwoSources() {
    config.accounts[0].zone = TimeZone();
    config.channels.emplace_back().name = "ops";
    config.routes.emplace_back().channels = {"ops"};
    config.rules = rules::defaults();
    owners().jobs().added({"main", "statistics"}, Minutes(1), Party::provider);
    reload();
    // Noon, so that no day ends for a while.
    clock.advance(std::chrono::hours(36) -
                  (clock.now() - TimeZone().startOf(TimeZone().dateOf(clock.now()))));
  }

  /// A minute with so many mails, of which so many bounce.
  void minute(int mails, int bounces = 0) {
    for (int i = 0; i < mails; ++i) {
      const auto message = "m" + std::to_string(++number_);
      const auto at = clock.now() + std::chrono::seconds(i * 40 / std::max(1, mails));
      queue_.push_back({at + way.allLate, at, "processed", message});
      sent[delivery::Metric::requests] += 1;
      sent[delivery::Metric::processed] += 1;
      if (!way.delivers) continue;
      const bool bounced = i < bounces;
      sent[bounced ? delivery::Metric::bounces : delivery::Metric::delivered] += 1;
      const auto outcome = at + std::chrono::seconds(5);
      if (way.tellsOutcomes)
        queue_.push_back(
            {outcome + way.allLate + way.outcomesLate, outcome, bounced ? "bounce" : "delivered", message});
    }
    clock.advance(Minutes(1));
    postDue();
    history_.push_back(sent);
    events().tick();
    tellStatistics();
    judge();
    ++minuteNow;
  }
  void minutes(int count, int mails, int bounces = 0) {
    for (int i = 0; i < count; ++i) minute(mails, bounces);
  }
  /// So many mails a minute by chance, as people send it.
  void lively(int count, int mean) {
    std::poisson_distribution<int> mails(mean);
    for (int i = 0; i < count; ++i) minute(mails(chance_));
  }
  virtual ~TwoSources() = default;
  virtual void tellStatistics() {
    const auto lag = static_cast<std::size_t>(way.statisticsLag.count());
    answer(history_.size() > lag ? history_[history_.size() - 1 - lag] : delivery::Counts{});
  }
  void answer(const delivery::Counts& counts) {
    owners().jobs().started({"main", "statistics"}, 0);
    statisticsSay(counts);
    owners().jobs().succeeded({"main", "statistics"}, std::chrono::seconds(1));
  }
  void judge() {
    evaluateRules(owners(), config);
    for (const auto& alert : owners().alerts().all()) {
      if (!active(alert.state)) continue;
      const auto key = toText(alert.key) + std::to_string(alert.episode);
      if (known_.insert(key).second) fired.push_back({alert.key.rule, minuteNow});
    }
  }
  /// The minute since `from` in which the rule fired first; -1 if it did not.
  int firedAt(std::string_view rule, int from = 0) const {
    for (const auto& one : fired)
      if (one.rule == rule && one.minute >= from) return one.minute - from;
    return -1;
  }
  /// "stall 5, stream-differs 12": what fired, and when.
  std::string log(int from = 0) const {
    std::string all;
    for (const auto& one : fired)
      if (one.minute >= from)
        all += (all.empty() ? "" : ", ") + one.rule + " " + std::to_string(one.minute - from);
    return all;
  }
  rules::Evaluation evaluationOf(std::string_view rule) {
    const auto found = std::ranges::find(config.rules, rule, &rules::Rule::name);
    REQUIRE(found != config.rules.end());
    return rules::explain(*found, whole, watch::CurrentFacts(owners(), config).facts(), clock.now());
  }

 private:
  struct Event {
    Instant due, at;
    std::string kind, message;
  };
  void postDue() {
    std::vector<Event> left;
    std::string batch;
    int batches = 0;
    const auto send = [&] {
      const bool lost = way.lostOf > 0 && ++posted_ % way.lostOf == 0;
      if (!batch.empty() && !lost && config.accounts[0].events) REQUIRE(post("[" + batch + "]") == 204);
      batch.clear();
      ++batches;
    };
    int inBatch = 0;
    for (auto& one : queue_) {
      if (one.due > clock.now()) {
        left.push_back(std::move(one));
        continue;
      }
      batch += (batch.empty() ? "" : ",") +
               event(one.kind, one.message + "@example.jp", one.message, clock.now() - one.at,
                     one.kind == "bounce" ? R"(,"type":"bounce","reason":"550 5.1.1 unknown")" : "");
      if (++inBatch % kOfABatch == 0) send();
    }
    if (!batch.empty()) send();
    queue_ = std::move(left);
  }
  static constexpr int kOfABatch = 5;
  std::mt19937 chance_{7};
  std::vector<Event> queue_;
  std::vector<delivery::Counts> history_;  // by minute
  std::set<std::string> known_;
  int number_ = 0, posted_ = 0;
};

}  // namespace arrivald::testing
