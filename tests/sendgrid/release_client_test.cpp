#include "sendgrid/release_client.hpp"

#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;
using namespace arrivald::testing;
using suppression::List;
using suppression::Removal;

namespace {

constexpr auto kKey = "SG.a-key-that-may-delete";
constexpr auto kRow =
    R"([{"created":1700000000,"email":"taro@example.jp","reason":"550 no such user","status":"5.1.1"}])";

struct Scene {
  explicit Scene(std::string onBehalfOf = "") {
    client = std::make_unique<ReleaseClient>(
        transport, clock,
        ReleaseAccess{"main", "https://api.sendgrid.com/", Secret(kKey), std::move(onBehalfOf)});
  }
  ManualClock clock;
  FakeTransport transport;
  std::unique_ptr<ReleaseClient> client;
};

ReleaseTarget target(List list = List::bounces) {
  return ReleaseTarget::of(list, list == List::groupUnsubscribes ? 4 : 0, "taro@example.jp").value();
}

FakeTransport::Matcher gets() { return FakeTransport::asked("GET", ""); }
FakeTransport::Matcher deletes() { return FakeTransport::asked("DELETE", ""); }
FakeTransport::Matcher posts() { return FakeTransport::asked("POST", ""); }

}  // namespace

TEST_CASE("one entry is read with the key for releasing, for the account that is meant") {
  Scene scene("city");
  scene.transport.once(gets(), FakeTransport::reply(200, kRow));
  const auto read = runTask(scene.client->read(target()));
  REQUIRE(read.ok());
  REQUIRE(read->size() == 1);
  CHECK(read->at(0).created == fromUnixSeconds(1'700'000'000));
  CHECK(read->at(0).reason == "550 no such user");
  const auto& request = scene.transport.requests().at(0);
  CHECK(request.url == "https://api.sendgrid.com/v3/suppression/bounces/taro%40example.jp");
  CHECK(request.headers.find("Authorization") == std::string("Bearer ") + kKey);
  CHECK(request.headers.find("Accept") == "application/json");
  CHECK(request.headers.find("on-behalf-of") == "city");
}

TEST_CASE("every request about an entry of a subuser's list is made on its behalf") {
  Scene scene("");
  scene.transport.always(gets(), FakeTransport::reply(200, R"({"id":7,"name":"News"})"));
  scene.transport.always(deletes(), FakeTransport::reply(204, ""));
  scene.transport.always(posts(), FakeTransport::reply(201, "{}"));
  const auto unsubscribed =
      ReleaseTarget::of(List::groupUnsubscribes, 7, "taro@example.jp").value().onListOf("city");
  REQUIRE(runTask(scene.client->remove(unsubscribed)).ok());
  REQUIRE(runTask(scene.client->putBack(unsubscribed)).ok());
  REQUIRE(scene.transport.requests().size() == 3);
  for (const auto& request : scene.transport.requests())
    CHECK(request.headers.find("on-behalf-of") == "city");
  static_cast<void>(runTask(scene.client->remove(target())));
  CHECK_FALSE(scene.transport.requests().back().headers.find("on-behalf-of"));
}

TEST_CASE("an address that is not listed is told by an empty list or by SendGrid's own 404") {
  for (const auto& answer : {FakeTransport::reply(200, "[]"), FakeTransport::reply(404, R"({"errors":[]})"),
                             FakeTransport::reply(200, "{}")}) {
    Scene scene;
    scene.transport.once(gets(), answer);
    const auto read = runTask(scene.client->read(target()));
    REQUIRE(read.ok());
    CHECK(read->empty());
  }
}

TEST_CASE("the global unsubscribe and that of one group are read as what they are") {
  Scene scene;
  scene.transport.once(gets(), FakeTransport::reply(200, R"({"recipient_email":"taro@example.jp"})"));
  CHECK(runTask(scene.client->read(target(List::unsubscribes)))->size() == 1);
  scene.transport.once(gets(), FakeTransport::reply(200, "{}"));
  CHECK(runTask(scene.client->read(target(List::unsubscribes)))->empty());
  scene.transport.once(gets(), FakeTransport::reply(200, R"({"suppressions":[{"id":3,"suppressed":true},
    {"id":4,"name":"News","suppressed":true}]})"));
  CHECK(runTask(scene.client->read(target(List::groupUnsubscribes)))->size() == 1);
  scene.transport.once(gets(), FakeTransport::reply(200, R"({"suppressions":[{"id":3,"suppressed":true},
    {"id":4,"suppressed":false}]})"));
  CHECK(runTask(scene.client->read(target(List::groupUnsubscribes)))->empty());
}

TEST_CASE("a deletion is one request about one address, without a body") {
  Scene scene;
  scene.transport.once(deletes(), FakeTransport::reply(204));
  const auto removed = runTask(scene.client->remove(target()));
  REQUIRE(removed.ok());
  CHECK(*removed == Removal::taken);
  REQUIRE(scene.transport.requests().size() == 1);
  const auto& request = scene.transport.requests()[0];
  CHECK(request.method == "DELETE");
  CHECK(request.url == "https://api.sendgrid.com/v3/suppression/bounces/taro%40example.jp");
  CHECK(request.body.empty());
  CHECK_FALSE(request.headers.find("Content-Type"));
  scene.transport.once(deletes(), FakeTransport::reply(404, R"({"errors":[{"message":"not found"}]})"));
  CHECK(runTask(scene.client->remove(target())).value() == Removal::notListed);
}

TEST_CASE("refusals, trouble and pages are failures of their own kind, without key or address") {
  using Kind = Failure::Kind;
  const std::string page = "<html><title>502 taro@example.jp SG.a-key-that-may-delete</title></html>";
  const std::pair<FakeTransport::Answer, Kind> answers[] = {
      {FakeTransport::reply(401, R"({"errors":[{"message":"authorization required"}]})"), Kind::unauthorized},
      {FakeTransport::reply(403, R"({"errors":[{"message":"access forbidden"}]})"), Kind::forbidden},
      {FakeTransport::reply(406, "{}"), Kind::notAcceptable},
      {FakeTransport::reply(429, "{}"), Kind::throttled},
      {FakeTransport::reply(500, R"({"errors":[{"message":"taro@example.jp"}]})"), Kind::serverError},
      {FakeTransport::reply(502, page), Kind::serverError},
      {FakeTransport::reply(200, page), Kind::html},
      {FakeTransport::reply(404, page), Kind::html},
      {FakeTransport::reply(404), Kind::malformed},
      {FakeTransport::reply(404, "404 page not found"), Kind::malformed},
      {FakeTransport::reply(404, "{}"), Kind::malformed},
      {FakeTransport::reply(404, R"({"message":"no Route matched"})"), Kind::malformed},
      {FakeTransport::fail(http::Failure::Kind::timedOut), Kind::timedOut},
      {FakeTransport::fail(http::Failure::Kind::closed), Kind::truncated},
  };
  for (const auto& [answer, kind] : answers) {
    Scene scene;
    scene.transport.once(gets(), answer);
    scene.transport.once(deletes(), answer);
    const auto read = runTask(scene.client->read(target()));
    const auto removed = runTask(scene.client->remove(target()));
    REQUIRE_FALSE(read.ok());
    REQUIRE_FALSE(removed.ok());
    CHECK(read.error().kind == kind);
    CHECK(removed.error().kind == kind);
    for (const auto& text : {read.error().text, removed.error().text}) {
      INFO(text);
      CHECK(text.find("taro") == std::string::npos);
      CHECK(text.find("may-delete") == std::string::npos);
      CHECK(text.find("/v3/suppression/bounces/{address}") != std::string::npos);
    }
  }
}

TEST_CASE("an answer that is not about entries is no proof that there is none") {
  for (const char* body :
       {"null2", "null", R"({"errors":[{"message":"x"}]})", "\"text\"", "[1]", R"([{"created":5}])"}) {
    Scene scene;
    scene.transport.once(gets(), FakeTransport::reply(200, body));
    INFO(body);
    CHECK_FALSE(runTask(scene.client->read(target())).ok());
  }
  for (const char* body : {"[]", "null", R"({"recipient_email":7e9})", R"({"other":1})"}) {
    Scene scene;
    scene.transport.once(gets(), FakeTransport::reply(200, body));
    INFO(body);
    CHECK_FALSE(runTask(scene.client->read(target(List::unsubscribes))).ok());
  }
}

TEST_CASE("an unsubscribe is put back, of a group only while the group exists") {
  Scene scene;
  scene.transport.once(posts(), FakeTransport::reply(201, R"({"recipient_emails":["taro@example.jp"]})"));
  CHECK(runTask(scene.client->putBack(target(List::unsubscribes))).ok());
  CHECK(scene.transport.requests().at(0).headers.find("Content-Type") == "application/json");
  scene.transport.clear();
  scene.transport.once(FakeTransport::asked("GET", "/v3/asm/groups/4"),
                       FakeTransport::reply(200, R"({"id":4})"));
  scene.transport.once(FakeTransport::asked("POST", "/v3/asm/groups/4/suppressions"),
                       FakeTransport::reply(201, "{}"));
  CHECK(runTask(scene.client->putBack(target(List::groupUnsubscribes))).ok());
  scene.transport.clear();
  scene.transport.once(gets(), FakeTransport::reply(404, R"({"errors":[{"message":"not found"}]})"));
  const auto missing = runTask(scene.client->putBack(target(List::groupUnsubscribes)));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == Failure::Kind::notFound);
  CHECK(scene.transport.requests().size() == 1);
}
