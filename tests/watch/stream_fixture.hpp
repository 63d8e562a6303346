// StreamFixture: an event stream as the daemon has it, over a store that outlives a restart. Batches are
// handed to the receiver as the listener would, without a network between.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "http/server.hpp"
#include "simulator/event_signer.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"
#include "watch/event_json.hpp"
#include "watch/fixture.hpp"

namespace arrivald::testing {

/// A request as the listener hands it over, with its own bytes.
struct Posted {
  std::string method = "POST";
  std::string path = "/events/main";
  http::Headers headers;
  std::string body;
};

inline const simulator::EventSigner& eventSigner() {
  static const simulator::EventSigner one;
  return one;
}

struct StreamFixture {
  TempStore folder;
  ManualClock clock;
  boost::asio::io_context io;
  config::Config config;
  std::unique_ptr<Memory> memory;
  const delivery::Subject whole{"main", delivery::Dimension::account, ""};

  StreamFixture() {
    config::Account account;
    account.name = "main";
    account.events = config::AccountEvents{{eventSigner().publicKey()}, false, "", {}};
    config.accounts.push_back(account);
    begin();
  }
  void begin() {
    memory = std::make_unique<Memory>(io, clock, folder.path());
    reload();
  }
  void restart() {
    memory.reset();
    begin();
  }
  void reload() { memory->owners.retain(config); }
  watch::Owners& owners() { return memory->owners; }
  watch::EventStream& events() { return memory->owners.events(); }
  std::vector<watch::EventAggregator::Receiver> receivers() {
    return events().aggregator().receivers("main");
  }
  store::Database& database() { return *memory->database; }
  void execute(const std::string& sql) {
    REQUIRE(database().transact([&] { store::Statement(database(), sql).run(); }));
  }

  static Posted signedBatch(const std::string& body, const std::string& path = "/events/main") {
    Posted posted;
    posted.path = path;
    posted.headers.add("Content-Type", "application/json");
    posted.headers.add(std::string(sendgrid::kTimestampHeader), "1700000000");
    posted.headers.add(std::string(sendgrid::kSignatureHeader), eventSigner().sign("1700000000", body));
    posted.body = body;
    return posted;
  }
  http::Response answerTo(const Posted& posted) {
    const auto padded = posted.body + std::string(64, '\0');  // as the listener promises
    http::ServerRequest request;
    request.method = posted.method;
    request.path = posted.path;
    request.headers = posted.headers;
    request.body = std::string_view(padded).substr(0, posted.body.size());
    return runTask(io, events().receiver().receive(request));
  }
  unsigned send(const Posted& posted) { return answerTo(posted).status; }
  unsigned post(const std::string& body, const std::string& path = "/events/main") {
    return send(signedBatch(body, path));
  }

  /// One event as the provider writes it, `ago` before now. `more`: further fields, each with a comma before.
  std::string event(const std::string& kind, const std::string& email, const std::string& message,
                    Duration ago, const std::string& more = "") {
    static int number = 0;
    return "{\"event\":\"" + kind + "\",\"email\":\"" + email + "\",\"sg_message_id\":\"" + message +
           ".recvd-1\",\"sg_event_id\":\"id" + std::to_string(++number) +
           "\",\"timestamp\":" + std::to_string(unixSeconds(clock.now() - ago)) + more + "}";
  }
  /// The same within the brackets of a batch.
  std::string one(const std::string& kind, const std::string& email, const std::string& message, Duration ago,
                  const std::string& more = "") {
    return "[" + event(kind, email, message, ago, more) + "]";
  }
  /// A minute goes by, at whose end counts are flushed.
  void minutePasses() {
    events().tick();
    clock.advance(std::chrono::minutes(1));
    events().tick();
  }
  /// One answer of the statistics: so many of a metric, today.
  void statisticsSay(delivery::Metric metric, std::int64_t count) {
    delivery::Counts counts;
    counts[metric] = count;
    statisticsSay(counts);
  }
  void statisticsSay(const delivery::Counts& counts) {
    delivery::Read read{{"main", delivery::Dimension::account}, clock.now(), Date{}, Date{}, {}, true};
    read.firstDay = read.lastDay = TimeZone().dateOf(clock.now());
    delivery::SubjectTotals totals{whole, {{read.firstDay, {}}}};
    totals.days[0].counts = counts;
    read.totals.push_back(totals);
    REQUIRE(owners().statistics().apply(read));
  }
  std::string trace(const std::string& of) {
    watch::EventFilter filter;
    filter.of = of;
    return foundEventsJson(filter, events().query().find(filter));
  }
  /// Delivered within the window, as the stream counts; -1: nothing is known of the subject.
  std::int64_t delivered(const delivery::Subject& subject, Duration window, Instant end) {
    const auto* series = events().counts().windows().find(subject);
    return series ? series->sum(window, end, std::chrono::hours(1)).counts[delivery::Metric::delivered] : -1;
  }
  std::int64_t delivered(Duration window) { return delivered(whole, window, clock.now()); }
  bool exposes(const std::string& line) {
    return memory->registry.expose().find(line + "\n") != std::string::npos;
  }
  bool mentions(const std::string& part) { return memory->registry.expose().find(part) != std::string::npos; }
};

}  // namespace arrivald::testing
