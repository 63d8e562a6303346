// pack: gzip, zip and base64 as senders make them, right or wrong, for tests of what reads them.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::testing {

namespace pack {
inline std::string deflated(std::string_view bytes, int windowBits) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, windowBits, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflate");
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
inline void put(std::string& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
}
}  // namespace pack

inline std::string gzipped(std::string_view bytes) { return pack::deflated(bytes, 15 + 16); }

struct ZipMember {
  std::string name, content;
  bool stored = false;
  std::uint32_t flags = 0;     ///< 1: encrypted
  std::uint32_t crcXor = 0;    ///< makes the checksum wrong
  std::int64_t saidSize = -1;  ///< what the headers say instead of the size
};

inline std::string zipped(const std::vector<ZipMember>& members) {
  std::string out, directory;
  for (const auto& member : members) {
    const auto packed = member.stored ? member.content : pack::deflated(member.content, -15);
    const auto crc =
        static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(member.content.data()),
                                         static_cast<uInt>(member.content.size()))) ^
        member.crcXor;
    const auto size =
        member.saidSize < 0 ? member.content.size() : static_cast<std::uint64_t>(member.saidSize);
    std::string common;
    pack::put(common, 20, 2);
    pack::put(common, member.flags, 2);
    pack::put(common, member.stored ? 0 : 8, 2);
    pack::put(common, 0, 4);  // time and date
    pack::put(common, crc, 4);
    pack::put(common, packed.size(), 4);
    pack::put(common, size, 4);
    pack::put(common, member.name.size(), 2);
    pack::put(common, 0, 2);
    const auto offset = out.size();
    out += "PK\x03\x04" + common + member.name + packed;
    directory += "PK\x01\x02";
    pack::put(directory, 20, 2);
    directory += common;
    directory.append(2 + 2 + 2 + 4, '\0');
    pack::put(directory, offset, 4);
    directory += member.name;
  }
  const auto begin = out.size();
  out += directory + "PK\x05\x06";
  pack::put(out, 0, 4);
  pack::put(out, members.size(), 2);
  pack::put(out, members.size(), 2);
  pack::put(out, directory.size(), 4);
  pack::put(out, begin, 4);
  pack::put(out, 0, 2);
  return out;
}

inline std::string base64Of(std::string_view bytes, std::size_t lineLength = 76, bool padded = true) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t column = 0;
  const auto emit = [&](char c) {
    out += c;
    if (++column == lineLength) {
      out += "\r\n";
      column = 0;
    }
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const auto size = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < size ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= size)
        emit(kAlphabet[group >> (18 - 6 * k) & 0x3F]);
      else if (padded)
        emit('=');
    }
  }
  return out;
}

}  // namespace arrivald::testing
