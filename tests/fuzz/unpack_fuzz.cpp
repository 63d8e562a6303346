// Archives of strangers: what comes out stays within the budget, and reading them ends.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "unpack/gzip.hpp"
#include "unpack/zip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace arrivald::unpack;

constexpr std::uint64_t kBudget = 1 << 20;

void readAll(Source& source, std::uint64_t& total) {
  std::array<char, 4096> room{};
  do {
    for (;;) {
      const auto read = source.read(room);
      if (!read) return;
      if (*read > room.size()) std::abort();
      if (*read == 0) break;
      total += *read;
    }
  } while (source.next());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  {
    Budget budget{kBudget};
    std::uint64_t total = 0;
    GzipSource gzip(std::make_unique<BytesSource>(bytes), budget);
    readAll(gzip, total);
    if (total > kBudget) std::abort();
  }
  Budget budget{kBudget};
  std::uint64_t total = 0;
  const auto archive = ZipArchive::open(bytes, budget);
  if (!archive) return 0;
  if ((*archive)->memberCount() > kMaxMembers) std::abort();
  for (std::size_t i = 0; i < (*archive)->memberCount(); ++i)
    if (const auto member = (*archive)->member(i)) readAll(**member, total);
  if (total > kBudget) std::abort();
  return 0;
}
