// Questions to a name server of the test's own, byte by byte as RFC 1035 has them.
#include "dns/system_resolver.hpp"

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::dns;
using namespace arrivald::testing;
namespace asio = boost::asio;
using asio::ip::udp;

namespace {

std::string u16(unsigned value) { return {static_cast<char>(value >> 8U), static_cast<char>(value & 255U)}; }

/// Answers each question for TXT by what `zone` has, as often as it is asked.
class NameServer {
 public:
  explicit NameServer(asio::io_context& io)
      : socket_(io, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    receive();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

  enum class Kind { texts, noSuchName, failure, silence };
  struct Reply {
    Kind kind = Kind::texts;
    std::vector<std::vector<std::string>> records = {};  // strings of each
  };
  std::map<std::string, Reply> zone;
  std::vector<std::string> asked;

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(packet_), from_, [this](const auto& error, std::size_t size) {
      if (error) return;
      answer(std::string(packet_.data(), size));
      receive();
    });
  }
  void answer(const std::string& query) {
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<std::size_t>(static_cast<unsigned char>(query[at]));
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1;
    }
    asked.push_back(name);
    const auto reply = zone.contains(name) ? zone[name] : Reply{Kind::noSuchName};
    if (reply.kind == Kind::silence) return;
    const unsigned code = reply.kind == Kind::noSuchName ? 3 : reply.kind == Kind::failure ? 2 : 0;
    std::string text = query.substr(0, 2) + u16(0x8180U | code) + u16(1) +
                       u16(static_cast<unsigned>(reply.records.size())) + u16(0) + u16(0) +
                       query.substr(12, at + 5 - 12);
    for (const auto& record : reply.records) {
      std::string data;
      for (const auto& part : record) data += static_cast<char>(part.size()) + part;
      text +=
          u16(0xc00c) + u16(16) + u16(1) + u16(0) + u16(60) + u16(static_cast<unsigned>(data.size())) + data;
    }
    socket_.send_to(asio::buffer(text), from_);
  }

  udp::socket socket_;
  udp::endpoint from_;
  std::array<char, 512> packet_{};
};

struct Fixture {
  asio::io_context io;
  ManualClock clock{parseIso("2026-11-10T03:00:00Z").value()};
  NameServer server{io};
  std::unique_ptr<SystemResolver> resolver = make(std::chrono::milliseconds(2000), 3);

  std::unique_ptr<SystemResolver> make(std::chrono::milliseconds timeout, int tries) {
    SystemResolver::Options options;
    options.servers = server.address();
    options.timeout = timeout;
    options.tries = tries;
    return std::make_unique<SystemResolver>(io.get_executor(), clock, options);
  }
  Answer ask(const std::string& name) { return runTask(io, resolver->texts(name)); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the strings of a record are joined, and records stay apart") {
  server.zone["_dmarc.example.jp"].records = {{"v=DMARC1; ", "p=none"}, {"other"}};
  const auto answer = ask("_dmarc.example.jp");
  CHECK(answer.state == Answer::State::found);
  CHECK(answer.texts == std::vector<std::string>{"v=DMARC1; p=none", "other"});
}

TEST_CASE_METHOD(Fixture, "no such name and no such record are answers; a failure is none") {
  server.zone["empty.example.jp"] = {};
  server.zone["broken.example.jp"] = {NameServer::Kind::failure};
  CHECK(ask("missing.example.jp").state == Answer::State::none);
  CHECK(ask("empty.example.jp").state == Answer::State::none);
  const auto broken = ask("broken.example.jp");
  CHECK(broken.state == Answer::State::unknown);
  CHECK_FALSE(broken.why.empty());
}

TEST_CASE_METHOD(Fixture, "a server that says nothing is asked again, and then unknown") {
  server.zone["silent.example.jp"] = {NameServer::Kind::silence};
  resolver = make(std::chrono::milliseconds(50), 2);
  const auto answer = ask("silent.example.jp");
  CHECK(answer.state == Answer::State::unknown);
  CHECK(answer.why == "time-out");
  CHECK(server.asked.size() == 2);
}

TEST_CASE_METHOD(Fixture, "questions that are under way at the end are answered as unknown") {
  server.zone["silent.example.jp"] = {NameServer::Kind::silence};
  std::optional<Answer> answer;
  const RunningTask running(io, storeInto(answer, resolver->texts("silent.example.jp")));
  REQUIRE(pumpUntil(io, [&] { return !server.asked.empty(); }));
  resolver.reset();
  REQUIRE(pumpUntil(io, [&] { return running.ended(); }));
  CHECK(answer.value().state == Answer::State::unknown);
}

TEST_CASE_METHOD(Fixture, "a name that cannot be is unknown or missing, and harms nothing") {
  for (const std::string& name : {std::string(300, 'a') + ".jp", std::string("a..b"), std::string()}) {
    CAPTURE(name);
    CHECK(ask(name).state != Answer::State::found);
  }
}
