// DMARC reports by the daemon's own listeners: posted to one, shown by the other.
#include <catch2/catch.hpp>

#include "aggregate/report_text.hpp"
#include "daemon/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

struct Fixture : DaemonFixture {
  Fixture() {
    secrets["REPORTS"] = "open-sesame";
    yaml = streaming("", ports("0", "0") +
                             "language: en\ndmarc: {domains: [example.jp], post: {user: reports, password: "
                             "{environment: REPORTS}}}\n");
    REQUIRE(start());
    drain(io);
  }
  http::Response report(const std::string& body, bool withPassword = true) {
    http::Request request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(daemon->eventPort()) + "/dmarc";
    if (withPassword) request.headers.add("Authorization", "Basic cmVwb3J0czpvcGVuLXNlc2FtZQ==");
    request.body = body;
    return send(std::move(request));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a report that is posted is on the page, in the answers and in the metrics") {
  CHECK(report("x", false).status == 401);
  const auto posted = report(aggregate::testing::ReportText{}.text());
  CHECK(posted.status == 200);
  CHECK_THAT(posted.body, Catch::Contains("accepted"));
  CHECK_THAT(report("no report, but larger than nothing").body,
             Catch::Contains("ignored") || Catch::Contains("rejected"));
  CHECK_THAT(get("/dmarc").body, Catch::Contains("/dmarc/example.jp"));
  const auto page = get("/dmarc/example.jp?days=90&lang=ja");
  CHECK(page.status == 200);
  CHECK_THAT(std::string(page.headers.find("Content-Security-Policy").value_or("")),
             Catch::Contains("default-src 'none'"));
  CHECK(get("/dmarc/other.example").status == 404);
  for (const auto* what : {"summary", "sources", "ready", "refused"}) {
    CAPTURE(what);
    const auto path = "/api/v1/dmarc/" + std::string(what);
    CHECK(nlohmann::json::parse(get(path).body).is_object());
    CHECK(get(path + "?format=text").status == 200);
  }
  CHECK(get("/api/v1/dmarc/ready?domain=other.example").status == 404);
  CHECK_THAT(metrics(), Catch::Contains(R"(arrivald_dmarc_inputs_total{outcome="accepted",via="post"} 1)"));
}

TEST_CASE_METHOD(Fixture, "a batch of events stays within its own limit where reports may be larger") {
  CHECK(DaemonFixture::post(std::string((4 << 20) + 1, ' ')) == 413);
  CHECK(DaemonFixture::post(delivered("m1")) == 204);
}
