// ProviderFixture: one account over a scripted SendGrid, and what the daemon remembers of it.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sendgrid/client.hpp"
#include "support/fake_transport.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/fixture.hpp"
#include "watch/job.hpp"

namespace arrivald::testing {

struct ProviderFixture {
  TempStore folder;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  boost::asio::io_context io;
  config::Config config;
  std::unique_ptr<Memory> memory = std::make_unique<Memory>(io, clock, folder.path());
  FakeTransport transport;
  sendgrid::AccountAccess access{"main", "https://api.sendgrid.com", Secret("SG.key"), "", {}};
  std::unique_ptr<sendgrid::Client> client = std::make_unique<sendgrid::Client>(transport, clock, access);
  const delivery::Subject whole{"main", delivery::Dimension::account, ""};

  ProviderFixture() {
    config.accounts.emplace_back().name = "main";
    config.accounts[0].zone = TimeZone();
    retain();
  }
  void retain() { memory->owners.retain(config); }
  void restart() {
    memory.reset();
    memory = std::make_unique<Memory>(io, clock, folder.path());
    retain();
  }
  watch::Owners& owners() { return memory->owners; }
  config::Account& account() { return config.accounts[0]; }
  store::Database& database() { return *memory->database; }
  void execute(const std::string& sql) {
    REQUIRE(database().transact([&] { store::Statement(database(), sql).run(); }));
  }

  /// The provider answers every GET of what has `part` in its address so.
  void answer(const std::string& part, FakeTransport::Answer with) {
    transport.always(FakeTransport::asked("GET", part), std::move(with));
  }
  void answer(const std::string& part, std::string body) {
    answer(part, FakeTransport::reply(200, std::move(body)));
  }
  /// One day of an answer: so many were asked for, so many delivered. `name`: of a category and the like.
  static nlohmann::json day(const std::string& date, int requests, int delivered,
                            const std::string& name = "") {
    nlohmann::json part{{"metrics",
                         {{"requests", requests},
                          {"processed", requests},
                          {"delivered", delivered},
                          {"bounces", 0},
                          {"blocks", 0}}}};
    if (!name.empty()) part["name"] = name;
    return {{"date", date}, {"stats", nlohmann::json::array({part})}};
  }
  /// What today's statistics of the account come to, in the answer and in memory.
  void statisticsSay(int requests, int delivered) {
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    delivery::SubjectTotals totals{whole, {{read.firstDay, {}}}};
    totals.days[0].counts[delivery::Metric::requests] = requests;
    totals.days[0].counts[delivery::Metric::processed] = requests;
    totals.days[0].counts[delivery::Metric::delivered] = delivered;
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
  }
  std::int64_t delivered(const delivery::Subject& subject, Duration window) {
    const auto* series = owners().statistics().windows().find(subject);
    return series
               ? series->sum(window, clock.now(), std::chrono::hours(1)).counts[delivery::Metric::delivered]
               : -1;
  }
  /// A page that may come by itself is asked for again after a while: time goes by until the task has ended.
  watch::JobOutcome patiently(runtime::Task<watch::JobOutcome> task) {
    std::optional<watch::JobOutcome> outcome;
    const RunningTask running(io, storeInto(outcome, std::move(task)));
    drain(io);
    for (int second = 0; !running.ended() && second < 3600; ++second) {
      clock.advance(std::chrono::seconds(1));
      drain(io);
    }
    running.check();
    REQUIRE(outcome);
    return *outcome;
  }
  bool exposes(const std::string& part) { return memory->registry.expose().find(part) != std::string::npos; }
  std::string lastAsked() const {
    return transport.requests().empty() ? "" : transport.requests().back().url;
  }
};

}  // namespace arrivald::testing
