#include "unpack/block.hpp"

#include <zlib.h>

#include <array>
#include <memory>
#include <new>

namespace arrivald::unpack {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

}  // namespace

std::string deflated(std::string_view bytes) {
  auto size = compressBound(static_cast<uLong>(bytes.size()));
  std::string block(size, '\0');
  // Fails for want of memory only.
  if (compress2(reinterpret_cast<Bytef*>(block.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), Z_DEFAULT_COMPRESSION) != Z_OK)
    throw std::bad_alloc();
  block.resize(size);
  return block;
}

std::optional<std::string> inflated(std::string_view block, std::size_t max) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  // zlib does not write through next_in.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
  stream.avail_in = static_cast<uInt>(block.size());
  std::string bytes;
  std::array<char, kPieceBytes> piece{};
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const auto code = inflate(&stream, Z_NO_FLUSH);
    bytes.append(piece.data(), piece.size() - stream.avail_out);
    if (bytes.size() > max) return std::nullopt;
    if (code == Z_STREAM_END) return bytes;
    if (code != Z_OK || stream.avail_in == 0) return std::nullopt;
  }
}

}  // namespace arrivald::unpack
