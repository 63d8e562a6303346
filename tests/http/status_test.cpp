// What a status means as an error, and whose fault it is.
#include "http/status.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::http;
using namespace std::chrono_literals;

namespace {

Error errorOf(unsigned status, const Headers& headers = {}) {
  return toError(Response{status, headers, ""}, Party::thirdParty, verbatim("x"));
}

}  // namespace

TEST_CASE("a status is one kind of error, with the party that can mend it") {
  struct Case {
    unsigned status;
    Error::Kind kind;
    Party party;
  };
  const std::vector<Case> cases = {
      {204, Error::Kind::malformed, Party::thirdParty},
      {302, Error::Kind::redirected, Party::configuration},
      {400, Error::Kind::badRequest, Party::configuration},
      {401, Error::Kind::unauthorized, Party::configuration},
      {403, Error::Kind::forbidden, Party::configuration},
      {404, Error::Kind::notFound, Party::configuration},
      {405, Error::Kind::notFound, Party::configuration},
      {406, Error::Kind::notAcceptable, Party::configuration},
      {407, Error::Kind::unreachable, Party::network},
      {408, Error::Kind::timedOut, Party::thirdParty},
      {410, Error::Kind::notFound, Party::configuration},
      {413, Error::Kind::badRequest, Party::configuration},
      {429, Error::Kind::throttled, Party::thirdParty},
      {500, Error::Kind::serverError, Party::thirdParty},
      {503, Error::Kind::serverError, Party::thirdParty},
      {599, Error::Kind::serverError, Party::thirdParty},
  };
  for (const auto& each : cases) {
    CAPTURE(each.status);
    CHECK(errorOf(each.status).kind == each.kind);
    CHECK(errorOf(each.status).party == each.party);
    CHECK(errorOf(each.status).text == "x");
  }
}

TEST_CASE("the wait that the other side asks for is taken in seconds, and nothing else is believed") {
  const auto asked = [](const std::string& value) {
    return errorOf(429, {{"Retry-After", value}}).retryAfter;
  };
  CHECK(asked("30") == Duration(30s));
  CHECK(asked(" 30 ") == Duration(30s));
  CHECK(asked("0") == Duration(0s));
  CHECK(asked("999999999") == Duration(24h));
  CHECK(asked("99999999999999999999") == Duration(24h));
  for (const auto* wrong : {"", " ", "-1", "soon", "30s", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    CAPTURE(wrong);
    CHECK_FALSE(asked(wrong).has_value());
  }
  CHECK_FALSE(errorOf(503).retryAfter.has_value());
  // A date counts from the server's own.
  const auto dated = [&](const std::string& at) {
    return errorOf(503, {{"Date", "Wed, 21 Oct 2026 07:28:00 GMT"}, {"Retry-After", at}}).retryAfter;
  };
  CHECK(dated("Wed, 21 Oct 2026 07:29:30 GMT") == Duration(90s));
  CHECK(dated("Wed, 21 Oct 2099 07:28:00 GMT") == Duration(24h));
  CHECK(dated("Wed, 21 Oct 2026 07:00:00 GMT") == Duration(0s));
  CHECK_FALSE(dated("Wed, 21 Oct 2026").has_value());
}

TEST_CASE(
    "the error of a failed request shows no address, however it is spelled, and can be said otherwise") {
  Failure failure{Failure::Kind::connect, "a.jp:443: taro\uFF20example.jp %40 ta\u200bro@example.jp"};
  failure.phrase = phrase("{}: it failed with {}", "a.jp:443", "taro%40example.jp");
  const auto error = toError(failure, Party::provider);
  CHECK(error.text.find("taro") == std::string::npos);
  CHECK(error.text.find("ro@") == std::string::npos);
  CHECK(error.said().english() == "a.jp:443: it failed with …%40example.jp");
}
