// The desk's commands about releases, as an operator sees them: what they print, and their exit codes.
#include "daemon/desk_release_command.hpp"

#include <fstream>

#include "daemon/command_fixture.hpp"
#include "daemon/release_api.hpp"
#include "desk/fixture.hpp"
#include "desk/release_json.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::suppression;
using Catch::Contains;

namespace {

/// A daemon in whose store the desk has released something.
struct Fixture : CommandFixture, desk::AddressLookup {
  Fixture() {
    yaml = "language: en\ntime_zone: Asia/Tokyo\n" + streaming("", ports("0", "0"));
    REQUIRE(start());
    auto& owners = daemon->owners();
    record.emplace(owners.database(), clock);
    releases.emplace(owners.database(), clock, *record, entries, owners.registry());
    desk::ReleaseSettings settings;
    settings.accounts = {"main"};
    releases->use(settings);
  }
  ~Fixture() override {
    releases.reset();
    record.reset();
  }

  EntryId list(const std::string& email) {
    const auto id = EntryId(static_cast<std::int64_t>(entries.rows.size()) + 1);
    desk::ListedEntry row;
    row.id = id;
    row.account = "main";
    row.entry = {email, clock.now() - 48h, "552 full", "5.2.2", "", 0};
    row.advice = Advice::onceConfirmed;
    entries.rows[id] = row;
    sendgrid.put(List::bounces, row.entry);
    return id;
  }
  Result<std::vector<desk::ListedEntry>> of(const std::string& email, std::size_t) const override {
    std::vector<desk::ListedEntry> found;
    for (const auto& [id, row] : entries.rows)
      if (row.entry.email == email) found.push_back(row);
    return found;
  }
  void work(ReleaseId id) {
    for (int i = 0; i < 10; ++i) {
      REQUIRE(runTask(io, desk::releaseEntries(*releases, clients, clock, random)).ok());
      if (releases->find(kAdmin, id)->request.state == ReleaseState::done) return;
      clock.advance(5s);
    }
  }
  ReleaseId release(const std::string& email) {
    const auto drafted = releases->draft(kOperator, std::vector{list(email)}, Mode::real);
    REQUIRE(drafted.ok());
    desk::Confirmation form;
    form.id = drafted->id;
    form.version = 1;
    form.extent = Extent::all;
    form.motive = Motive::theyToldUs;
    form.typed = "1";
    REQUIRE(releases->confirm(kOperator, form).ok());
    work(drafted->id);
    return drafted->id;
  }

  /// As the listener answers a command.
  http::Response answer(const std::string& method, const std::string& path, const std::string& query,
                        const std::string& peer = "127.0.0.1", const char* header = "X-Arrivald") {
    ReleaseApi api(daemon->owners());
    api.use({&*releases, this});
    http::Router router;
    api.addTo(router);
    http::ServerRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.peer = peer;
    request.headers.add(header, "1");
    return runTask(io, router.dispatch(request));
  }

  FakeTransport transport;
  FakeProvider sendgrid{transport};
  FakeEntries entries;
  sendgrid::ReleaseClient client{
      transport, clock, {"main", "https://api.sendgrid.com", Secret("SG.delete"), ""}};
  desk::ReleaseClients clients{{"main", &client}};
  desk::Random random = [] { return 0.5; };
  std::optional<desk::Record> record;
  std::optional<desk::Releases> releases;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "desk followup shows what was released and whether the next mail arrived") {
  auto output = asAnotherProcess(deskFollowupOutput, DeskFollowupOptions{});
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("Nothing has been released yet."));
  const auto id = release("taro@town.example.jp");
  const auto item = releases->find(kAdmin, id)->items.at(0);
  REQUIRE(releases->follow(item, {Aftermath::delivered, clock.now(), 2100ms, true}, {}).ok());
  release("hanako@town.example.jp");
  output = asAnotherProcess(deskFollowupOutput, DeskFollowupOptions{});
  CHECK_THAT(output.out, Contains("1 arrived, 0 failed again, 1 with nothing sent yet"));
  CHECK_THAT(output.out, Contains("2026-11-25 12:00 JST  taro@town.example.jp (Bounces, main)  ops-1  Gone, "
                                  "Arrived 2026-11-25 12:00 JST"));
  DeskFollowupOptions japanese;
  japanese.language = Language::japanese;
  japanese.address = "HANAKO@town.example.jp";
  output = asAnotherProcess(deskFollowupOutput, japanese);
  CHECK_THAT(output.out, Contains("消えた、まだ送信なし") && !Contains("taro@"));
  DeskFollowupOptions arrived;
  arrived.outcome = "delivered";
  arrived.json = true;
  output = asAnotherProcess(deskFollowupOutput, arrived);
  CHECK(nlohmann::json::parse(output.out)["items"].size() == 1);
}

TEST_CASE_METHOD(Fixture, "desk audit shows who did what, and whether the record is as it was written") {
  release("taro@town.example.jp");
  auto output = asAnotherProcess(deskAuditOutput, DeskAuditOptions{});
  CHECK(output.exit == kExitOk);
  CHECK_THAT(
      output.out,
      Contains("ops-1 (Operator, 192.0.2.17)  Decided to release  taro@town.example.jp (Bounces, main)"));
  CHECK_THAT(output.out, Contains("The chain of all 5 rows of the record is intact."));
  // That somebody read it stands in it.
  DeskAuditOptions readers;
  readers.action = "download";
  CHECK_THAT(asAnotherProcess(deskAuditOutput, readers).out,
             Contains("command line (Admin, 127.0.0.1)  Download"));
  auto& database = daemon->owners().database();
  REQUIRE(database.transact([&] {
    for (const char* sql : {"DROP TRIGGER record_stays", "UPDATE record SET user = 'nobody' WHERE id = 2"})
      store::Statement(database, sql).run();
  }));
  output = asAnotherProcess(deskAuditOutput, DeskAuditOptions{});
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains("Row 2 of the record is not as it was written"));
}

TEST_CASE_METHOD(Fixture, "desk unlock needs a desk, and a user") {
  const auto output = asAnotherProcess<DeskUnlockOptions>(deskUnlockOutput, {"", "ops-1"});
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains("desk"));
  CHECK(answer("POST", "/api/desk/unlock", "").status == 404);
}

TEST_CASE_METHOD(Fixture, "desk release only rehearses, and says where real releases are made") {
  DeskReleaseOptions options;
  options.address = "taro@town.example.jp";
  auto output = asAnotherProcess(deskReleaseOutput, options);
  CHECK(output.exit == kExitUsage);
  CHECK_THAT(output.err, Contains("add --dry-run"));
  options.dryRun = true;
  output = asAnotherProcess(deskReleaseOutput, options);
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains("the desk is not set up"));
}

TEST_CASE_METHOD(Fixture, "a rehearsal reads each entry again and deletes nothing") {
  list("taro@town.example.jp");
  const auto started = answer("POST", "/api/desk/rehearsal", "of=taro@town.example.jp");
  REQUIRE(started.status == 202);
  const auto told = nlohmann::json::parse(started.body);
  CHECK(told["rehearsal"] == true);
  const auto id = told["id"].get<std::int64_t>();
  work(ReleaseId(id));
  const auto ended =
      nlohmann::json::parse(answer("GET", "/api/desk/release", "id=" + std::to_string(id)).body);
  CHECK(ended["request_state"] == "done");
  CHECK(ended["items"][0]["state"] == "rehearsed");
  CHECK(sendgrid.deletions.empty());
  CHECK(answer("POST", "/api/desk/rehearsal", "of=nobody@town.example.jp").status == 409);
}

TEST_CASE_METHOD(Fixture, "only a command on this host is answered") {
  for (const char* path : {"/api/desk/followup", "/api/desk/audit", "/api/desk/release"}) {
    CHECK(answer("GET", path, "", "192.0.2.7").status == 403);
    CHECK(answer("GET", path, "", "127.0.0.1", "Accept").status == 403);
  }
  CHECK(answer("POST", "/api/desk/rehearsal", "of=a@x.jp", "192.0.2.7").status == 403);
  CHECK(answer("GET", "/api/desk/followup", "outcome=perhaps").status == 400);
  CHECK(answer("GET", "/api/desk/release", "id=x").status == 400);
  CHECK(answer("GET", "/api/desk/release", "id=99").status == 409);
}
