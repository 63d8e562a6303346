// What the server costs a request beyond a bare loop over epoll that reads and answers the same bytes
// unparsed, and what an idle connection costs. CPU time of the serving thread; a client thread keeps 16
// connections busy.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"

using namespace arrivald;

namespace {

constexpr int kConnections = 16;

double threadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

long residentKilobytes() {
  long pages = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

int connectTo(unsigned short port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void writeAll(int fd, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto count = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count <= 0) std::abort();
    at += static_cast<std::size_t>(count);
  }
}

// Each connection has one request under way.
void load(unsigned short port, const std::string& request, int rounds) {
  std::vector<int> sockets;
  for (int i = 0; i < kConnections; ++i) sockets.push_back(connectTo(port));
  char answer[4096];
  for (int round = 0; round < rounds; ++round) {
    for (const int fd : sockets) writeAll(fd, request);
    for (const int fd : sockets)
      if (::recv(fd, answer, sizeof answer, 0) <= 0) std::abort();
  }
  for (const int fd : sockets) ::close(fd);
}

// Answers whenever `size` more bytes have come, whatever they are.
double bare(const std::string& request, int rounds) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\nok";
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  ::listen(listener, 64);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  double used = 0;
  std::thread server([&] {
    const int poller = epoll_create1(0);
    std::vector<std::size_t> got(4096);
    std::vector<char> buffer(1 << 20);
    for (int i = 0; i < kConnections; ++i) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = fd;
      epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
    int open = kConnections;
    const auto begun = threadSeconds();
    while (open > 0) {
      epoll_event events[64];
      const int count = epoll_wait(poller, events, 64, -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        const auto bytes = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (bytes == 0) {
          ::close(fd);
          --open;
        }
        if (bytes <= 0) continue;
        auto& sum = got[static_cast<std::size_t>(fd)];
        sum += static_cast<std::size_t>(bytes);
        if (sum < request.size()) continue;
        sum = 0;
        writeAll(fd, answer);
      }
    }
    used = threadSeconds() - begun;
    ::close(poller);
  });
  load(ntohs(address.sin_port), request, rounds);
  server.join();
  ::close(listener);
  return used / (static_cast<double>(rounds) * kConnections);
}

runtime::Task<http::Response> ok(const http::ServerRequest&) {
  http::Response response;
  response.body = "ok";
  co_return response;
}

double ours(const std::string& request, int rounds) {
  double used = 0;
  std::atomic<unsigned short> port = 0;
  std::atomic<bool> stop = false;
  std::thread thread([&] {
    boost::asio::io_context io(1);
    SystemClock clock;
    auto server = http::Server::listen(io.get_executor(), clock, {}, ok).value();
    port = server->port();
    const auto begun = threadSeconds();
    while (!stop || server->openConnections() > 0) io.run_one_for(std::chrono::milliseconds(20));
    used = threadSeconds() - begun;
    // The loop ends with the program: nobody waits for stop() here.
    static_cast<void>(server.release());
  });
  while (port == 0) std::this_thread::yield();
  load(port, request, rounds);
  stop = true;
  thread.join();
  return used / (static_cast<double>(rounds) * kConnections);
}

// Kilobytes a connection that has made one request and idles.
double idleConnection(int count) {
  boost::asio::io_context io(1);
  SystemClock clock;
  http::ServerOptions options;
  options.connections = static_cast<std::size_t>(count) + 1;
  auto server = http::Server::listen(io.get_executor(), clock, options, ok).value();
  std::vector<int> sockets;
  const auto before = residentKilobytes();
  for (int i = 0; i < count; ++i) {
    sockets.push_back(connectTo(server->port()));
    writeAll(sockets.back(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (io.poll_one() > 0) {
    }
  }
  for (int i = 0; i < 10; ++i) io.run_one_for(std::chrono::milliseconds(5));
  const auto after = residentKilobytes();
  std::printf("  %zu connections open\n", server->openConnections());
  for (const int fd : sockets) ::close(fd);
  static_cast<void>(server.release());
  return static_cast<double>(after - before) / count;
}

}  // namespace

int main() {
  std::printf("%-22s %12s %12s %8s %14s\n", "request", "bare, µs", "server, µs", "ratio", "server, req/s");
  for (const auto size : std::initializer_list<std::size_t>{0, 500, 5'000, 50'000, 500'000}) {
    std::string request = size == 0 ? "GET /metrics HTTP/1.1\r\n" : "POST /events HTTP/1.1\r\n";
    request +=
        "Host: localhost:8080\r\nUser-Agent: bench\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        "X-Twilio-Email-Event-Webhook-Timestamp: 1763866800\r\n"
        "X-Twilio-Email-Event-Webhook-Signature: " +
        std::string(96, 'S') + "\r\n";
    if (size > 0) request += "Content-Length: " + std::to_string(size) + "\r\n";
    request += "\r\n" + std::string(size, 'x');
    const int rounds = size >= 50'000 ? 200 : 3000;
    double floor = 1e9;
    double server = 1e9;
    for (int turn = 0; turn < 3; ++turn) {  // interleaved; the best of three
      floor = std::min(floor, bare(request, rounds));
      server = std::min(server, ours(request, rounds));
    }
    const auto name = size == 0 ? std::string("GET") : "POST " + std::to_string(size) + " bytes";
    std::printf("%-22s %12.2f %12.2f %8.2f %14.0f\n", name.c_str(), floor * 1e6, server * 1e6, server / floor,
                1 / server);
  }
  std::printf("an idle kept connection: %.1f KB\n", idleConnection(400));
}
