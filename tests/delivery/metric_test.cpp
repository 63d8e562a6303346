#include "delivery/metric.hpp"

#include <catch2/catch.hpp>

#include "delivery/rates.hpp"

#include "delivery/subject.hpp"

using namespace arrivald::delivery;

TEST_CASE("every metric is found by the name it has") {
  for (const auto metric : allMetrics()) CHECK(metricNamed(name(metric)) == metric);
  CHECK(metricNamed("bounce_drops") == Metric::bounceDrops);
  CHECK_FALSE(metricNamed("bounced").has_value());
}

TEST_CASE("a subject's text is unique and stable") {
  CHECK(toText(Subject{"main", Dimension::account, ""}) == "main");
  CHECK(toText(Subject{"main", Dimension::mailboxProvider, "Gmail"}) == "main/mailbox_provider/Gmail");
  CHECK(dimensionNamed("domain_group") == Dimension::domainGroup);
}

TEST_CASE("every rate is a share of its own whole, as the provider's sample day shows") {
  // The provider's own example: 3 requests, 2 processed, one invalid address, one delivered, one blocked.
  Counts day;
  day[Metric::requests] = 3;
  day[Metric::processed] = 2;
  day[Metric::invalidEmails] = 1;
  day[Metric::delivered] = 1;
  day[Metric::blocks] = 1;
  CHECK(deliveryRate(day) == 0.5);
  CHECK(failureShare(day) == 0.5);
  CHECK(deliveryRateByRequest(day) == Approx(1.0 / 3));
  CHECK(deliveryRateLessDrops(day) == 0.5);
  CHECK(bounceRate(day) == 0.0);
  CHECK(blockRate(day) == 0.5);
  CHECK(dropRate(day) == Approx(1.0 / 3));
  CHECK(spamReportRate(day) == 0.0);
  CHECK(queueEstimate(day) == 0);
}

TEST_CASE("a share of no mail is absent, neither 0 nor 1") {
  const Counts none;
  for (const auto rate : {deliveryRate, failureShare, deliveryRateByRequest, deliveryRateLessDrops,
                          bounceRate, blockRate, dropRate, spamReportRate})
    CHECK_FALSE(rate(none).has_value());
  Counts onlyDropped;
  onlyDropped[Metric::requests] = 4;
  onlyDropped[Metric::bounceDrops] = 4;
  CHECK_FALSE(deliveryRateLessDrops(onlyDropped).has_value());
  CHECK(deliveryRateByRequest(onlyDropped) == 0.0);
}

TEST_CASE("a rate of mail of different ages is shown as it is, beyond 1 as well") {
  Counts afterMidnight;
  afterMidnight[Metric::requests] = 10;
  afterMidnight[Metric::processed] = 10;
  afterMidnight[Metric::delivered] = 40;
  CHECK(deliveryRateByRequest(afterMidnight) == 4.0);
  CHECK(queueEstimate(afterMidnight) == -30);
}

TEST_CASE("a mailbox provider without requests still has a drop rate") {
  Counts provider;
  provider[Metric::delivered] = 3;
  provider[Metric::drops] = 1;
  CHECK(dropRate(provider) == 0.25);
}
