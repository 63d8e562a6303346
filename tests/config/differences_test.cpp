#include <algorithm>
#include <catch2/catch.hpp>

#include "config/fixture.hpp"

using namespace arrivald;
using namespace arrivald::config;
using namespace arrivald::testing;

TEST_CASE("a reload tells what has changed, item by item") {
  const std::string before =
      "accounts:\n"
      "  - {name: a, key: {environment: KEY}}\n"
      "  - {name: b, key: {environment: OTHER_KEY}}\n"
      "slack: {webhook: {environment: HOOK}}\n";
  const auto changes = [&](const std::string& after) { return differences(loaded(before), loaded(after)); };
  using Lines = std::vector<std::string>;

  CHECK(changes(before) == Lines{});
  CHECK(changes(
            "accounts:\n"
            "  - {name: a, key: {environment: KEY}, categories: all}\n"
            "  - {name: c, key: {environment: OTHER_KEY}}\n"
            "channels: [{name: ops, webhook: {environment: HOOK}}]\n"
            "rules: [{name: stall, for: 1m}, {name: drift, enabled: false}, {name: mine, kind: stall}]\n") ==
        Lines{"account b removed", "account a changed", "account c added", "rule drift removed",
              "rule stall changed", "rule mine added", "channel slack removed", "channel ops added",
              "routes changed"});
  // The same place, another secret: a rotated key is a change.
  CHECK(changes("accounts:\n"
                "  - {name: a, key: {file: /etc/arrivald/sendgrid-key}}\n"
                "  - {name: b, key: {environment: OTHER_KEY}}\n"
                "slack: {webhook: {environment: HOOK}}\n") == Lines{"account a changed"});
  auto rotated = loaded(before);
  rotated.accounts[0].key.secret = Secret("SG.rotated");
  CHECK(differences(loaded(before), rotated) == Lines{"account a changed"});

  CHECK(changes(before + "language: en\n"
                         "time_zone: UTC\n"
                         "holidays: [2026-12-29]\n"
                         "alerting: {retry_for: 1h}\n"
                         "status_page: off\n"
                         "heartbeat: {url: {credential: heartbeat-url}}\n"
                         "alertmanager: {urls: [\"http://127.0.0.1:9093\"]}\n"
                         "http: {read_timeout: 20s}\n"
                         "windows: [1h]\n"
                         "cardinality: {category: 1}\n"
                         "metrics: {max_series: 5000}\n"
                         "listen: {port: 9999}\n"
                         "store: {path: /tmp/arrivald.db}\n"
                         "log: {level: debug}\n"
                         "links: {page: \"https://example.jp\"}\n") ==
        Lines{"account a changed", "account b changed", "language changed", "time_zone changed",
              "holidays changed", "alerting changed", "status_page changed", "heartbeat changed",
              "alertmanager changed", "http changed", "windows changed", "cardinality changed",
              "metrics changed", "listen changed", "store changed", "log changed", "links changed"});
  auto reordered = loaded(before);
  std::swap(reordered.accounts[0], reordered.accounts[1]);
  CHECK(differences(loaded(before), reordered) == Lines{"the order of accounts, rules or channels changed"});
}
