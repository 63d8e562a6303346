// The lists of an account's subusers: each has lists of its own, which are read with the account's key.
#include "watch/account_lists.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : ProviderFixture {
  /// By the subuser, "" for the account's own: the rows of its bounces.
  std::map<std::string, nlohmann::json> bounces;
  std::string subusers = R"([{"username":"city"},{"username":"town"}])";
  std::set<std::string> refused;  ///< subusers that the key may not act for
  std::unique_ptr<AccountLists> lists;

  Fixture() {
    config.accounts[0].subusers.discover = true;
    retain();
    lists = std::make_unique<AccountLists>(owners(), transport, *client, config.accounts[0], config);
    transport.always(FakeTransport::asked("GET", "/v3/"), [this](const http::Request& request) {
      const std::string subuser(request.headers.find("on-behalf-of").value_or(""));
      if (request.url.find("/v3/subusers") != std::string::npos)
        return request.url.find("offset=0") != std::string::npos ||
                       request.url.find("offset=") == std::string::npos
                   ? FakeTransport::reply(200, subusers)
                   : FakeTransport::reply(200, "[]");
      if (refused.contains(subuser))
        return FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})");
      if (request.url.find("/bounces?") != std::string::npos && bounces.contains(subuser))
        return FakeTransport::reply(200, bounces[subuser].dump());
      return FakeTransport::reply(200, "[]");
    });
  }
  nlohmann::json bounce(const std::string& email) const {
    return {{"email", email},
            {"created", unixSeconds(clock.now() - 1h)},
            {"status", "5.1.1"},
            {"reason", "550 5.1.1 no such user"}};
  }
  std::size_t size(const std::string& owner) { return owners().lists().size(owner, List::bounces); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a crawl reads the lists of the account and of each subuser, apart") {
  bounces[""] = nlohmann::json::array({bounce("a@b.jp")});
  bounces["city"] = nlohmann::json::array({bounce("b@b.jp"), bounce("c@b.jp")});
  CHECK_FALSE(lists->allCrawled());
  CHECK_FALSE(patiently(lists->crawl()));
  CHECK(lists->allCrawled());
  CHECK(size("main") == 1);
  CHECK(size("main/city") == 2);
  CHECK(size("main/town") == 0);
  CHECK(owners().lists().ownersOf(account()) == std::vector<std::string>{"main", "main/city", "main/town"});
  CHECK(exposes(R"(arrivald_suppression_list_entries{account="main/city",list="bounces"} 2)"));
  restart();
  CHECK(owners().lists().ownersOf(account()).size() == 3);
}

TEST_CASE_METHOD(Fixture, "causes are counted apart for each subuser, with series only of causes it has") {
  using namespace std::string_literals;
  bounces["city"] = nlohmann::json::array({bounce("b@b.jp"), bounce("c@b.jp")});
  REQUIRE_FALSE(patiently(lists->crawl()));
  const auto seriesOf = [](const std::string& owner, const std::string& cause) {
    return "{account=\"" + owner + "\",cause=\"" + cause + "\",list=\"bounces\"} ";
  };
  const auto gauge = "arrivald_suppression_cause_entries"s;
  CHECK(exposes(gauge + seriesOf("main/city", "no_address") + "2\n"));
  CHECK_FALSE(exposes(gauge + seriesOf("main/city", "mailbox_full")));
  CHECK(exposes(gauge + seriesOf("main", "mailbox_full") + "0\n"));
  CHECK_FALSE(exposes(gauge + "{account=\"main/town\""));
  clock.advance(2h);
  bounces["city"].push_back(bounce("d@b.jp"));
  REQUIRE_FALSE(patiently(lists->poll()));
  CHECK(exposes("arrivald_suppression_causes_total" + seriesOf("main/city", "no_address") + "1\n"));
  CHECK(exposes(gauge + seriesOf("main/city", "no_address") + "3\n"));
  for (int crawl = 0; crawl < 2; ++crawl) {
    clock.advance(6h);
    owners().lists().beginCrawl("main/city", List::bounces);
    REQUIRE(owners().lists().finishCrawl("main/city", List::bounces, clock.now(),
                                         SuppressionLists::Missing::removed));
  }
  CHECK(exposes("arrivald_suppression_causes_removed_total" + seriesOf("main/city", "no_address") + "3\n"));
  CHECK_FALSE(exposes(gauge + "{account=\"main/city\""));
}

TEST_CASE_METHOD(Fixture, "a subuser that is new is read as a whole by the next poll") {
  CHECK_FALSE(patiently(lists->crawl()));
  subusers = R"([{"username":"city"},{"username":"village"}])";
  bounces["village"] = nlohmann::json::array({bounce("a@b.jp")});
  bounces["city"] = nlohmann::json::array({bounce("d@b.jp")});
  CHECK_FALSE(patiently(lists->poll()));
  CHECK(size("main/village") == 1);
  CHECK(size("main/city") == 1);
  CHECK(owners().lists().progress("main/village", List::blocks).crawled);
  CHECK(owners().lists().ownersOf(account()) ==
        std::vector<std::string>{"main", "main/city", "main/village"});
}

TEST_CASE_METHOD(Fixture,
                 "a subuser whose lists are refused does not stop the others, and is said to be unread") {
  refused = {"city"};
  bounces["town"] = nlohmann::json::array({bounce("a@b.jp")});
  const auto outcome = patiently(lists->crawl());
  REQUIRE(outcome);
  CHECK(outcome->kind == Error::Kind::forbidden);
  CHECK(size("main/town") == 1);
  CHECK_FALSE(lists->allCrawled());
  CHECK(owners().lists().readFailure("main/city", List::bounces) != nullptr);
  CHECK(owners().lists().readFailure("main", List::bounces) == nullptr);
}

TEST_CASE_METHOD(Fixture, "a subuser that is an account of its own is not read twice") {
  config.accounts.emplace_back().name = "city-own";
  config.accounts.back().onBehalfOf = "city";
  retain();
  lists = std::make_unique<AccountLists>(owners(), transport, *client, config.accounts[0], config);
  CHECK_FALSE(patiently(lists->crawl()));
  CHECK(owners().lists().ownersOf(account()) == std::vector<std::string>{"main", "main/town"});
}

TEST_CASE_METHOD(Fixture, "without followed subusers only the account's own lists are read") {
  account().subusers = {};
  retain();
  lists = std::make_unique<AccountLists>(owners(), transport, *client, config.accounts[0], config);
  CHECK_FALSE(patiently(lists->crawl()));
  CHECK(lists->allCrawled());
  for (const auto& request : transport.requests()) CHECK_FALSE(request.headers.find("on-behalf-of"));
}
