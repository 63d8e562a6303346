#include "metrics/registry.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>
#include <regex>
#include <set>
#include <sstream>

#include "metrics/catalogue.hpp"
#include "metrics/process.hpp"
#include "metrics/text.hpp"
#include "support/manual_clock.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::metrics;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

const Instant kNow = parseIso("2026-11-23T05:00:00Z").value();

struct Scene {
  explicit Scene(CardinalityLimits limits = {}) : registry(clock, "0.1.0", std::move(limits)) {}
  std::string expose() { return registry.expose(); }
  ManualClock clock{kNow};
  Registry registry;
};

Counts counts(std::initializer_list<std::pair<Metric, std::int64_t>> numbers) {
  Counts made;
  for (const auto& [metric, number] : numbers) made[metric] = number;
  return made;
}

delivery::WindowSum window(Duration span, Counts sum) {
  delivery::WindowSum made;
  made.counts = sum;
  made.window = span;
  made.covered = span;
  made.known = true;
  return made;
}

/// The value of one series, spelled as it is exposed; "(none)" if it is not there.
std::string value(const std::string& exposition, const std::string& series) {
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);)
    if (line.compare(0, series.size() + 1, series + " ") == 0) return line.substr(series.size() + 1);
  return "(none)";
}

bool mentions(const std::string& exposition, const std::string& text) {
  return exposition.find(text) != std::string::npos;
}

const Subject kMain{"main", Dimension::account, ""};
const Subject kNews{"main", Dimension::category, "news"};

/// Makes everything happen once.
void fill(Registry& registry) {
  for (std::size_t i = 0; i < delivery::kMailDimensionCount; ++i) {
    const auto dimension = static_cast<Dimension>(i);
    auto& series = registry.subject(Subject{"main", dimension, dimension == Dimension::account ? "" : "x"});
    Counts one;
    for (const auto metric : delivery::allMetrics()) one[metric] = 1;
    series.add(one);
    series.setToday(one);
    series.setWindow(window(5min, one));
  }
  registry.corrected("main", Dimension::category, 2);
  registry.dataChanged("main", kNow - 90s);
  registry.task("main", "statistics").succeeded(200ms, kNow - 30s);
  registry.task("main", "statistics").failed(Party::provider, Error::Kind::throttled, 1s);
  registry.task("main", "statistics").missed(3);
  registry.rateLimit("main", "stats", 600, 599);
  registry.malformed("main", "unknown_metrics", 4);
  registry.listSize("main", "bounces", 1'000'000);
  registry.listRead("main", "bounces", kNow);
  registry.listChanged("main", "bounces", 5, 2);
  registry.listCause("main", "bounces", "no_address");
  registry.listCauseRemoved("main", "bounces", "no_address", 2);
  registry.listCauseSize("main", "bounces", "no_address", 7);
  registry.released("main", "bounces", "mailbox_full");
  registry.releaseArrived("main", "bounces", "mailbox_full");
  registry.releaseFailedAgain("main", "bounces", "mailbox_full");
  registry.streamBatch("main", "accepted");
  registry.streamEvents("main", "delivered", 3);
  registry.streamRepeated("main", 1);
  registry.streamMalformed("main", 1);
  registry.streamLate("main", 1);
  registry.streamDropped("main", "message");
  registry.standing("main", 100, 200, 99);
  registry.contradictory("main", Duration{});
  registry.streamLost("main", 1);
  registry.streamLatency("main", "docomo")->observe(3s);
  registry.streamWaiting("main", "docomo", 5, 1, 12min);
  registry.streamPercentile({"main", delivery::Dimension::account, ""}, "95", 12s);
  registry.forwards("archive", 2, 3min);
  registry.forwarded("archive", "forwarded");
  registry.streamDifference("main", "processed", -3);
  registry.streamLag("main", "statistics", 4min);
  rules::Alert alert;
  alert.key = {"stall", kNews};
  alert.state = rules::AlertState::firing;
  alert.severity = rules::Severity::critical;
  registry.alerts({alert});
  registry.incidents("main", {{rules::Severity::critical, 1}}, 1);
  registry.incidentOpened("main");
  registry.notified("ops", "delivered");
  registry.outbox(2, 1, kNow - 10s);
  registry.storeRefused(Error::Kind::diskFull);
  registry.dmarcInput("directory", "rejected");
  registry.dmarcRefused("xml_truncated");
  DmarcNumbers dmarc;
  dmarc.day = kNow;
  dmarc.messages[{"own", "both"}] = 3;
  dmarc.dispositions["none"] = 3;
  dmarc.sources[{"SendGrid", "both"}] = 3;
  dmarc.ownPass = 1;
  dmarc.coverage = 0.5;
  dmarc.ready["reject"] = false;
  dmarc.conditions[{"reject", "days"}] = true;
  registry.dmarcDomain("example.jp", dmarc);
  registry.heartbeat("ok");
  registry.configAccepted(kNow - 1h);
  registry.configRefused();
  registry.clockStepped(-3s);
  registry.statusPage(1, 2);
}

std::string contentsOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The names of the labels within the braces, but for the histograms' own.
std::set<std::string> labelNames(const std::string& inner) {
  std::set<std::string> names;
  const std::regex label("(\\w+)=\"");
  for (std::sregex_iterator each(inner.begin(), inner.end(), label), end; each != end; ++each)
    if ((*each)[1] != "le") names.insert((*each)[1]);
  return names;
}

/// What Prometheus' own checker says; nothing if all is well.
std::string promtoolSays(const std::string& exposition) {
  char path[] = "/tmp/arrivald-metrics-XXXXXX";
  REQUIRE(mkdtemp(path) != nullptr);
  const std::string folder = path;
  std::ofstream(folder + "/metrics") << exposition;
  const std::string command = "cd " + folder + " && promtool check metrics < metrics > said 2>&1";
  const int status = std::system(command.c_str());
  std::string said = contentsOf(folder + "/said");
  std::remove((folder + "/metrics").c_str());
  std::remove((folder + "/said").c_str());
  std::remove(path);
  return status == 0 || !said.empty() ? said : "promtool cannot be run";
}

}  // namespace

TEST_CASE("the whole exposition satisfies promtool") {
  Scene scene;
  fill(scene.registry);
  CHECK(promtoolSays(scene.expose()) == "");
}

TEST_CASE("the exposition and the catalogue have the same metrics and labels") {
  Scene scene;
  fill(scene.registry);
  std::map<std::string, Description> described;
  for (const auto& each : catalogue()) {
    CHECK(described.emplace(each.name, each).second);
    CHECK(each.help.size() > 5);
  }
  std::set<std::string> exposed;
  const std::regex typeLine("# TYPE (\\S+) (\\S+)");
  const std::regex seriesLine("(\\w+?)(_bucket|_sum|_count)?\\{(.*)\\} .*");
  std::istringstream lines(scene.expose());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, match, typeLine)) {
      CHECK(exposed.insert(match[1]).second);
      REQUIRE(described.count(match[1]) == 1);
      CHECK(match[2] == std::string(name(described[match[1]].type)));
    } else if (std::regex_match(line, match, seriesLine)) {
      REQUIRE(described.count(match[1]) == 1);
      std::set<std::string> expected;
      std::istringstream names(described[match[1]].labels);
      for (std::string each; names >> each;) expected.insert(each.substr(0, each.find(',')));
      CHECK(labelNames(match[3]) == expected);
    }
  }
  for (const auto& [metric, description] : described) {
    INFO(metric);
    CHECK(exposed.count(metric) == 1);
  }
}

TEST_CASE("counters grow by increments and never fall") {
  Scene scene;
  auto& main = scene.registry.subject(kMain);
  CHECK(value(scene.expose(), R"(arrivald_requests_total{account="main"})") == "0");
  main.add(counts({{Metric::requests, 5}, {Metric::delivered, 3}}));
  main.add(counts({{Metric::requests, 7}, {Metric::delivered, -2}}));
  const auto text = scene.expose();
  CHECK(value(text, R"(arrivald_requests_total{account="main"})") == "12");
  CHECK(value(text, R"(arrivald_delivered_total{account="main"})") == "3");
  CHECK_FALSE(mentions(text, "arrivald_category_"));
  CHECK_FALSE(mentions(text, "arrivald_drops_total"));
}

TEST_CASE("each dimension has metric families of its own, so that sums do not count twice") {
  Scene scene;
  scene.registry.subject(kNews).add(counts({{Metric::bounceDrops, 2}}));
  scene.registry.subject({"main", Dimension::mailboxProvider, "Gmail"}).add(counts({{Metric::drops, 3}}));
  const auto text = scene.expose();
  CHECK(value(text, R"(arrivald_category_bounce_drops_total{account="main",category="news"})") == "2");
  CHECK(value(text, R"(arrivald_mailbox_provider_drops_total{account="main",mailbox_provider="Gmail"})") ==
        "3");
  CHECK_FALSE(mentions(text, "arrivald_mailbox_provider_bounce_drops_total"));
  CHECK_FALSE(mentions(text, "arrivald_category_drops_total"));
}

TEST_CASE("a window's ratios and volumes are absent unless they are known") {
  Scene scene;
  auto& main = scene.registry.subject(kMain);
  const std::string ratio = R"(arrivald_delivery_ratio{account="main",window="1h"})";
  const std::string requests = R"(arrivald_window_requests{account="main",window="1h"})";

  auto sum = window(
      1h,
      counts({{Metric::requests, 100}, {Metric::delivered, 90}, {Metric::bounces, 6}, {Metric::blocks, 4}}));
  main.setWindow(sum);
  main.setWindow(window(24h, Counts{}));
  auto text = scene.expose();
  CHECK(value(text, ratio) == "0.9");
  CHECK(value(text, R"(arrivald_bounce_ratio{account="main",window="1h"})") == "0.06");
  CHECK(value(text, R"(arrivald_window_failures{account="main",window="1h"})") == "10");
  CHECK(value(text, requests) == "100");
  // No mail, no ratio: neither 0 nor 1 nor NaN.
  CHECK(value(text, R"(arrivald_delivery_ratio{account="main",window="24h"})") == "(none)");
  CHECK(value(text, R"(arrivald_window_requests{account="main",window="24h"})") == "0");
  CHECK_FALSE(mentions(text, "NaN"));

  sum.known = false;
  sum.covered = 20min;
  main.setWindow(sum);
  text = scene.expose();
  CHECK(value(text, ratio) == "(none)");
  CHECK(value(text, requests) == "(none)");
  CHECK(value(text, R"(arrivald_window_covered_seconds{account="main",window="1h"})") == "1200");
}

TEST_CASE("a subject has a limited number of windows") {
  Scene scene;
  auto& main = scene.registry.subject(kMain);
  for (int i = 1; i <= 100; ++i) main.setWindow(window(i * 1min, Counts{}));
  const auto text = scene.expose();
  CHECK(mentions(text, R"(window="16m")"));
  CHECK_FALSE(mentions(text, R"(window="17m")"));
}

TEST_CASE("day totals are gauges, and absent while unknown") {
  Scene scene;
  auto& main = scene.registry.subject(kMain);
  main.setToday(counts({{Metric::requests, 40}}));
  const auto text = scene.expose();
  CHECK(value(text, R"(arrivald_today_requests{account="main"})") == "40");
  CHECK(mentions(text, "# TYPE arrivald_today_requests gauge"));
  CHECK(mentions(text, "falls to 0 at the account's midnight"));
  main.setToday(std::nullopt);
  CHECK_FALSE(mentions(scene.expose(), "arrivald_today_"));
}

TEST_CASE("names beyond the limit are counted together as other, and their number is exported") {
  CardinalityLimits limits;
  limits.names[Dimension::category] = 2;
  Scene scene(limits);
  const auto add = [&](const std::string& category) {
    auto& series = scene.registry.subject({"main", Dimension::category, category});
    series.add(counts({{Metric::requests, 1}}));
    series.setToday(counts({{Metric::requests, 9}}));
    series.setWindow(window(1h, counts({{Metric::requests, 9}})));
    return series.folded();
  };
  CHECK_FALSE(add("a"));
  CHECK_FALSE(add("b"));
  CHECK(add("c"));
  CHECK(add("d"));
  CHECK(add("c"));
  CHECK_FALSE(add("a"));
  // Another account has room of its own.
  CHECK_FALSE(scene.registry.subject({"second", Dimension::category, "c"}).folded());

  auto text = scene.expose();
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="a"})") == "2");
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="other"})") == "3");
  CHECK(value(text, R"(arrivald_folded_names{account="main",dimension="category"})") == "2");
  CHECK(value(text, R"(arrivald_folded_names{account="second",dimension="category"})") == "0");
  // What cannot be added up is not shown.
  CHECK_FALSE(mentions(text, R"(today_requests{account="main",category="other"})"));
  CHECK_FALSE(mentions(text, R"(window_requests{account="main",category="other")"));

  scene.registry.forget({"main", Dimension::category, "a"});
  CHECK_FALSE(add("e"));
  text = scene.expose();
  CHECK_FALSE(mentions(text, R"(category="a")"));
  CHECK(mentions(text, R"(category="e")"));
}

TEST_CASE("a lower limit folds the names with the fewest requests, a higher one gives names series again") {
  Scene scene;
  const auto add = [&](const std::string& category, std::int64_t requests) {
    scene.registry.subject({"main", Dimension::category, category})
        .add(counts({{Metric::requests, requests}}));
  };
  Watched watched;
  watched.accounts.emplace_back().name = "main";
  watched.accounts[0].dimensions = {Dimension::category};
  for (const auto& [category, requests] : {std::pair{"a", 1}, {"b", 30}, {"c", 20}}) add(category, requests);

  watched.limits.names[Dimension::category] = 2;
  scene.registry.retain(watched);
  add("a", 5);
  add("b", 1);
  auto text = scene.expose();
  CHECK_FALSE(mentions(text, R"(category="a")"));
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="b"})") == "31");
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="c"})") == "20");
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="other"})") == "5");

  watched.limits.names[Dimension::category] = 3;
  scene.registry.retain(watched);
  add("a", 7);
  text = scene.expose();
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="a"})") == "7");
  CHECK(value(text, R"(arrivald_category_requests_total{account="main",category="other"})") == "5");
  CHECK(value(text, R"(arrivald_folded_names{account="main",dimension="category"})") == "0");

  watched.limits.maxSeries = 0;
  scene.registry.retain(watched);
  add("b", 1);
  CHECK_FALSE(mentions(scene.expose(), R"(category="b")"));
}

TEST_CASE("windows that metrics.windows no longer selects for a dimension are removed") {
  Scene scene;
  Watched watched;
  watched.accounts.emplace_back().name = "main";
  watched.accounts[0].dimensions = {Dimension::category};
  watched.windows = {1h, 24h};
  const auto fillWindows = [&] {
    for (const auto each : watched.windows) scene.registry.subject(kNews).setWindow(window(each, Counts{}));
    return scene.expose();
  };
  CHECK(mentions(fillWindows(), R"(category="news",window="24h"})"));
  watched.limits.windows[Dimension::category] = {1h};
  scene.registry.retain(watched);
  CHECK_FALSE(mentions(scene.expose(), R"(category="news",window="24h"})"));
  CHECK_FALSE(mentions(fillWindows(), R"(category="news",window="24h"})"));
  watched.limits.windows.clear();
  scene.registry.retain(watched);
  CHECK(mentions(fillWindows(), R"(category="news",window="24h"})"));
}

TEST_CASE("a subject called other shares the series of the folded names") {
  Scene scene;
  CHECK(scene.registry.subject({"main", Dimension::category, "other"}).folded());
}

TEST_CASE("labels are escaped, truncated, on one line, and contain no address") {
  Scene scene;
  for (const std::string& category :
       {std::string("a\"b\\c\nd"), std::string("for taro.yamada@example.jp only"), std::string(10'000, 'x'),
        std::string("caf\xE9")})
    scene.registry.subject({"main", Dimension::category, category}).add(Counts{});
  const auto text = scene.expose();
  CHECK(mentions(text, R"(category="a\"b\\c d"})"));
  CHECK(mentions(text, R"(category="for …@example.jp only"})"));
  CHECK_FALSE(mentions(text, "yamada"));
  CHECK_FALSE(mentions(text, std::string(kMaxLabelBytes + 1, 'x')));
  CHECK(mentions(text, "caf\xEF\xBF\xBD"));

  scene.registry.notified("taro.yamada@example.jp", "a\"b");
  CHECK(mentions(scene.expose(), R"(channel="…@example.jp",outcome="a\"b"})"));
}

TEST_CASE("names that are equal after truncation or masking do not produce duplicate series") {
  Scene scene;
  CHECK_FALSE(scene.registry.subject({"main", Dimension::category, "taro@example.jp"}).folded());
  CHECK(scene.registry.subject({"main", Dimension::category, "tomo@example.jp"}).folded());
  rules::Alert alert;
  alert.state = rules::AlertState::firing;
  alert.key = {"stall", {"main", Dimension::category, "taro@example.jp"}};
  auto other = alert;
  other.key.subject.name = "tomo@example.jp";
  scene.registry.alerts({alert, other});
  std::set<std::string> series;
  std::istringstream lines(scene.expose());
  for (std::string line; std::getline(lines, line);)
    if (line[0] != '#') CHECK(series.insert(line.substr(0, line.rfind(' '))).second);
  CHECK(series.size() > 20);
}

TEST_CASE("polls export their age, their errors by kind and their duration") {
  Scene scene;
  auto& task = scene.registry.task("main", "statistics");
  const std::string age = R"(arrivald_poll_age_seconds{account="main",task="statistics"})";
  const std::string kRefused =
      R"(arrivald_poll_errors_total{account="main",kind="unauthorized",party="configuration",task="statistics"})";
  CHECK(value(scene.expose(), age) == "(none)");
  CHECK(value(scene.expose(), kRefused) == "(none)");
  // increase() does not see a counter that begins at 1.
  task.mayFail(Party::configuration, Error::Kind::unauthorized);
  CHECK(value(scene.expose(), kRefused) == "0");
  task.succeeded(200ms, kNow);
  task.failed(Party::configuration, Error::Kind::unauthorized, 40s);
  task.failed(Party::configuration, Error::Kind::unauthorized, 2min);
  scene.clock.advance(75s);
  const auto text = scene.expose();
  CHECK(value(text, age) == "75");
  CHECK(value(text, kRefused) == "2");
  CHECK(value(text, R"(arrivald_poll_duration_seconds_bucket{account="main",task="statistics",le="0.25"})") ==
        "1");
  CHECK(value(text, R"(arrivald_poll_duration_seconds_count{account="main",task="statistics"})") == "3");
  CHECK(&scene.registry.task("main", "statistics") == &task);

  scene.clock.step(-10min);
  CHECK(value(scene.expose(), age) == "0");
}

TEST_CASE("the series of a removed task are removed, and no others") {
  Scene scene;
  scene.registry.task("main", "categories").succeeded(1s, kNow);
  scene.registry.task("main", "categories").failed(Party::storage, Error::Kind::diskFull, 1s);
  scene.registry.task("main", "categories").missed(2);
  scene.registry.task("main", "statistics").succeeded(1s, kNow);
  scene.registry.task("second", "categories").succeeded(1s, kNow);
  CHECK(mentions(scene.expose(), R"(account="main",task="categories")"));
  scene.registry.forgetTask("main", "categories");
  const auto text = scene.expose();
  CHECK_FALSE(mentions(text, R"(account="main",task="categories")"));
  CHECK_FALSE(mentions(text, "disk_full"));
  CHECK(mentions(text, R"(account="main",task="statistics")"));
  CHECK(mentions(text, R"(account="second",task="categories")"));
}

TEST_CASE("all series of a removed account are removed") {
  Scene scene;
  fill(scene.registry);
  scene.registry.task("second", "statistics").succeeded(1s, kNow);
  Watched others;
  others.accounts.emplace_back().name = "second";
  others.accounts[0].tasks = {"statistics"};
  scene.registry.retain(others);
  scene.registry.alerts({});
  const auto text = scene.expose();
  CHECK_FALSE(mentions(text, "\"main\""));
  CHECK(mentions(text, R"(account="second")"));
  // And may come back.
  scene.registry.task("main", "statistics").succeeded(1s, kNow);
  CHECK(value(scene.expose(), R"(arrivald_poll_duration_seconds_count{account="main",task="statistics"})") ==
        "1");
}

namespace {

/// All that fill() makes, as configured.
Watched everything() {
  Watched watched;
  WatchedAccount main;
  main.name = "main";
  main.tasks = {"statistics"};
  main.dimensions = {Dimension::subuser, Dimension::category, Dimension::mailboxProvider};
  main.lists = {"bounces"};
  main.domainGroups = {{"docomo", "x"}};
  main.standing = true;
  watched.accounts = {main};
  watched.windows = {5min};
  watched.channels = {"ops"};
  watched.forwardTargets = {"archive"};
  return watched;
}

/// Each series without its value.
std::set<std::string> seriesIn(const std::string& exposition) {
  std::set<std::string> series;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);)
    if (line[0] != '#') series.insert(line.substr(0, line.rfind(' ')));
  return series;
}

}  // namespace

TEST_CASE("retain keeps the series and counts of everything configured") {
  Scene scene;
  fill(scene.registry);
  const auto before = seriesIn(scene.expose());
  scene.registry.retain(everything());
  const auto text = scene.expose();
  const auto after = seriesIn(text);
  for (const auto& series : before) {
    INFO(series);
    CHECK(after.contains(series));
  }
  CHECK(value(text, R"(arrivald_requests_total{account="main"})") == "1");
  CHECK(promtoolSays(text) == "");
}

TEST_CASE("retain removes the series of") {
  Scene scene;
  fill(scene.registry);
  auto watched = everything();
  auto& main = watched.accounts[0];
  const auto gone = [&](const std::string& mark) {
    CHECK(mentions(scene.expose(), mark));
    scene.registry.retain(watched);
    CHECK_FALSE(mentions(scene.expose(), mark));
  };
  SECTION("a window") {
    watched.windows = {1h};
    gone("window=\"5m\"");
  }
  SECTION("a dimension") {
    main.dimensions.erase(Dimension::category);
    scene.registry.alerts({});
    gone("arrivald_category_");
    CHECK_FALSE(mentions(scene.expose(), "dimension=\"category\""));
    CHECK(mentions(scene.expose(), "arrivald_subuser_"));
  }
  SECTION("a task") {
    main.tasks = {"bounces"};
    gone("task=\"statistics\"");
  }
  SECTION("a suppression list") {
    main.lists = {"blocks"};
    gone("list=\"bounces\"");
  }
  SECTION("a group of receivers, its mail counters included") {
    main.domainGroups = {{"au"}};
    gone("domain_group=\"docomo\"");
    CHECK_FALSE(mentions(scene.expose(), "domain_group=\"x\""));
  }
  SECTION("the event stream") {
    main.domainGroups.reset();
    gone("arrivald_event_batches_total{account=\"main\"");
    const auto text = scene.expose();
    for (const auto* metric :
         {"arrivald_events_", "arrivald_messages_", "arrivald_delivery_latency_",
          "arrivald_source_lag_seconds{", "arrivald_statistics_minus_events{", "arrivald_domain_group_"})
      CHECK_FALSE(mentions(text, std::string("\n") + metric));
  }
  SECTION("a channel") {
    watched.channels = {"mail"};
    gone("channel=\"ops\"");
  }
  SECTION("a forward target") {
    watched.forwardTargets.clear();
    gone("target=\"archive\"");
  }
  SECTION("an account") {
    watched.accounts[0].name = "second";
    scene.registry.alerts({});
    gone("account=\"main\"");
  }
}

TEST_CASE("references to latencies and tasks stay valid after their removal") {
  Scene scene;
  const auto latencies = scene.registry.streamLatency("main", "docomo");
  auto& task = scene.registry.task("main", "statistics");
  auto watched = everything();
  watched.accounts[0].domainGroups.reset();
  watched.accounts[0].tasks.clear();
  scene.registry.retain(watched);
  latencies->observe(2s);
  task.failed(Party::provider, Error::Kind::throttled, 1s);
  scene.registry.retain(everything());
  latencies->observe(2s);
  CHECK(value(scene.expose(),
              R"(arrivald_delivery_latency_seconds_count{account="main",domain_group="docomo"})") == "2");
}

TEST_CASE("a batch committed after its account was removed is neither shown nor counted twice") {
  Scene scene;
  scene.registry.streamEvents("main", "delivered", 3);
  auto without = everything();
  without.accounts.clear();
  scene.registry.retain(without);
  scene.registry.streamEvents("main", "delivered", 2);
  scene.registry.streamBatch("main", "accepted");
  scene.registry.streamRepeated("main", 1);
  scene.registry.streamMalformed("main", 1);
  CHECK_FALSE(mentions(scene.expose(), "account=\"main\""));
  // Configured again: first what is stored, which includes the late batch, then new batches.
  scene.registry.streamEventsStored("main", "delivered", 5);
  scene.registry.streamEventsStored("main", "delivered", 5);
  scene.registry.retain(everything());
  scene.registry.streamEvents("main", "delivered", 1);
  CHECK(value(scene.expose(), R"(arrivald_events_total{account="main",event="delivered"})") == "6");
}

TEST_CASE("error counters exist with 0 before the first error, so that increase() sees it") {
  Scene scene;
  scene.registry.task("main", "statistics").mayFail(Party::provider, Error::Kind::throttled);
  auto without = everything();
  without.accounts[0].tasks.clear();
  scene.registry.retain(without);
  CHECK_FALSE(mentions(scene.expose(), "arrivald_poll_errors_total{"));
  scene.registry.retain(everything());
  const auto text = scene.expose();
  for (const auto* series :
       {R"(arrivald_poll_errors_total{account="main",kind="throttled",party="provider",task="statistics"})",
        R"(arrivald_event_batches_total{account="main",outcome="bad_signature"})",
        R"(arrivald_event_batches_total{account="main",outcome="not_stored"})",
        R"(arrivald_event_batches_total{account="main",outcome="too_slow"})",
        R"(arrivald_event_batches_total{account="",outcome="token_refused"})",
        R"(arrivald_events_total{account="main",event="bounce"})",
        R"(arrivald_event_batches_total{account="",outcome="unknown_account"})",
        R"(arrivald_events_malformed_total{account="main"})",
        R"(arrivald_messages_without_outcome_total{account="main"})",
        R"(arrivald_answers_malformed_total{account="main",what="bad_rows"})",
        R"(arrivald_corrections_total{account="main",dimension="category"})",
        R"(arrivald_suppression_list_removed_total{account="main",list="bounces"})",
        R"(arrivald_notifications_total{channel="ops",outcome="undeliverable"})",
        R"(arrivald_forward_batches_total{outcome="discarded",target="archive"})",
        R"(arrivald_heartbeat_pings_total{outcome="withheld"})",
        R"(arrivald_alerts_by_state{state="firing"})"}) {
    INFO(series);
    CHECK(value(text, series) == "0");
  }
}

TEST_CASE("metrics.windows selects the exported windows of a dimension") {
  CardinalityLimits limits;
  limits.windows[Dimension::category] = {1h};
  Scene scene(limits);
  for (const auto& subject : {kMain, kNews})
    for (const Duration each : {Duration(1h), Duration(24h)})
      scene.registry.subject(subject).setWindow(window(each, Counts{}));
  const auto text = scene.expose();
  CHECK(mentions(text, R"(arrivald_window_requests{account="main",window="24h"})"));
  CHECK(mentions(text, R"(arrivald_category_window_requests{account="main",category="news",window="1h"})"));
  CHECK_FALSE(mentions(text, R"(category="news",window="24h"})"));
}

TEST_CASE("series are bounded in total, over all accounts and dimensions") {
  CardinalityLimits limits;
  limits.maxSeries = 1'000;
  limits.otherwise = 10'000;
  Scene scene(limits);
  auto watched = everything();
  watched.limits = limits;
  watched.windows = {5min, 1h};
  scene.registry.retain(watched);
  scene.registry.subject(kMain);
  std::size_t folded = 0;
  for (int i = 0; i < 300; ++i)
    for (const auto dimension : {Dimension::category, Dimension::mailboxProvider}) {
      auto& series = scene.registry.subject({"main", dimension, "n" + std::to_string(i)});
      const auto one = counts({{Metric::requests, 1}, {Metric::delivered, 1}});
      series.add(one);
      series.setToday(one);
      for (const auto each : watched.windows) series.setWindow(window(each, one));
      folded += series.folded();
    }
  // Accounts have theirs in any case.
  CHECK_FALSE(scene.registry.subject({"second", Dimension::account, ""}).folded());
  scene.registry.forget({"second", Dimension::account, ""});
  auto text = scene.expose();
  std::size_t ofSubjects = 0;
  for (const auto& series : seriesIn(text))
    ofSubjects += series.find("category=\"n") != std::string::npos ||
                  series.find("mailbox_provider=\"n") != std::string::npos;
  CHECK(ofSubjects > 850);
  CHECK(ofSubjects <= 1'000);
  CHECK(folded > 500);
  CHECK(mentions(text, R"(arrivald_category_requests_total{account="main",category="other"})"));
  // What is forgotten makes room, and so do fewer windows.
  scene.registry.forget({"main", Dimension::category, "n0"});
  CHECK_FALSE(scene.registry.subject({"main", Dimension::category, "late"}).folded());
  CHECK(scene.registry.subject({"main", Dimension::category, "later"}).folded());
  watched.windows = {5min};
  scene.registry.retain(watched);
  CHECK_FALSE(scene.registry.subject({"main", Dimension::category, "latest"}).folded());
}

TEST_CASE("groups of receivers export only metrics that the event stream fills") {
  Scene scene;
  auto& series = scene.registry.subject({"main", Dimension::domainGroup, "docomo"});
  series.add(counts({{Metric::drops, 3}}));
  series.setToday(Counts{});
  const auto text = scene.expose();
  CHECK(value(text, R"(arrivald_domain_group_drops_total{account="main",domain_group="docomo"})") == "3");
  for (const auto* never : {"bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails",
                            "unique_opens", "unique_clicks", "today_"})
    CHECK_FALSE(mentions(text, std::string("arrivald_domain_group_") + never));
}

TEST_CASE("resolved alerts are not exported, and alerts beyond the limit are only counted") {
  Scene scene;
  rules::Alert alert;
  alert.key = {"low_rate", kNews};
  alert.state = rules::AlertState::pending;
  scene.registry.alerts({alert});
  auto text = scene.expose();
  CHECK(value(text, R"(arrivald_alerts{account="main",dimension="category",name="news",)"
                    R"(rule="low_rate",severity="warning",state="pending"})") == "1");
  CHECK(value(text, R"(arrivald_alerts_by_state{state="pending"})") == "1");
  CHECK(value(text, R"(arrivald_alerts_by_state{state="firing"})") == "0");
  alert.state = rules::AlertState::resolved;
  scene.registry.alerts({alert});
  text = scene.expose();
  CHECK_FALSE(mentions(text, "arrivald_alerts{"));
  CHECK(value(text, R"(arrivald_alerts_by_state{state="pending"})") == "0");

  std::vector<rules::Alert> many;
  for (std::size_t i = 0; i < Registry::kMaxAlerts + 5; ++i) {
    alert.key.subject.name = std::to_string(i);
    alert.state = rules::AlertState::firing;
    many.push_back(alert);
  }
  scene.registry.alerts(many);
  text = scene.expose();
  CHECK(value(text, R"(arrivald_alerts_by_state{state="firing"})") == "1005");
  std::size_t lines = 0;
  const std::string begin = "\narrivald_alerts{";
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) ++lines;
  CHECK(lines == Registry::kMaxAlerts);
}

TEST_CASE("what is unknown is absent and not 0") {
  Scene scene;
  auto text = scene.expose();
  for (const auto* absent : {"arrivald_status_page_indicator", "arrivald_outbox_",
                             "arrivald_data_unchanged_seconds", "arrivald_suppression_list_entries"})
    CHECK_FALSE(mentions(text, absent));
  CHECK(value(text, "arrivald_clock_steps_total") == "0");
  scene.registry.statusPage(0, 0);
  scene.registry.rateLimit("main", "stats", 600, std::nullopt);
  scene.registry.outbox(0, 0, std::nullopt);
  text = scene.expose();
  CHECK(value(text, "arrivald_status_page_indicator") == "0");
  CHECK(value(text, R"(arrivald_rate_limit_requests{account="main",endpoint="stats"})") == "600");
  CHECK_FALSE(mentions(text, "arrivald_rate_limit_remaining_requests"));
  CHECK(value(text, "arrivald_outbox_oldest_age_seconds") == "0");
  scene.registry.statusPageUnreadable();
  scene.registry.rateLimit("main", "stats", std::nullopt, std::nullopt);
  text = scene.expose();
  CHECK_FALSE(mentions(text, "arrivald_status_page_"));
  CHECK_FALSE(mentions(text, "arrivald_rate_limit"));
}

TEST_CASE("process metrics match the kernel's values") {
  const auto process = readProcess();
  REQUIRE(process.residentBytes.has_value());
  CHECK(*process.residentBytes > 1'000'000);
  CHECK(*process.virtualBytes >= *process.residentBytes);
  CHECK(*process.threads >= 1);
  CHECK(*process.openFiles >= 3);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(*process.startSeconds <= now + 1);
  CHECK(*process.startSeconds > now - 3'600);

  Scene scene;
  const auto first = value(scene.expose(), "process_cpu_seconds_total");
  const auto busyUntil = std::clock() + CLOCKS_PER_SEC / 20;
  while (std::clock() < busyUntil) {
  }
  CHECK(std::stod(value(scene.expose(), "process_cpu_seconds_total")) > std::stod(first));
}

TEST_CASE("numbers are written so that they read back unchanged") {
  const auto spelled = [](auto number) {
    std::string text;
    appendNumber(text, number);
    return text;
  };
  CHECK(spelled(std::int64_t{9'007'199'254'740'993}) == "9007199254740993");
  CHECK(spelled(0.1) == "0.1");
  CHECK(spelled(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(spelled(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(spelled(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("the rules for Prometheus that ship name no metric that there is not") {
  std::ifstream file(testing::inTree("/deploy/prometheus.rules.yaml"));
  const std::string rules((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::set<std::string, std::less<>> known{std::string(kAlerts)};
  for (std::size_t i = 0; i < kSingleCount; ++i) known.emplace(describe(static_cast<Single>(i)).name);
  const std::regex name("arrivald_[a-z_]+");
  int found = 0;
  for (std::sregex_iterator at(rules.begin(), rules.end(), name), end; at != end; ++at, ++found) {
    // A histogram's series carry its name and a suffix.
    const auto metric = std::regex_replace(at->str(), std::regex("_(bucket|sum|count)$"), "");
    CAPTURE(at->str());
    CHECK((known.contains(at->str()) || known.contains(metric)));
  }
  CHECK(found >= 6);
}

TEST_CASE("what is exported of a domain's DMARC reports is replaced as a whole, and ends with the domain") {
  testing::ManualClock clock;
  Registry registry(clock, "test", CardinalityLimits{});
  DmarcNumbers numbers;
  numbers.messages[{"spoofed", "none"}] = 7;
  numbers.sources[{"192.0.2.0/24", "none"}] = 7;
  registry.dmarcDomain("example.jp", numbers);
  CHECK(registry.expose().find(
            R"(arrivald_dmarc_messages{aligned="none",domain="example.jp",origin="spoofed"} 7)") !=
        std::string::npos);
  registry.dmarcDomain("example.jp", DmarcNumbers{});
  CHECK(registry.expose().find("arrivald_dmarc_messages{") == std::string::npos);
  registry.dmarcDomain("example.jp", numbers);
  registry.retainDmarcDomains({"example.com"});
  CHECK(registry.expose().find("example.jp") == std::string::npos);
}
