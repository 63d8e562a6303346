// Which jobs a configuration asks for.
#include "watch/configured_jobs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace arrivald;
using namespace arrivald::watch;
using namespace std::chrono_literals;

namespace {

config::Config oneAccount() {
  config::Config config;
  config.accounts.emplace_back();
  config.accounts.back().name = "main";
  config.accounts.back().credits = false;
  config.accounts.back().suppressions = false;
  config.accounts.back().mailboxProviders = {};
  config.statusPage.reset();
  return config;
}

std::vector<std::string> namesOf(const config::Config& config) {
  std::vector<std::string> names;
  for (const auto& job : configuredJobs(config))
    names.push_back(job.account + "/" + std::string(name(job.kind)));
  return names;
}

bool has(const config::Config& config, const std::string& job) {
  const auto names = namesOf(config);
  return std::find(names.begin(), names.end(), job) != names.end();
}

}  // namespace

TEST_CASE(
    "an account is read for its scopes, statistics and their history; rules and events are always looked "
    "after") {
  CHECK(namesOf(oneAccount()) == std::vector<std::string>{"main/scopes", "main/statistics", "main/history",
                                                          "/rules", "/event_stream"});
  auto nothing = oneAccount();
  nothing.accounts.clear();
  CHECK(namesOf(nothing) == std::vector<std::string>{"/rules", "/event_stream"});
}

TEST_CASE("everything else that is read has a job where it is switched on, and none where it is not") {
  auto config = oneAccount();
  auto& account = config.accounts[0];
  const auto switchedOn = [&](const std::string& job, const auto& on) {
    CHECK_FALSE(has(config, job));
    on();
    CHECK(has(config, job));
  };
  switchedOn("main/credits", [&] { account.credits = true; });
  switchedOn("main/categories", [&] { account.categories.names = {"notice"}; });
  switchedOn("main/subusers", [&] { account.subusers.names = {"mailing"}; });
  switchedOn("main/mailbox_providers", [&] { account.mailboxProviders.names = {"Gmail"}; });
  switchedOn("main/suppressions_full", [&] { account.suppressions = true; });
  CHECK(has(config, "main/suppressions"));
  account.events.emplace();
  switchedOn("main/event_webhook", [&] { account.events->url = "https://arrivald.example.jp/events/main"; });
  switchedOn("/status_page", [&] { config.statusPage.emplace(); });
  switchedOn("/heartbeat", [&] { config.heartbeat.emplace(); });
  switchedOn("/alertmanager", [&] { config.alertmanager.emplace(); });
  // Each by its own name, and twice for two accounts.
  config.accounts.push_back(account);
  config.accounts.back().name = "second";
  const auto names = namesOf(config);
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  CHECK(has(config, "second/suppressions_full"));
}

TEST_CASE("what is asked of the provider begins at once, but for the long history") {
  auto config = oneAccount();
  config.heartbeat.emplace();
  for (const auto& job : configuredJobs(config)) {
    CAPTURE(name(job.kind));
    const bool later = job.kind == JobKind::history || job.kind == JobKind::rules ||
                       job.kind == JobKind::eventStream || job.kind == JobKind::heartbeat;
    CHECK(job.atStart == !later);
    CHECK((job.asks == Party::provider) == !job.account.empty());
  }
}

TEST_CASE("DMARC reports have a job where they are configured") {
  auto config = oneAccount();
  const auto isDmarc = [](const JobPlan& job) { return job.kind == JobKind::dmarc; };
  CHECK(std::ranges::none_of(configuredJobs(config), isDmarc));
  config.dmarc.emplace();
  CHECK(std::ranges::count_if(configuredJobs(config), isDmarc) == 1);
  const auto isDns = [](const JobPlan& job) { return job.kind == JobKind::dmarcDns; };
  CHECK(std::ranges::count_if(configuredJobs(config), isDns) == 1);
  config.dmarc->checksDns = false;
  CHECK(std::ranges::none_of(configuredJobs(config), isDns));
}
