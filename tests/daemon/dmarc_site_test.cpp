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

TEST_CASE_METHOD(Fixture, "each table is a CSV file, whole, and no cell of it is a formula") {
  auto text = aggregate::testing::ReportText{};
  text.org = "<org_name>=HYPERLINK(1)</org_name>";
  CHECK(report(text.text()).status == 200);
  const auto sources = get("/dmarc/example.jp/sources.csv?days=90");
  CHECK(sources.status == 200);
  CHECK(sources.headers.find("Content-Type").value_or("") == "text/csv; charset=utf-8");
  CHECK_THAT(std::string(sources.headers.find("Content-Disposition").value_or("")),
             Catch::Contains("arrivald-dmarc-example.jp-sources-"));
  CHECK_THAT(sources.body, Catch::Contains("\"source\",\"origin\",\"evidence\",\"messages\""));
  CHECK_THAT(sources.body, Catch::Contains("\"SendGrid\",\"own\",\"spf_passed\",\"1\""));
  CHECK_THAT(get("/dmarc/example.jp/days.csv?days=90").body,
             Catch::Contains("\"no\",\"1\"") || Catch::Contains("\"yes\",\"1\""));
  CHECK_THAT(get("/dmarc/example.jp/reporters.csv?days=90").body, Catch::Contains("\"'=HYPERLINK(1)\""));
  CHECK(get("/dmarc/example.jp/secrets.csv").status == 404);
  CHECK(get("/dmarc/other.example/sources.csv").status == 404);
}

TEST_CASE_METHOD(Fixture, "a batch of events stays within its own limit where reports may be larger") {
  CHECK(DaemonFixture::post(std::string((4 << 20) + 1, ' ')) == 413);
  CHECK(DaemonFixture::post(delivered("m1")) == 204);
}
