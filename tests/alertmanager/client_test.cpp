#include "alertmanager/client.hpp"

#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::alertmanager;
using namespace arrivald::testing;

namespace {

ClientOptions options() { return {"http://am.example:9093/prefix", "arrivald", Secret("pa55word")}; }

}  // namespace

TEST_CASE("alerts are posted below the page's address, with the login") {
  FakeTransport transport;
  transport.always(FakeTransport::asked("POST", "http://am.example:9093/prefix/api/v2/alerts"),
                   FakeTransport::reply(200));
  Client client(transport, options());
  CHECK(runTask(client.post("[]")).ok());
  REQUIRE(transport.requests().size() == 1);
  const auto& request = transport.requests()[0];
  CHECK(request.body == "[]");
  CHECK(request.headers.find("Content-Type") == "application/json");
  CHECK(request.headers.find("Authorization") == "Basic YXJyaXZhbGQ6cGE1NXdvcmQ=");
}

TEST_CASE("whether it is there is asked without posting anything") {
  FakeTransport transport;
  transport.always(FakeTransport::asked("GET", "http://am.example:9093/-/ready"),
                   FakeTransport::reply(200, "OK"));
  Client client(transport, {"http://am.example:9093", "", {}});
  CHECK(runTask(client.ask()).ok());
  CHECK_FALSE(transport.requests()[0].headers.find("Authorization"));
}

TEST_CASE("a failure names the member, whose side it is on, and what to look at; never the password") {
  struct Case {
    FakeTransport::Answer answer;
    Error::Kind kind;
    Party party;
    std::string text;
  };
  const std::string look = "; check alertmanager.urls: the address of its page, and its login";
  const std::vector<Case> cases = {
      {FakeTransport::reply(401), Error::Kind::unauthorized, Party::configuration,
       "Alertmanager: am.example:9093 answered 401" + look},
      {FakeTransport::reply(404), Error::Kind::notFound, Party::configuration,
       "Alertmanager: am.example:9093 answered 404" + look},
      {FakeTransport::reply(500), Error::Kind::serverError, Party::thirdParty,
       "Alertmanager: am.example:9093 answered 500"},
      {FakeTransport::fail(http::Failure::Kind::timedOut, "am.example:9093: timed out"),
       Error::Kind::timedOut, Party::thirdParty, "Alertmanager: am.example:9093: timed out"},
  };
  for (const auto& each : cases) {
    FakeTransport transport;
    transport.once(FakeTransport::asked("POST", ""), each.answer);
    Client client(transport, options());
    const auto sent = runTask(client.post("[]"));
    CAPTURE(each.text);
    REQUIRE_FALSE(sent.ok());
    CHECK(sent.error().kind == each.kind);
    CHECK(sent.error().party == each.party);
    CHECK(sent.error().text == each.text);
  }
}
