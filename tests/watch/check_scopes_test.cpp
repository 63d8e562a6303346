// What the key may not do, said in the log and remembered for the page.
#include "watch/check_scopes.hpp"

#include "watch/logged_lines.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using sendgrid::Feature;

namespace {

struct Fixture : ProviderFixture {
  LoggedLines log;
  JobOutcome check(std::vector<Feature> wanted) {
    return runTask(io, checkScopes(owners(), *client, std::move(wanted)));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each missing scope is one line that says what stops working") {
  answer("/v3/scopes", R"({"scopes":["stats.read"]})");
  CHECK_FALSE(check({Feature::statistics, Feature::categories}));
  CHECK(log.count("categories.stats.read") == 1);
  REQUIRE_FALSE(owners().scopes().missing("main").empty());
  CHECK(owners().scopes().missing("main").back() == "categories.stats.read");
}

TEST_CASE_METHOD(Fixture, "a key that has every scope is said in one line, and clears what was missing") {
  owners().scopes().checked("main", {"stats.read"});
  answer("/v3/scopes", R"({"scopes":["stats.read"]})");
  CHECK_FALSE(check({Feature::statistics}));
  CHECK(log.count("every scope") == 1);
  CHECK(owners().scopes().missing("main").empty());
}

TEST_CASE_METHOD(Fixture, "where the scopes cannot be asked for, what was known stays") {
  owners().scopes().checked("main", {"stats.read"});
  answer("/v3/scopes", FakeTransport::reply(401, "{}"));
  CHECK(check({Feature::statistics})->kind == Error::Kind::unauthorized);
  CHECK(owners().scopes().missing("main").size() == 1);
  config.accounts.clear();
  retain();
  CHECK(owners().scopes().missing("main").empty());
}

TEST_CASE_METHOD(Fixture, "what is wanted of a key is what the account's part of the YAML switches on") {
  const auto wants = [&](Feature feature) {
    const auto wanted = wantedFeatures(account());
    return std::count(wanted.begin(), wanted.end(), feature) == 1;
  };
  CHECK(wants(Feature::statistics));
  CHECK(wants(Feature::mailboxProviders));
  CHECK(wants(Feature::bounces));
  CHECK_FALSE(wants(Feature::categories));
  CHECK_FALSE(wants(Feature::eventWebhookSettings));
  account().suppressions = false;
  account().mailboxProviders = {};
  account().categories.names = {"notice"};
  account().subusers.discover = true;
  account().events.emplace().url = "https://mail.example.jp/events/main";
  CHECK_FALSE(wants(Feature::bounces));
  CHECK_FALSE(wants(Feature::mailboxProviders));
  for (const auto feature : {Feature::categories, Feature::subusers, Feature::eventWebhookSettings})
    CHECK(wants(feature));
}
