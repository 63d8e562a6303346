#include "rules/input.hpp"

#include <algorithm>
#include <array>

namespace arrivald::rules {
namespace {

using delivery::Counts;
using delivery::Metric;

struct Traits {
  Input input;
  std::string_view name;
  Unit unit;
  bool lowIsBad = false;
  std::string_view list = {};
};

constexpr std::array kTraits{
    Traits{Input::deliveryRate, "delivery_rate", Unit::share, true},
    Traits{Input::deliveryRateByRequest, "delivery_rate_by_request", Unit::share, true},
    Traits{Input::deliveryRateLessDrops, "delivery_rate_less_drops", Unit::share, true},
    Traits{Input::bounceRate, "bounce_rate", Unit::share},
    Traits{Input::blockRate, "block_rate", Unit::share},
    Traits{Input::dropRate, "drop_rate", Unit::share},
    Traits{Input::spamReportRate, "spam_report_rate", Unit::share},
    Traits{Input::requests, "requests", Unit::mails},
    Traits{Input::delivered, "delivered", Unit::mails},
    Traits{Input::failures, "failures", Unit::mails},
    Traits{Input::drops, "drops", Unit::mails},
    Traits{Input::deferrals, "deferrals", Unit::mails},
    Traits{Input::queue, "queue", Unit::mails},
    Traits{Input::dataAge, "data_age", Unit::seconds},
    Traits{Input::latencyMedian, "latency_median", Unit::seconds},
    Traits{Input::latencyP95, "latency_p95", Unit::seconds},
    Traits{Input::latencyP99, "latency_p99", Unit::seconds},
    Traits{Input::oldestInFlight, "oldest_in_flight", Unit::seconds},
    Traits{Input::inFlight, "in_flight", Unit::mails},
    Traits{Input::deferredInFlight, "deferred_in_flight", Unit::mails},
    Traits{Input::bouncesListGrowth, "bounces_list_growth", Unit::entries, false, "bounces"},
    Traits{Input::blocksListGrowth, "blocks_list_growth", Unit::entries, false, "blocks"},
    Traits{Input::invalidEmailsListGrowth, "invalid_emails_list_growth", Unit::entries, false,
           "invalid_emails"},
    Traits{Input::spamReportsListGrowth, "spam_reports_list_growth", Unit::entries, false, "spam_reports"},
    Traits{Input::unsubscribesListGrowth, "unsubscribes_list_growth", Unit::entries, false, "unsubscribes"},
    Traits{Input::malformedEvents, "malformed_events", Unit::events},
    Traits{Input::creditsLeft, "credits_left", Unit::credits},
    Traits{Input::creditsLast, "credits_last", Unit::seconds},
    Traits{Input::reputation, "reputation", Unit::points},
    Traits{Input::reputationFall, "reputation_fall", Unit::points},
    Traits{Input::statisticsContradictory, "statistics_contradictory", Unit::seconds},
};

constexpr auto kInputs = [] {
  std::array<Input, kTraits.size()> inputs{};
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = kTraits[i].input;
  return inputs;
}();
static_assert(
    [] {
      for (std::size_t i = 0; i < kInputs.size(); ++i)
        if (kInputs[i] != static_cast<Input>(i)) return false;
      return true;
    }(),
    "kTraits follows the enumeration");

const Traits& traits(Input input) { return kTraits[static_cast<std::size_t>(input)]; }

BadMail share(std::int64_t bad, std::int64_t total) {
  total = std::max<std::int64_t>(total, 0);
  return {std::clamp<std::int64_t>(bad, 0, total), total};
}

}  // namespace

std::string_view name(Input input) { return traits(input).name; }

std::optional<Input> inputNamed(std::string_view wanted) {
  const auto found = std::ranges::find(kTraits, wanted, &Traits::name);
  if (found == kTraits.end()) return std::nullopt;
  return found->input;
}

std::span<const Input> allInputs() { return kInputs; }
Unit unit(Input input) { return traits(input).unit; }
bool lowIsBad(Input input) { return traits(input).lowIsBad; }
std::string_view listOf(Input input) { return traits(input).list; }

BadMail badMail(Input input, const Counts& counts) {
  const std::int64_t requests = counts[Metric::requests];
  const std::int64_t delivered = counts[Metric::delivered];
  switch (input) {
    case Input::deliveryRate:
      return share(counts.failed(), counts.outcomes());
    case Input::deliveryRateByRequest:
      return share(requests - counts.stayed(), requests);
    case Input::deliveryRateLessDrops:
      return share(requests - counts.dropped() - counts.stayed(), requests - counts.dropped());
    case Input::bounceRate:
      return share(counts[Metric::bounces], counts.outcomes());
    case Input::blockRate:
      return share(counts[Metric::blocks], counts.outcomes());
    case Input::dropRate:
      return share(counts.dropped(), requests > 0 ? requests : counts.outcomes() + counts.dropped());
    case Input::spamReportRate:
      return share(counts[Metric::spamReports], delivered);
    default:
      return {};
  }
}

std::int64_t numberOf(Input input, const Counts& counts) {
  switch (input) {
    case Input::requests:
      return counts[Metric::requests];
    case Input::delivered:
      return counts[Metric::delivered];
    case Input::failures:
      return counts.failed();
    case Input::drops:
      return counts.dropped();
    case Input::deferrals:
      return counts[Metric::deferred];
    case Input::queue:
      return std::max<std::int64_t>(0, counts[Metric::requests] - counts.dropped() - counts.outcomes());
    default:
      return 0;
  }
}

delivery::Metrics metricsOf(Input input) {
  using delivery::Metrics, delivery::kDropMetrics, delivery::kOutcomeMetrics;
  const Metrics requested{Metric::requests};
  switch (input) {
    case Input::deliveryRate:
    case Input::bounceRate:
    case Input::blockRate:
      return kOutcomeMetrics;
    case Input::deliveryRateByRequest:
      return {Metric::requests, Metric::delivered};
    case Input::deliveryRateLessDrops:
      return kDropMetrics | Metrics{Metric::requests, Metric::delivered};
    case Input::dropRate:
      return kDropMetrics | requested;
    case Input::spamReportRate:
      return {Metric::spamReports, Metric::delivered};
    case Input::requests:
      return requested;
    case Input::delivered:
      return {Metric::delivered};
    case Input::failures:
      return {Metric::bounces, Metric::blocks};
    case Input::drops:
      return kDropMetrics;
    case Input::deferrals:
      return {Metric::deferred};
    case Input::queue:
      return kDropMetrics | kOutcomeMetrics | requested;
    default:
      return {};
  }
}

double inOwnTerms(Input input, BadShare share) { return lowIsBad(input) ? share.good() : share.value(); }

BadShare badShareOf(Input input, double inOwnTerms) {
  return lowIsBad(input) ? BadShare::missingTo(inOwnTerms) : BadShare(inOwnTerms);
}

std::optional<double> rateOf(Input input, const Counts& counts) {
  const auto share = badMail(input, counts).share();
  if (!share) return std::nullopt;
  return inOwnTerms(input, *share);
}

}  // namespace arrivald::rules
