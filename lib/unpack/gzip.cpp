#include "unpack/gzip.hpp"

#include <zlib.h>

#include <array>
#include <optional>
#include <stdexcept>

namespace arrivald::unpack {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;
constexpr int kGzipOnly = 15 + 16;

}  // namespace

bool beginsLikeGzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

struct GzipSource::Inflater {
  z_stream stream{};
  std::unique_ptr<Source> packed;
  Budget* budget = nullptr;
  std::optional<Failure> failure;  // of the packed source
  bool ended = false;              // the member
  bool rest = false;
  std::array<char, kInputBytes> input{};

  unsigned char first() const { return *stream.next_in; }
};

GzipSource::GzipSource(std::unique_ptr<Source> packed, Budget& budget)
    : inflater_(std::make_unique<Inflater>()) {
  inflater_->packed = std::move(packed);
  inflater_->budget = &budget;
  if (inflateInit2(&inflater_->stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

GzipSource::~GzipSource() { inflateEnd(&inflater_->stream); }

bool GzipSource::refill() {
  auto& it = *inflater_;
  if (it.stream.avail_in > 0) return true;
  if (it.failure) return false;
  // Packed data that is itself packed in several members is one stream.
  for (;;) {
    const auto read = it.packed->read(it.input);
    if (!read) {
      it.failure = read.error();
      return false;
    }
    if (*read > 0) {
      it.stream.next_in = reinterpret_cast<Bytef*>(it.input.data());
      it.stream.avail_in = static_cast<uInt>(*read);
      return true;
    }
    if (!it.packed->next()) return false;
  }
}

Result<std::size_t, Failure> GzipSource::read(std::span<char> to) {
  auto& it = *inflater_;
  if (it.ended) return std::size_t{0};
  it.stream.next_out = reinterpret_cast<Bytef*>(to.data());
  it.stream.avail_out = static_cast<uInt>(to.size());
  while (it.stream.avail_out > 0) {
    // Even without more input: what came before may not have fitted into `to`.
    const bool more = refill();
    const int answer = inflate(&it.stream, Z_NO_FLUSH);
    it.ended = answer == Z_STREAM_END;
    if (it.ended || (answer == Z_BUF_ERROR && !more)) break;
    if (answer != Z_OK && answer != Z_BUF_ERROR) return Failure::damaged;
  }
  const std::size_t got = to.size() - it.stream.avail_out;
  if (got == 0 && !it.ended) return it.failure.value_or(Failure::truncated);
  if (!it.budget->take(got)) return Failure::tooLarge;
  return got;
}

bool GzipSource::next() {
  auto& it = *inflater_;
  if (!it.ended || !refill()) return false;
  // The second byte may come with the next piece; then the first decides.
  const bool another = it.first() == 0x1F && (it.stream.avail_in < 2 || it.stream.next_in[1] == 0x8B);
  it.rest = !another;
  if (!another || inflateReset(&it.stream) != Z_OK) return false;
  it.ended = false;
  return true;
}

bool GzipSource::hasRest() const { return inflater_->rest || inflater_->packed->hasRest(); }

}  // namespace arrivald::unpack
