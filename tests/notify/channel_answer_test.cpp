// What the answer of a channel's service means for people.
#include "notify/channel_answer.hpp"

#include <catch2/catch.hpp>

#include "notify/compose.hpp"

using namespace arrivald;
using namespace arrivald::notify;

TEST_CASE("Slack's word decides, then the status, then the kind of the failure; each has its remedy") {
  struct Case {
    std::string answer, remedy;
  };
  const std::vector<Case> cases = {{"404 no_service", "webhook"},
                                   {"HTTP 404 no such room", "other"},
                                   {"an answer that is not the channel's own (a proxy's page?)", "proxy"},
                                   {"404", "webhook"},
                                   {"410", "webhook"},
                                   {"410 channel_is_archived", "channel"},
                                   {"404 channel_not_found", "channel"},
                                   {"403 action_prohibited", "forbidden"},
                                   {"403 invalid_token", "webhook"},
                                   {"403", "forbidden"},
                                   {"400 invalid_payload", "ours"},
                                   {"400 invalid_blocks", "ours"},
                                   {"400 user_not_found", "mentions"},
                                   {"429", "rate"},
                                   {"503 <html>", "service"},
                                   {"an answer that is not Slack's (a proxy's page?)", "proxy"},
                                   {"timed_out (hooks.slack.com:443: no answer)", "network"},
                                   {"dns (not found)", "network"},
                                   {"proxy (refused)", "network"},
                                   {"302 a redirection: the address is not a webhook's", "other"},
                                   {"not_in_channel", "invite"},
                                   {"channel_not_found", "room"},
                                   {"missing_scope", "scope"},
                                   {"token_revoked", "token"},
                                   {"restricted_action_thread_locked", "forbidden"},
                                   {"internal_error", "service"},
                                   {"", "other"}};
  for (const auto& each : cases) {
    CAPTURE(each.answer);
    CHECK(remedyFor(each.answer) == each.remedy);
    for (const auto language : {Language::english, Language::japanese}) {
      CHECK(Catalogue::of(language).has("cli.test.remedy." + each.remedy));
      CHECK(Catalogue::of(language).has(undeliverableKey(each.answer)));
    }
  }
  // systemd hands a changed credential over at a start only.
  for (const auto* answer : {"404 no_service", "404 channel_not_found", "timed_out (x)"}) {
    CHECK_THAT(Catalogue::of(Language::english).text(undeliverableKey(answer), {{"channel", "ops"}}),
               Catch::Contains("restart arrivald"));
    CHECK_THAT(Catalogue::of(Language::japanese).text(undeliverableKey(answer), {{"channel", "ops"}}),
               Catch::Contains("再起動"));
  }
  CHECK(undeliverableKey("404 no_service") == "undeliverable.next.webhook");
  CHECK(undeliverableKey("timed_out (x)") == "undeliverable.next");
}

TEST_CASE("people read Slack's own words as they are, and what arrivald found in their language") {
  const auto& japanese = Catalogue::of(Language::japanese);
  const auto& english = Catalogue::of(Language::english);
  CHECK(answerWords(japanese, "404 no_service") == "404 no_service");
  CHECK(answerWords(japanese, "connect (hooks.slack.com:443: no connection (Connection refused))") ==
        "接続できません(hooks.slack.com:443)");
  CHECK(answerWords(english, "connect (hooks.slack.com:443: no connection (Connection refused))") ==
        "no connection (hooks.slack.com:443)");
  CHECK(answerWords(japanese, "302 a redirection: the address is not a webhook's") ==
        "302 別のアドレスへの転送です。Webhookのアドレスではありません");
  CHECK(answerWords(japanese, "an answer that is not Slack's (a proxy's page?)")
            .starts_with("Slackのものではない"));
  for (const auto* kind :
       {"dns", "connect", "proxy", "tls", "timed_out", "closed", "too_large", "protocol", "invalid_url"}) {
    CAPTURE(kind);
    const auto said = answerWords(japanese, std::string(kind) + " (a.jp:443: it failed)");
    CHECK(said.find("(a.jp:443)") != std::string::npos);
    CHECK(said.find("failed") == std::string::npos);
  }
}
