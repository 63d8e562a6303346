#include "delivery/metric.hpp"

#include <catch2/catch.hpp>

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
