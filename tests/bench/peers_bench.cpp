// bench_peers [FOLDER-OF-THE-NODE-PEER]: events per CPU second of three receivers of the same signed batches
// over HTTP, in one run: a bare one that receives and verifies (the floor), arrivald with everything stored
// and searchable, and, where its folder is given (tests/bench/peers, after `npm install`), Node with express,
// the provider's own verification package and prom-client. Then how long arrivald takes to answer at half of
// what it can do.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <thread>

#include "bench/measure.hpp"
#include "bench/signed_batches.hpp"
#include "http/server.hpp"
#include "support/temp_store.hpp"
#include "watch/log.hpp"
#include "watch/owners.hpp"

using namespace arrivald;

namespace {

constexpr int kSenders = 8;
using Steady = std::chrono::steady_clock;

/// A receiver in a process of its own.
struct Peer {
  std::string name;
  pid_t process = 0;
  std::uint16_t port = 0;
  double cpuSeconds() const {
    clockid_t clock{};
    timespec spent{};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
    return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
  }
  long peakKilobytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    return -1;
  }
  void end() const {
    kill(process, SIGTERM);
    waitpid(process, nullptr, 0);
  }
};

Peer start(std::string name, const std::function<void(int)>& serve) {
  int channel[2];
  if (pipe(channel) != 0) std::exit(1);
  Peer peer;
  peer.name = std::move(name);
  peer.process = fork();
  if (peer.process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(channel[0]);
    serve(channel[1]);
    _exit(0);
  }
  close(channel[1]);
  std::string said;
  for (char c = 0; read(channel[0], &c, 1) == 1 && c != '\n';) said += c;
  peer.port = static_cast<std::uint16_t>(std::atoi(said.c_str()));
  close(channel[0]);
  if (peer.port == 0) {
    fmt::print(stderr, "{} did not start\n", peer.name);
    std::exit(1);
  }
  return peer;
}

void say(int channel, std::uint16_t port) {
  const auto line = fmt::format("{}\n", port);
  if (write(channel, line.data(), line.size()) < 0) _exit(1);
  close(channel);
}

http::ServerOptions options() {
  http::ServerOptions wanted;
  wanted.bodyBytes = 4 << 20;
  return wanted;
}

void serveFloor(int channel, const std::string& publicKey) {
  boost::asio::io_context io(1);
  SystemClock clock;
  const auto key = sendgrid::EventKey::parse(publicKey);
  auto server = http::Server::listen(
      io.get_executor(), clock, options(),
      [&](const http::ServerRequest& request) -> runtime::Task<http::Response> {
        const auto signature = request.headers.find(sendgrid::kSignatureHeader);
        const auto timestamp = request.headers.find(sendgrid::kTimestampHeader);
        const bool genuine = signature && timestamp && key->verifies(*signature, *timestamp, request.body);
        co_return http::Response{genuine ? 204U : 401U, {}, ""};
      });
  say(channel, (*server)->port());
  io.run();
}

void serveArrivald(int channel, const std::string& publicKey) {
  watch::log::start(watch::log::Level::error, watch::log::Format::text);
  boost::asio::io_context io(1);
  SystemClock clock;
  testing::TempStore folder;
  metrics::Registry registry(clock, "bench", {});
  auto database = store::Database::open(folder.path()).value();
  watch::StoreHealth health(clock, registry);
  watch::Owners owners({io.get_executor(), *database, clock, registry, health, clock.now()});
  config::Config config;
  config::Account account;
  account.name = "main";
  account.events = config::AccountEvents{{publicKey}, false, "", {}, {}, ""};
  config.accounts.push_back(account);
  if (!owners.load()) _exit(1);
  owners.retain(config);
  auto server = http::Server::listen(
      io.get_executor(), clock, options(),
      [&](const http::ServerRequest& request) { return owners.events().receiver().receive(request); });
  // As the daemon does.
  boost::asio::steady_timer timer(io);
  std::function<void()> tick = [&] {
    timer.expires_after(std::chrono::seconds(10));
    timer.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      owners.events().tick();
      tick();
    });
  };
  tick();
  say(channel, (*server)->port());
  io.run();
}

void serveNode(int channel, const std::string& folder, const std::string& publicKey) {
  dup2(channel, STDOUT_FILENO);
  setenv("PUBLIC_KEY", publicKey.c_str(), 1);
  setenv("NODE_ENV", "production", 1);
  const auto program = folder + "/server.js";
  execlp("node", "node", program.c_str(), static_cast<char*>(nullptr));
  _exit(1);
}

class Sender {
 public:
  explicit Sender(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { close(socket_); }
  /// True for a 204.
  bool send(const std::string& request) {
    if (!connected_) return false;
    for (std::size_t sent = 0; sent < request.size();) {
      const auto count = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<std::size_t>(count);
    }
    std::string answer;
    char buffer[4096];
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const auto count = recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      answer.append(buffer, static_cast<std::size_t>(count));
    }
    return answer.starts_with("HTTP/1.1 204");
  }

 private:
  int socket_;
  bool connected_ = false;
};

/// Whole HTTP requests, ready to be written.
std::vector<std::string> requests(const simulator::EventSigner& signer, std::size_t batches,
                                  std::size_t events, std::size_t& serial) {
  std::vector<std::string> all;
  SystemClock clock;
  for (std::size_t i = 0; i < batches; ++i) {
    const auto body = bench::batchOf(events, serial, clock.now());
    all.push_back(
        fmt::format("POST /events/main HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n{}: {}\r\n{}: {}\r\n\r\n{}",
                    body.size(), sendgrid::kTimestampHeader, bench::kTimestamp, sendgrid::kSignatureHeader,
                    signer.sign(bench::kTimestamp, body), body));
  }
  return all;
}

/// Sends all by some connections at once; false if one was not taken. With `apart`, at that distance, and
/// with how long each took from when it was due.
bool send(const Peer& peer, const std::vector<std::string>& all, Steady::duration apart = {},
          std::vector<double>* milliseconds = nullptr) {
  std::vector<std::thread> threads;
  std::vector<std::vector<double>> took(kSenders);
  std::atomic<bool> fine = true;
  const auto begin = Steady::now();
  for (int k = 0; k < kSenders; ++k)
    threads.emplace_back([&, k] {
      Sender sender(peer.port);
      for (auto i = static_cast<std::size_t>(k); i < all.size(); i += kSenders) {
        const auto due = begin + apart * static_cast<Steady::rep>(i);
        if (apart.count() > 0) std::this_thread::sleep_until(due);
        if (!sender.send(all[i])) fine = false;
        took[static_cast<std::size_t>(k)].push_back(
            std::chrono::duration<double, std::milli>(Steady::now() - due).count());
      }
    });
  for (auto& thread : threads) thread.join();
  if (milliseconds)
    for (const auto& some : took) milliseconds->insert(milliseconds->end(), some.begin(), some.end());
  return fine;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const simulator::EventSigner signer;
  const auto key = signer.publicKey();
  std::vector<Peer> peers;
  peers.push_back(start("floor", [&](int channel) { serveFloor(channel, key); }));
  peers.push_back(start("arrivald", [&](int channel) { serveArrivald(channel, key); }));
  if (argc > 1) peers.push_back(start("node", [&](int channel) { serveNode(channel, argv[1], key); }));

  constexpr int kRounds = 3;
  std::size_t serial = 0;
  double capacity = 0;
  fmt::print("{:>6} {:>12} {:>12} {:>12} {:>14} {:>14}   events per CPU second, median of {}\n", "batch",
             "floor", "arrivald", "node", "floor/arrivald", "arrivald/node", kRounds);
  for (const auto size : std::initializer_list<std::size_t>{1, 10, 100, 1000}) {
    const std::size_t batches = size <= 10 ? 3000 : size == 100 ? 1000 : 120;
    std::vector<std::vector<double>> speed(peers.size());
    for (int round = 0; round < kRounds; ++round) {
      const auto all = requests(signer, batches, size, serial);
      for (std::size_t p = 0; p < peers.size(); ++p) {
        // The peer verifies so slowly that fewer batches measure it as well.
        const bool slow = peers[p].name == "node" && size <= 10;
        const std::vector<std::string> some(
            all.begin(), all.begin() + static_cast<std::ptrdiff_t>(slow ? batches / 8 : batches));
        const double before = peers[p].cpuSeconds();
        const auto begin = Steady::now();
        if (!send(peers[p], some)) {
          fmt::print(stderr, "{} did not take every batch\n", peers[p].name);
          return 1;
        }
        const double wall = std::chrono::duration<double>(Steady::now() - begin).count();
        speed[p].push_back(static_cast<double>(some.size() * size) / (peers[p].cpuSeconds() - before));
        if (peers[p].name == "arrivald" && size == 100) capacity = static_cast<double>(some.size()) / wall;
      }
    }
    const double floor = median(speed[0]), ours = median(speed[1]),
                 node = peers.size() > 2 ? median(speed[2]) : 0;
    fmt::print("{:>6} {:>12.0f} {:>12.0f} {:>12.0f} {:>14.2f} {:>14.1f}\n", size, floor, ours, node,
               floor / ours, node > 0 ? ours / node : 0);
  }
  std::vector<double> took;
  const auto paced = requests(signer, 3000, 100, serial);
  const auto apart =
      std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(2 / capacity));
  if (!send(peers[1], paced, apart, &took)) return 1;
  std::sort(took.begin(), took.end());
  fmt::print(
      "arrivald at half of its capacity ({:.0f} batches of 100 a second): p50 {:.1f} ms, p99 {:.1f} ms, "
      "longest {:.1f} ms\n",
      capacity / 2, took[took.size() / 2], took[took.size() * 99 / 100], took.back());
  fmt::print("arrivald's peak memory after {} events: {:.0f} MB\n", serial,
             static_cast<double>(peers[1].peakKilobytes()) / 1024);
  for (const auto& peer : peers) peer.end();
  return 0;
}
