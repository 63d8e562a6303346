// What reading a list of 1,000,000 entries costs, as 2,000 pages of 500 such as the provider sends: the
// reader alone, and a whole crawl over HTTP in which nothing has changed since the one before.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "bench/measure.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "sendgrid/client.hpp"
#include "suppression/index.hpp"

using namespace arrivald;
using suppression::List;

namespace {

constexpr std::size_t kPages = 2'000;
constexpr std::size_t kRows = sendgrid::kRowsPerPage;

std::string pageAt(std::size_t offset) {
  std::string json = "[";
  for (std::size_t row = offset; row < std::min(offset + kRows, kPages * kRows); ++row) {
    const auto id = std::to_string(row);
    json += row == offset ? "" : ",";
    json +=
        R"({"created":)" + std::to_string(1'600'000'000 + row) + R"(,"email":"recipient.)" + id +
        R"(@mail.example.jp","reason":"550 5.1.1 <recipient.)" + id +
        R"(@mail.example.jp>: Recipient address rejected: User unknown in virtual mailbox table","status":"5.1.1"})";
  }
  return json + "]";
}

void measureReader() {
  sendgrid::ListReader reader;
  sendgrid::ListPage page;
  std::size_t bytes = 0;
  double reading = 0;
  double fingerprints = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kPages; ++i) {
    std::string json = pageAt(i * kRows);
    bytes += json.size();
    const double begin = bench::cpuSeconds();
    if (!reader.read(json, page).ok()) std::abort();
    const double read = bench::cpuSeconds();
    for (const auto& entry : page.entries)
      all ^= suppression::fingerprint(List::bounces, entry.email, entry.created);
    fingerprints += bench::cpuSeconds() - read;
    reading += read - begin;
  }
  std::printf(
      "reading %zu pages, %.0f MB of JSON, into entries: %.3f s of CPU (%.2f GB/s); their fingerprints: %.3f "
      "s (%llx)\n",
      kPages, static_cast<double>(bytes) / 1e6, reading, static_cast<double>(bytes) / 1e9 / reading,
      fingerprints, static_cast<unsigned long long>(all));
}

runtime::Task<http::Response> answer(const http::ServerRequest& request) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = pageAt(std::stoul(request.parameter("offset").value_or("0")));
  co_return response;
}

/// Serves pages in a process of its own, whose time is not counted; writes its port into `pipe`.
[[noreturn]] void serve(int pipe) {
  boost::asio::io_context io;
  SystemClock clock;
  auto server = http::Server::listen(io.get_executor(), clock, http::ServerOptions{}, &answer);
  if (!server.ok()) _exit(1);
  const std::uint16_t port = (*server)->port();
  if (write(pipe, &port, sizeof(port)) != sizeof(port)) _exit(1);
  io.run();
  _exit(0);
}

runtime::Task<> crawlTwice(sendgrid::Client& client, suppression::Index& index) {
  for (int round = 1; round <= 2; ++round) {
    std::size_t fresh = 0;
    const long residentBefore = bench::statusKilobytes("VmRSS");
    const double begin = bench::cpuSeconds();
    index.beginCrawl();
    sendgrid::Client::PageSink sink = [&](std::vector<suppression::Entry>& page) {
      std::vector<suppression::Entry> met;
      index.crawled(List::bounces, page, met);
      fresh += page.size();
      return true;
    };
    const Instant from;
    const auto to = fromUnixSeconds(1'795'410'000);
    auto crawl = co_await client.crawl(List::bounces, from, to, std::move(sink));
    if (!crawl.ok()) {
      std::printf("%s\n", crawl.error().text.c_str());
      co_return;
    }
    const auto removed = index.finishCrawl(to);
    std::printf(
        "crawl %d over HTTP: %zu entries, %zu new, %zu gone: %.3f s of CPU in all; resident memory %+ld KB, "
        "in all %ld KB\n",
        round, crawl->entries, fresh, removed.size(), bench::cpuSeconds() - begin,
        bench::statusKilobytes("VmRSS") - residentBefore, bench::statusKilobytes("VmRSS"));
  }
}

void measureCrawl() {
  int pipes[2];
  if (pipe(pipes) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) serve(pipes[1]);
  std::uint16_t port = 0;
  if (read(pipes[0], &port, sizeof(port)) != sizeof(port)) std::abort();

  boost::asio::io_context io;
  SystemClock clock;
  http::Client transport(io.get_executor(), clock, http::ClientOptions{});
  sendgrid::AccountAccess access;
  access.name = "main";
  access.baseUrl = "http://127.0.0.1:" + std::to_string(port);
  access.key = Secret("SG.x");
  sendgrid::Client client(transport, clock, std::move(access));
  suppression::Index index;
  boost::asio::co_spawn(io, crawlTwice(client, index), [&](std::exception_ptr) { transport.closeIdle(); });
  io.run();
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
}

}  // namespace

int main() {
  measureCrawl();
  measureReader();
}
