// What a batch of the event stream costs: signature alone (the floor), decoding, and everything, stored in SQLite with
// every commit flushed to disk and kept searchable. CPU of this process, in one run; HTTP is on no side.
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "bench/measure.hpp"
#include "http/url.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_store.hpp"
#include "watch/event_stream.hpp"

using namespace arrivald;

namespace {

struct Signer {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  std::string publicKey() const {
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key, &der);
    return http::base64(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
  }
  std::string sign(const std::string& body) const {
    const std::string all = "1700000000" + body;
    std::string signature(200, '\0');
    std::size_t length = signature.size();
    auto* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length, reinterpret_cast<const unsigned char*>(all.data()), all.size());
    EVP_MD_CTX_free(context);
    signature.resize(length);
    return http::base64(signature);
  }
};

std::string batchOf(std::size_t events, std::size_t& serial, Instant now) {
  std::string body = "[";
  for (std::size_t i = 0; i < events; ++i, ++serial) {
    if (i > 0) body += ",\r\n";
    const auto message = serial / 2;
    body += fmt::format(
        R"({{"email":"citizen{}@{}","timestamp":{},"smtp-id":"<{}@ismtpd0039p1iad1.sendgrid.net>","event":"{}","category":["notice","town-{}"],"sg_event_id":"ZXZlbnQt{}LTE5OTQyMTEyLXFOd0JfTkhTdE9HaFE0a29mU20","sg_message_id":"LRzXl_NHStOGhQ4kofSm{}.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","response":"250 2.0.0 OK 1600112502 a12si1234567qkb.123 - gsmtp","ip":"192.0.2.7","tls":1,"tenant":"town-office-{}"}})",
        message, message % 3 == 0 ? "gmail.com" : message % 3 == 1 ? "docomo.ne.jp" : "ezweb.ne.jp", unixSeconds(now) - 10, serial, serial % 2 == 0 ? "processed" : "delivered",
        message % 7, serial, message, message % 50);
  }
  return body + "]\r\n";
}

}  // namespace

int main() {
  const Signer signer;
  testing::ManualClock clock;
  fmt::print("{:>6} {:>14} {:>14} {:>14} {:>8}   events per CPU second\n", "batch", "floor: verify", "and decode", "everything", "ratio");
  for (const std::size_t size : {1, 10, 100, 1000}) {
    const std::size_t batches = size == 1 ? 3000 : size == 10 ? 3000 : size == 100 ? 600 : 100;
    std::size_t serial = 0;
    std::vector<std::string> bodies, signatures;
    for (std::size_t i = 0; i < batches; ++i) {
      auto body = batchOf(size, serial, clock.now());
      signatures.push_back(signer.sign(body));
      body.append(64, '\0');
      bodies.push_back(std::move(body));
    }
    const auto view = [&](std::size_t i) { return std::string_view(bodies[i]).substr(0, bodies[i].size() - 64); };
    const auto key = sendgrid::EventKey::parse(signer.publicKey());
    auto begin = bench::cpuSeconds();
    bool all = true;
    for (std::size_t i = 0; i < batches; ++i) all = key->verifies(signatures[i], "1700000000", view(i)) && all;
    const double floor = bench::cpuSeconds() - begin;
    sendgrid::EventReader reader;
    begin = bench::cpuSeconds();
    std::size_t seen = 0;
    for (std::size_t i = 0; i < batches; ++i) seen += reader.read(view(i)).events.size();
    const double decode = floor + bench::cpuSeconds() - begin;

    testing::TempStore folder;
    metrics::Registry registry(clock, "bench", {});
    auto database = store::Database::open(folder.path()).value();
    watch::State state(*database, clock, registry);
    if (!state.load()) return 1;
    boost::asio::io_context io;
    watch::EventStream stream(io.get_executor(), state);
    config::Config config;
    config::Account account;
    account.name = "main";
    account.events = config::AccountEvents{{signer.publicKey()}, false, "", {}};
    config.accounts.push_back(account);
    if (!stream.load(config)) return 1;
    std::size_t accepted = 0;
    begin = bench::cpuSeconds();
    // Eight senders at a time, as the provider's servers post.
    for (std::size_t from = 0; from < batches; from += 8) {
      std::vector<http::ServerRequest> requests(std::min<std::size_t>(8, batches - from));
      for (std::size_t k = 0; k < requests.size(); ++k) {
        requests[k].method = "POST";
        requests[k].path = "/events/main";
        requests[k].body = view(from + k);
        requests[k].headers.add(std::string(sendgrid::kTimestampHeader), "1700000000");
        requests[k].headers.add(std::string(sendgrid::kSignatureHeader), signatures[from + k]);
        boost::asio::co_spawn(io, stream.receive(requests[k]), [&](std::exception_ptr, http::Response response) { accepted += response.status == 204; });
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
    fmt::print("{:>6} {:>14.0f} {:>14.0f} {:>14.0f} {:>8.2f}\n", size, events / floor, events / decode, events / whole, whole / floor);
  }
  testing::TempStore unused;
  stream::RecentKeys keys;
  std::uint64_t key = 88172645463325252ULL;
  const auto begin = bench::cpuSeconds();
  for (int i = 0; i < 1'000'000; ++i) {
    key ^= key << 13;
    key ^= key >> 7;
    key ^= key << 17;
    keys.add(key, clock.now());
  }
  fmt::print("a million keys of duplicates: {:.0f} ns and {:.1f} B each\n", (bench::cpuSeconds() - begin) * 1000, static_cast<double>(keys.bytes()) / 1e6);
  const auto before = bench::heapBytes();
  stream::InFlight flight;
  const auto start = bench::cpuSeconds();
  for (std::uint64_t i = 0; i < 1'000'000; ++i) flight.apply(i * 0x9E3779B97F4A7C15ULL, stream::Step::processed, clock.now(), 1);
  fmt::print("a million messages on their way: {:.0f} ns and {:.0f} B each\n", (bench::cpuSeconds() - start) * 1000,
             static_cast<double>(bench::heapBytes() - before) / 1e6);
  return 0;
}
