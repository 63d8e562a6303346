// Who may post events: keys, passwords, tokens.
#include "watch/event_authenticator.hpp"

#include <catch2/catch.hpp>

#include <list>

#include "http/url.hpp"
#include "watch/logged_lines.hpp"
#include "watch/stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(
    StreamFixture,
    "during a change of keys both are good, and without keys only what the YAML says in so many words") {
  const simulator::EventSigner before;
  config.accounts[0].events->publicKeys = {before.publicKey(), eventSigner().publicKey()};
  reload();
  CHECK(post("[" + event("delivered", "a@b.jp", "m", 1s) + "]") == 204);
  config.accounts[0].events->publicKeys = {before.publicKey()};
  reload();
  CHECK(post("[" + event("delivered", "a@b.jp", "m2", 1s) + "]") == 401);
  config.accounts[0].events = config::AccountEvents{{}, true, "", {}};
  reload();
  auto bare = signedBatch("[" + event("delivered", "a@b.jp", "m3", 1s) + "]");
  bare.headers = {};
  CHECK(send(bare) == 204);
}

TEST_CASE_METHOD(
    StreamFixture,
    "with OAuth a token is asked for, handed out for the secret, and no longer good after an hour") {
  config.accounts[0].events->oauth = config::EventOauth{"sendgrid", {Secret("s3cret"), "x"}};
  reload();
  const auto batch = "[" + event("delivered", "a@b.jp", "m", 1s) + "]";
  CHECK(post(batch) == 401);
  const auto ask = [&](const std::string& form) { return answerTo(signedBatch(form, "/events/main/token")); };
  CHECK(ask("grant_type=password&client_id=sendgrid&client_secret=s3cret").status == 400);
  const auto given = ask("grant_type=client_credentials&client_id=sendgrid&client_secret=s3cret");
  REQUIRE(given.status == 200);
  const auto token = nlohmann::json::parse(given.body)["access_token"].get<std::string>();
  CHECK(token.find("s3cret") == std::string::npos);
  auto good = signedBatch(batch);
  good.headers.add("Authorization", "Bearer " + token);
  CHECK(send(good) == 204);
  auto tampered = signedBatch(batch);
  auto other = token;
  other.back() = other.back() == '0' ? '1' : '0';
  tampered.headers.add("Authorization", "Bearer " + other);
  CHECK(send(tampered) == 401);
  restart();  // nothing has to be remembered
  CHECK(send(good) == 204);
  clock.advance(61min);
  CHECK(send(good) == 401);
}

TEST_CASE_METHOD(StreamFixture, "where a password is asked for, a signature alone does not let a batch in") {
  config.accounts[0].events->user = "sendgrid";
  config.accounts[0].events->password = config::SecretValue{Secret("pw"), "x"};
  reload();
  auto batch = signedBatch(one("delivered", "a@b.jp", "m", 1s));
  const auto refused = answerTo(batch);
  CHECK(refused.status == 401);
  CHECK_THAT(std::string(refused.headers.find("WWW-Authenticate").value_or("")), Catch::StartsWith("Basic"));
  batch.headers.add("Authorization", "Basic " + http::base64("sendgrid:wrong"));
  CHECK(send(batch) == 401);
  batch.headers.set("Authorization", "Basic " + http::base64("sendgrid:pw"));
  CHECK(send(batch) == 204);
  CHECK(exposes("arrivald_event_batches_total{account=\"main\",outcome=\"unauthorized\"} 2"));
  // Nor does the password without a signature.
  Posted bare;
  bare.body = batch.body;
  bare.headers.add("Authorization", "Basic " + http::base64("sendgrid:pw"));
  CHECK(send(bare) == 401);
}

TEST_CASE_METHOD(StreamFixture, "a public key that cannot be used lets nobody in, and the log says so") {
  const LoggedLines log;
  config.accounts[0].events = config::AccountEvents{{"no key"}, true, "", {}};
  reload();
  CHECK(log.count("public key") == 1);
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 401);
}

TEST_CASE_METHOD(StreamFixture,
                 "a token is given for Basic authentication too, and only where OAuth is set") {
  const std::string form = "grant_type=client_credentials";
  auto wanted = signedBatch(form, "/events/main/token");
  CHECK(send(wanted) == 401);
  clock.advance(2min);
  config.accounts[0].events->oauth = config::EventOauth{"send grid", {Secret("s3:cret"), "x"}};
  reload();
  wanted.headers.add("Authorization", "Basic " + http::base64("send%20grid:s3%3Acret"));
  const auto answer = answerTo(wanted);
  CHECK(answer.status == 200);
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  CHECK(nlohmann::json::parse(answer.body)["expires_in"] == 3600);
  CHECK(post(one("delivered", "a@b.jp", "m", 1s)) == 401);
}

TEST_CASE_METHOD(StreamFixture,
                 "no answer tells whether an account exists, or what of its secrets is wrong") {
  config.accounts.push_back(config.accounts[0]);
  config.accounts.back().name = "locked";
  config.accounts.back().events->oauth = config::EventOauth{"sendgrid", {Secret("s3cret"), "x"}};
  reload();
  const auto same = [&](Posted posted, const std::string& path) {
    const auto answerOf = [&](const char* account) {
      posted.path = std::string("/events/") + account + path;
      const auto answer = answerTo(posted);
      std::string text = std::to_string(answer.status) + answer.body;
      for (const auto& [name, value] : answer.headers) text += name + ":" + value;
      return text;
    };
    CHECK(answerOf("main") == answerOf("nobody"));
    CHECK(answerOf("locked") == answerOf("nobody"));
  };
  auto bad = signedBatch("[]");
  bad.body = "[1]";
  same(bad, "");
  bad.headers.add("Authorization", "Bearer 1.2");
  same(bad, "");
  bad.headers = {};
  same(bad, "");
  Posted guess;
  guess.body = "grant_type=password";
  same(guess, "/token");
}

TEST_CASE_METHOD(StreamFixture, "guessing a client's secret is slow, and whoever has it still gets a token") {
  config.accounts[0].events->oauth = config::EventOauth{"sendgrid", {Secret("s3cret"), "x"}};
  reload();
  const auto form = [](const char* secret) {
    return signedBatch(
        std::string("grant_type=client_credentials&client_id=sendgrid&client_secret=") + secret,
        "/events/main/token");
  };
  std::list<Posted> posted;
  std::list<http::ServerRequest> requests;
  std::list<std::optional<http::Response>> answers;
  std::list<RunningTask> tasks;
  const auto ask = [&](const char* secret) -> std::optional<http::Response>& {
    const auto& one = posted.emplace_back(form(secret));
    auto& request = requests.emplace_back();
    request.method = one.method;
    request.path = one.path;
    request.body = one.body;
    auto& answer = answers.emplace_back();
    tasks.emplace_back(io, storeInto(answer, events().receiver().receive(request)));
    drain(io);
    return answer;
  };
  REQUIRE(ask("wrong").value().status == 401);
  auto& genuine = ask("s3cret");
  CHECK_FALSE(genuine);
  for (int i = 1; i < EventAuthenticator::kMaxWaiting; ++i) CHECK_FALSE(ask("wrong"));
  CHECK(ask("wrong").value().status == 429);
  clock.advance(1s);
  drain(io);
  REQUIRE(genuine);
  CHECK(genuine->status == 200);
  // A minute without a wrong one, and nobody waits.
  clock.advance(61s);
  CHECK(ask("s3cret").value().status == 200);
}
