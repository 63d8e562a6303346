// The event stream's settings at the provider against what is expected.
#include "watch/check_stream_settings.hpp"

#include <catch2/catch.hpp>

#include "watch/logged_lines.hpp"
#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE("what is wrong with the settings at the provider is named") {
  config::AccountEvents wanted{{"KEY"}, false, "", {}, {}, "https://user:pw@mail.example.jp/events/main"};
  sendgrid::EventWebhookSettings good{"7",
                                      "https://mail.example.jp/events/main",
                                      true,
                                      {"bounce", "deferred", "delivered", "dropped", "processed"}};
  CHECK(wrongSettings(wanted, {}, {}) == "missing");
  CHECK(wrongSettings(wanted, {good}, "KEY").empty());
  CHECK(wrongSettings(wanted, {good}, "OTHER") == "key");
  CHECK(wrongSettings(wanted, {good}, "") == "signature");
  auto off = good;
  off.enabled = false;
  off.events = {"bounce", "delivered", "dropped", "processed"};
  CHECK(wrongSettings(wanted, {off}, "KEY") == "disabled,deferred");
  // Of two that post here the one that is on counts.
  CHECK(wrongSettings(wanted, {off, good}, "KEY").empty());
  auto elsewhere = good;
  elsewhere.url = "https://mail.example.jp/events/other";
  CHECK(wrongSettings(wanted, {elsewhere}, "KEY") == "missing");
}

TEST_CASE("settings that our own door would refuse are wrong: the password and the token's client") {
  config::AccountEvents wanted{{"KEY"}, false, "", {}, {}, "https://mail.example.jp/events/main"};
  sendgrid::EventWebhookSettings set{"",
                                     "https://mail.example.jp/events/main",
                                     true,
                                     {"bounce", "deferred", "delivered", "dropped", "processed"}};
  CHECK(wrongSettings(wanted, {set}, "KEY").empty());
  wanted.user = "ops";
  wanted.password = config::SecretValue{Secret("pw"), "file x"};
  CHECK(wrongSettings(wanted, {set}, "KEY") == "password");
  set.hasPassword = true;
  CHECK(wrongSettings(wanted, {set}, "KEY").empty());
  wanted.password.reset();
  wanted.oauth = config::EventOauth{"us", {Secret("s"), "file x"}};
  CHECK(wrongSettings(wanted, {set}, "KEY") == "oauth");
  set.oauthClientId = "us";
  set.oauthTokenUrl = "https://mail.example.jp/events/main/token/";
  CHECK(wrongSettings(wanted, {set}, "KEY").empty());
}

namespace {

struct Settings : ProviderFixture {
  LoggedLines log;
  const std::string url = "https://mail.example.jp/events/main";

  Settings() {
    account().events = config::AccountEvents{{"KEY"}, false, "", {}};
    account().events->url = url;
    retain();
  }
  JobOutcome check() { return runTask(io, checkStreamSettings(owners(), *client, account())); }
  void found(bool enabled, const FakeTransport::Answer& key) {
    transport.clear();
    answer("/settings/all", nlohmann::json{{"webhooks",
                                            {{{"id", "7"},
                                              {"url", url},
                                              {"enabled", enabled},
                                              {"bounce", true},
                                              {"deferred", true},
                                              {"delivered", true},
                                              {"dropped", true},
                                              {"processed", true}}}}}
                                .dump());
    answer("/settings/signed/7", key);
  }
  std::string known() { return owners().events().status().settings("main").value_or("(not checked)"); }
};

}  // namespace

TEST_CASE_METHOD(Settings,
                 "settings are held against what is expected, and a change for the worse is said once") {
  CHECK(known() == "(not checked)");
  found(true, FakeTransport::reply(200, R"({"public_key":"KEY"})"));
  CHECK_FALSE(check());
  CHECK(known().empty());
  found(false, FakeTransport::reply(200, R"({"public_key":"OTHER"})"));
  CHECK_FALSE(check());
  CHECK_FALSE(check());
  CHECK(known() == "disabled,key");
  CHECK(log.count("disabled,key") == 1);
}

TEST_CASE_METHOD(Settings, "a webhook that was never signed has no key, which is what is wrong with it") {
  found(true, FakeTransport::reply(404, "{}"));
  CHECK_FALSE(check());
  CHECK(known() == "signature");
}

TEST_CASE_METHOD(Settings, "a webhook without an id is looked at as any other") {
  answer("/settings/all", nlohmann::json{{"webhooks", {{{"url", url}, {"enabled", true}}}}}.dump());
  answer("/settings/signed", FakeTransport::reply(200, R"({"public_key":"OTHER"})"));
  CHECK_FALSE(check());
  CHECK_THAT(known(), Catch::Contains("key"));
}

TEST_CASE_METHOD(Settings, "where the provider does not answer, what was known stays") {
  found(true, FakeTransport::reply(200, R"({"public_key":"KEY"})"));
  CHECK_FALSE(check());
  found(true, FakeTransport::reply(503, ""));
  CHECK(check()->kind == Error::Kind::serverError);
  transport.clear();
  answer("/settings/all", FakeTransport::reply(403, "{}"));
  CHECK(check()->kind == Error::Kind::forbidden);
  CHECK(known().empty());
}
