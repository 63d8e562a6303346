// What reading a list of 1,000,000 entries costs: 2,000 pages of 500, as the provider would send them.
#include <string>

#include "bench/measure.hpp"
#include "sendgrid/decode.hpp"

using namespace arrivald;

namespace {

constexpr std::size_t kPages = 2'000;
constexpr std::size_t kRows = 500;

std::string pageOf(std::size_t number) {
  std::string json = "[";
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto id = std::to_string(number * kRows + i);
    json += (i == 0 ? "" : ",");
    json +=
        R"({"created":)" + std::to_string(1'600'000'000 + number * kRows + i) + R"(,"email":"recipient.)" +
        id + R"(@mail.example.jp","reason":"550 5.1.1 <recipient.)" + id +
        R"(@mail.example.jp>: Recipient address rejected: User unknown in virtual mailbox table","status":"5.1.1"})";
  }
  return json + "]";
}

}  // namespace

int main() {
  // The pages are made while they are read, so that the list itself takes no memory; making is timed apart.
  double makingBegan = bench::cpuSeconds();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kPages; ++i) bytes += pageOf(i).size();
  const double making = bench::cpuSeconds() - makingBegan;

  const long before = bench::statusKilobytes("VmRSS");
  sendgrid::ListReader reader;
  sendgrid::ListPage page;
  std::size_t entries = 0;
  double reading = 0;
  double fingerprints = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kPages; ++i) {
    std::string json = pageOf(i);
    const double begin = bench::cpuSeconds();
    if (!reader.read(json, page).ok()) return 1;
    const double read = bench::cpuSeconds();
    for (const auto& entry : page.entries)
      all ^= suppression::fingerprint(suppression::List::bounces, entry.email, entry.created);
    fingerprints += bench::cpuSeconds() - read;
    reading += read - begin;
    entries += page.entries.size();
  }
  std::printf("%zu entries, %zu pages, %.0f MB of JSON (made in %.2f s)\n", entries, kPages,
              static_cast<double>(bytes) / 1e6, making);
  std::printf("read into entries: %.3f s of CPU, %.2f GB/s; fingerprints: %.3f s (%llx)\n", reading,
              static_cast<double>(bytes) / 1e9 / reading, fingerprints, static_cast<unsigned long long>(all));
  std::printf("resident memory grew by %ld KB\n", bench::statusKilobytes("VmRSS") - before);
}
