// What `arrivald webhook status` calls well: only what is, and what is not known is said.
#include "daemon/webhook_verdict.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using Catch::Contains;

namespace {

struct Fixture {
  config::AccountEvents wanted;
  std::vector<sendgrid::EventWebhookSettings> found;
  WebhookKey key{"KEY", ""};

  Fixture() {
    wanted.url = "https://hooks.example.jp/events/main";
    wanted.publicKeys = {"KEY"};
    auto& one = found.emplace_back();
    one.id = "77";
    one.url = wanted.url;
    one.enabled = true;
    one.events.assign(sendgrid::kEventTypesNeeded.begin(), sendgrid::kEventTypesNeeded.end());
  }
  WebhookVerdict verdict() const {
    return webhookVerdict(wanted, found, key, notify::Catalogue::of(Language::english));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what is signed with a key of the configuration, and else as demanded, is well") {
  CHECK(verdict().isWell);
  CHECK(verdict().text == "all is as it should be");
}

TEST_CASE_METHOD(Fixture,
                 "a signature that is off is wrong, unless the configuration takes unsigned events") {
  key.key = "";
  CHECK_FALSE(verdict().isWell);
  CHECK_THAT(verdict().text, Contains("the signature is switched off"));
  wanted.publicKeys.clear();
  CHECK_FALSE(verdict().isWell);
  CHECK_THAT(verdict().text, Contains("the signature is switched off"));
  wanted.acceptUnsigned = true;
  CHECK(verdict().isWell);
  CHECK_THAT(verdict().text, Contains("anybody who knows the address can send forged events"));
  CHECK_THAT(verdict().text, !Contains("all is as it should be"));
}

TEST_CASE_METHOD(Fixture, "a key that the configuration lacks is no more than well but for that") {
  wanted.publicKeys.clear();
  CHECK(verdict().isWell);
  CHECK_THAT(verdict().text, Contains("until the key stands in its configuration"));
}

TEST_CASE_METHOD(Fixture, "where the key cannot be read, it is said to be unknown, beside what is wrong") {
  key = {std::nullopt, "SendGrid: 403"};
  CHECK_FALSE(verdict().isWell);
  CHECK_THAT(verdict().text,
             Contains("is not known: SendGrid: 403") && Contains("All else is as it should be"));
  found[0].enabled = false;
  CHECK_FALSE(verdict().isWell);
  CHECK_THAT(verdict().text, Contains("it is switched off") && Contains("is not known: SendGrid: 403"));
}
