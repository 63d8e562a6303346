// What a batch of the event stream costs: signature alone (the floor), decoding, and everything, stored in
// SQLite with every commit flushed to disk and kept searchable. CPU of this process, in one run; HTTP is on
// no side.
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "bench/measure.hpp"
#include "bench/signed_batches.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"
#include "watch/owners.hpp"

using namespace arrivald;

int main(int argc, char** argv) {
  const simulator::EventSigner signer;
  testing::ManualClock clock;
  fmt::print("{:>6} {:>14} {:>14} {:>14} {:>8}   events per CPU second\n", "batch", "floor: verify",
             "and decode", "everything", "ratio");
  // With a number, only batches of that size, and more of them: for a profiler.
  const std::vector<std::size_t> sizes = argc > 1 ? std::vector{static_cast<std::size_t>(std::atoi(argv[1]))}
                                                  : std::vector<std::size_t>{1, 10, 100, 1000};
  for (const std::size_t size : sizes) {
    const std::size_t batches = size == 1     ? 3000
                                : size == 10  ? 3000
                                : size == 100 ? 600
                                : argc > 1    ? 1000
                                              : 100;
    std::size_t serial = 0;
    std::vector<std::string> bodies, signatures;
    for (std::size_t i = 0; i < batches; ++i) {
      auto body = bench::batchOf(size, serial, clock.now());
      signatures.push_back(signer.sign(bench::kTimestamp, body));
      body.append(64, '\0');
      bodies.push_back(std::move(body));
    }
    const auto view = [&](std::size_t i) {
      return std::string_view(bodies[i]).substr(0, bodies[i].size() - 64);
    };
    const auto key = sendgrid::EventKey::parse(signer.publicKey());
    auto begin = bench::cpuSeconds();
    bool all = true;
    for (std::size_t i = 0; i < batches; ++i)
      all = key->verifies(signatures[i], bench::kTimestamp, view(i)) && all;
    const double floor = bench::cpuSeconds() - begin;
    sendgrid::EventReader reader;
    begin = bench::cpuSeconds();
    std::size_t seen = 0;
    for (std::size_t i = 0; i < batches; ++i) seen += reader.read(view(i)).events.size();
    const double decode = floor + bench::cpuSeconds() - begin;

    testing::TempStore folder;
    metrics::Registry registry(clock, "bench", {});
    auto database = store::Database::open(folder.path()).value();
    boost::asio::io_context io;
    watch::StoreHealth health(clock, registry);
    watch::Owners owners({io.get_executor(), *database, clock, registry, health, clock.now()});
    if (!owners.load()) return 1;
    config::Config config;
    config::Account account;
    account.name = "main";
    account.events = config::AccountEvents{{signer.publicKey()}, false, "", {}, {}, ""};
    config.accounts.push_back(account);
    owners.retain(config);
    std::size_t accepted = 0;
    begin = bench::cpuSeconds();
    // Eight senders at a time, as the provider's servers post.
    for (std::size_t from = 0; from < batches; from += 8) {
      std::vector<http::ServerRequest> requests(std::min<std::size_t>(8, batches - from));
      for (std::size_t k = 0; k < requests.size(); ++k) {
        requests[k].method = "POST";
        requests[k].path = "/events/main";
        requests[k].body = view(from + k);
        requests[k].headers.add(std::string(sendgrid::kTimestampHeader), bench::kTimestamp);
        requests[k].headers.add(std::string(sendgrid::kSignatureHeader), signatures[from + k]);
        boost::asio::co_spawn(
            io, owners.events().receiver().receive(requests[k]),
            [&](std::exception_ptr, http::Response response) { accepted += response.status == 204; });
      }
      io.restart();
      io.run();
    }
    const double whole = bench::cpuSeconds() - begin;
    const auto events = static_cast<double>(batches * size);
    if (!all || accepted != batches || seen != batches * size) {
      fmt::print(stderr, "not every batch was taken: {} of {}\n", accepted, batches);
      return 1;
    }
    fmt::print("{:>6} {:>14.0f} {:>14.0f} {:>14.0f} {:>8.2f}\n", size, events / floor, events / decode,
               events / whole, whole / floor);
  }
  if (argc > 1) return 0;
  const auto heapBefore = bench::heapBytes();
  stream::RecentKeys keys;
  std::uint64_t key = 88172645463325252ULL;
  const auto begin = bench::cpuSeconds();
  for (int i = 0; i < 1'000'000; ++i) {
    key ^= key << 13;
    key ^= key >> 7;
    key ^= key << 17;
    keys.add(key, clock.now());
  }
  fmt::print("a million keys of duplicates: {:.0f} ns and {:.1f} B each\n",
             (bench::cpuSeconds() - begin) * 1000,
             static_cast<double>(bench::heapBytes() - heapBefore) / 1e6);
  const auto before = bench::heapBytes();
  stream::InFlight flight;
  const auto start = bench::cpuSeconds();
  for (std::uint64_t i = 0; i < 1'000'000; ++i)
    flight.apply(i * 0x9E3779B97F4A7C15ULL, stream::Step::processed, clock.now(), 1);
  fmt::print("a million messages on their way: {:.0f} ns and {:.0f} B each\n",
             (bench::cpuSeconds() - start) * 1000, static_cast<double>(bench::heapBytes() - before) / 1e6);
  return 0;
}
