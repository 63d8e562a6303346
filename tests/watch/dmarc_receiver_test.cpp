// POST /dmarc: who may post, and what is answered.
#include "watch/dmarc_receiver.hpp"

#include "aggregate/report_text.hpp"
#include "support/pack.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using aggregate::testing::ReportText;

namespace {

struct Door {
  Door() {
    config.zone = TimeZone::find("Asia/Tokyo").value();
    config.dmarc = config::Dmarc{};
    config.dmarc->domains.push_back({"example.jp", {}});
    config.dmarc->user = "reports";
    config.dmarc->password = config::SecretValue{Secret("open sesame"), "file"};
    reports.retain(config);
    receiver.use(config);
  }
  http::Response post(std::string body,
                      const std::string& authorization = "Basic cmVwb3J0czpvcGVuIHNlc2FtZQ==",
                      const char* method = "POST") {
    http::ServerRequest request;
    request.method = method;
    request.path = "/dmarc";
    request.body = body;
    if (!authorization.empty()) request.headers.add("Authorization", authorization);
    return runTask(io, receiver.receive(request));
  }

  boost::asio::io_context io;
  ManualClock clock{parseIso("2026-09-25T03:00:00Z").value()};
  TempStore place;
  config::Config config;
  Memory memory{io, clock, place.path()};
  DmarcReports reports{*memory.database, clock, memory.registry, memory.health};
  runtime::FileThread thread{io.get_executor(), clock, ""};
  DmarcReceiver receiver{reports, clock, thread};
};

}  // namespace

TEST_CASE_METHOD(Door, "a report is posted as it is, packed, as a mail, or as Inbound Parse sends it") {
  auto text = ReportText{};
  CHECK(post(text.text()).body == "{\"outcome\":\"accepted\",\"reports\":1,\"messages\":1}\n");
  CHECK(post(gzipped(text.text())).body ==
        "{\"outcome\":\"duplicate\",\"reason\":\"same_report\",\"reports\":0,\"messages\":0}\n");
  const auto mailOf = [&](const std::string& id) {
    text.id = "<report_id>" + id + "</report_id>";
    return "From: reports@receiver.example\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           base64Of(gzipped(text.text()));
  };
  CHECK(post(mailOf("2")).body.find("\"accepted\"") != std::string::npos);
  const std::string end = "--xYzZY\r\n";
  const auto form = end + "Content-Disposition: form-data; name=\"to\"\r\n\r\nrua@dmarc.example.jp\r\n" +
                    end + "Content-Disposition: form-data; name=\"email\"\r\n\r\n" + mailOf("3") +
                    "\r\n--xYzZY--\r\n";
  CHECK(post(form).body.find("\"accepted\"") != std::string::npos);
  text.id = "<report_id>4</report_id>";
  const auto attached = end +
                        "Content-Disposition: form-data; name=\"attachment1\"; filename=\"a.xml.gz\"\r\n"
                        "Content-Type: application/gzip\r\n\r\n" +
                        gzipped(text.text()) + "\r\n--xYzZY--\r\n";
  CHECK(post(attached).body.find("\"accepted\"") != std::string::npos);
}

TEST_CASE_METHOD(Door, "what is refused is kept and acknowledged, so that it is not sent again") {
  const auto refused = post("no report");
  CHECK(refused.status == 200);
  const auto cut = post(ReportText{}.text().substr(0, 300));
  CHECK(cut.status == 200);
  CHECK(cut.body.find("\"rejected\",\"reason\":\"xml_truncated\"") != std::string::npos);
}

TEST_CASE_METHOD(Door, "nobody posts without the password, and nobody at all where none is configured") {
  for (const auto* wrong : {"", "Basic cmVwb3J0czp3cm9uZw==", "Bearer open sesame", "Basic "}) {
    const auto refused = post(ReportText{}.text(), wrong);
    CHECK(refused.status == 401);
    CHECK(refused.headers.find("WWW-Authenticate"));
  }
  CHECK(post("", "", "GET").status == 405);
  CHECK_FALSE(reports.lastInput().has_value());
  config.dmarc->user.clear();
  receiver.use(config);
  CHECK(post(ReportText{}.text()).status == 404);
}

TEST_CASE_METHOD(Door, "what cannot be stored is to be sent again") {
  REQUIRE(memory.database
              ->transact([&] {
                store::Statement(*memory.database, "ALTER TABLE dmarc_reports RENAME TO away").run();
              })
              .ok());
  const auto busy = post(ReportText{}.text());
  CHECK(busy.status == 503);
  CHECK(busy.headers.find("Retry-After"));
}
