// Every alert has a runbook, in both languages and of one form, and names nothing that does not exist.
#include "daemon/runbooks.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "metrics/catalogue.hpp"
#include "rules/defaults.hpp"
#include "support/paths.hpp"
#include "support/read_file.hpp"

using namespace arrivald;
using Catch::Contains;

namespace {

std::vector<std::string> headingsOf(std::string_view text) {
  std::vector<std::string> headings;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("#")) headings.push_back(line);
  return headings;
}

std::vector<rules::Rule> defaultRules() {
  std::vector<rules::Rule> all;
  for (const auto& some : {rules::defaults(), rules::deskDefaults(), rules::dmarcDefaults()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

http::Response ask(const std::string& path, const config::Config& config, const char* language = "") {
  http::ServerRequest request;
  request.path = path;
  if (*language != '\0') request.headers.add("Accept-Language", language);
  return runbookResponse(request, config);
}

}  // namespace

TEST_CASE("every default rule has a runbook of its own name") {
  for (const auto& rule : defaultRules()) {
    CAPTURE(rule.name);
    const auto* runbook = runbookOf(rule.name, {});
    REQUIRE(runbook != nullptr);
    CHECK(runbook->alert == rule.name);
  }
}

TEST_CASE("every alert of the rules for Prometheus has one, too") {
  const auto text = testing::readFile(testing::inTree("/deploy/prometheus.rules.yaml"));
  const std::regex alert("- alert: (\\w+)");
  for (std::sregex_iterator at(text.begin(), text.end(), alert), end; at != end; ++at)
    if ((*at)[1] != "ArrivaldAlert") CHECK(runbookOf((*at)[1].str(), {}) != nullptr);
}

TEST_CASE("a rule of any kind has a runbook, whatever its name is") {
  std::set<std::size_t> kinds;
  const auto check = [&](rules::Kind kind, std::string_view expected) {
    rules::Rule rule;
    rule.name = "ours";
    rule.kind = std::move(kind);
    kinds.insert(rule.kind.index());
    const auto* runbook = runbookOf("ours", {rule});
    REQUIRE(runbook != nullptr);
    CHECK(runbook->alert == expected);
  };
  rules::RateThreshold drops;
  drops.input = rules::Input::dropRate;
  check(drops, "drop-rate");
  rules::RateThreshold bounces;
  bounces.input = rules::Input::bounceRate;
  check(bounces, "delivery-rate");
  rules::Threshold oldest;
  oldest.input = rules::Input::deferredInFlight;
  check(oldest, "overdue");
  check(rules::Stall{}, "stall");
  check(rules::NothingRequested{}, "nothing-requested");
  check(rules::NothingRead{}, "not-readable");
  check(rules::StreamSilent{}, "stream-silent");
  check(rules::Overdue{}, "overdue");
  check(rules::SlowDrift{}, "drift");
  check(rules::BurnRate{}, "delivery-rate");
  check(rules::FirstBlock{}, "first-block");
  check(rules::CauseSeen{}, "blocklist-or-authentication");
  check(rules::StreamDiffers{}, "stream-differs");
  check(rules::StreamSettings{}, "stream-settings");
  check(rules::AccountSuspended{}, "account-suspended");
  check(rules::StatisticsStill{}, "statistics-still");
  check(rules::Dmarc{}, "dmarc-own-mail");
  CHECK(kinds.size() == std::variant_size_v<rules::Kind>);
}

TEST_CASE("all runbooks have the same headings in their language, and begin with the alert's sentence") {
  const auto first = runbooks().front();
  for (const auto& runbook : runbooks()) {
    CAPTURE(runbook.alert);
    for (const auto text : {runbook.japanese, runbook.english}) {
      const bool isJapanese = text == runbook.japanese;
      auto headings = headingsOf(text), expected = headingsOf(isJapanese ? first.japanese : first.english);
      REQUIRE(headings.size() == 7);
      CHECK(headings.front() == "# " + std::string(runbook.alert));
      headings.front() = expected.front();
      CHECK(headings == expected);
      CHECK(text.substr(0, text.find('\n')).ends_with(isJapanese ? "。" : "."));
    }
  }
}

TEST_CASE("every metric that a runbook names is exported") {
  std::set<std::string> known;
  for (const auto& family : metrics::catalogue()) known.insert(family.name);
  const std::regex metric("arrivald_[a-z_]+");
  for (const auto& runbook : runbooks())
    for (const auto view : {runbook.japanese, runbook.english}) {
      const std::string text(view);
      for (std::sregex_iterator at(text.begin(), text.end(), metric), end; at != end; ++at) {
        CAPTURE(runbook.alert, at->str());
        CHECK(known.contains(at->str()));
      }
    }
}

TEST_CASE("the page of a runbook is in the reader's language, and shows nothing that was asked for") {
  config::Config config;
  config.language = Language::japanese;
  CHECK_THAT(ask("/runbooks/stall", config).body,
             Contains("<html lang=\"ja\">") && Contains("<h2>対処</h2>"));
  const auto english = ask("/runbooks/stall", config, "en-GB,en;q=0.9");
  CHECK_THAT(english.body, Contains("<h2>Mitigation</h2>") && Contains("<code>arrivald status</code>"));
  CHECK(english.headers.find("Content-Security-Policy"));
  const auto none = ask("/runbooks/<script>", config);
  CHECK(none.status == 404);
  CHECK_THAT(none.body, !Contains("script") && Contains("手順書はありません"));
  CHECK_THAT(ask("/runbooks/none", config, "en").body, Contains("there is no runbook of this name"));
}

TEST_CASE("every metric that a dashboard asks for is exported") {
  std::set<std::string> known = {"process_resident_memory_bytes"};
  for (const auto& family : metrics::catalogue())
    for (const auto* part : {"", "_bucket", "_sum", "_count"}) known.insert(family.name + part);
  const std::regex metric(R"((?:arrivald|process)_[a-z_]+)"),
      expression(R"re("(?:expr|query)": "((?:[^"\\]|\\.)*)")re");
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::inTree("/deploy/grafana"))) {
    if (entry.path().extension() != ".json") continue;
    const auto text = testing::readFile(entry.path().string());
    for (std::sregex_iterator asked(text.begin(), text.end(), expression), end; asked != end; ++asked) {
      const auto query = (*asked)[1].str();
      for (std::sregex_iterator at(query.begin(), query.end(), metric); at != end; ++at, ++seen) {
        CAPTURE(entry.path().filename().string(), query, at->str());
        CHECK(known.contains(at->str()));
      }
    }
  }
  CHECK(seen > 50);
}
