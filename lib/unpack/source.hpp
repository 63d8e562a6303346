// source: a stream of bytes that is read piece by piece, so that no one is ever whole in memory, and how many
// bytes may still come out of what is packed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace arrivald::unpack {

enum class Failure : std::uint8_t {
  truncated,       ///< the data ends inside
  damaged,         ///< a checksum or the structure is wrong
  encrypted,       ///< a password is needed
  tooLarge,        ///< the budget is spent
  tooManyMembers,  ///< more than kMaxMembers
};

/// How much may be unpacked. What a header says of sizes is the sender's word: bytes are counted as they come
/// out.
struct Budget {
  std::uint64_t left = 0;
  bool take(std::uint64_t bytes) {
    if (bytes > left) return false;
    left -= bytes;
    return true;
  }
};

class Source {
 public:
  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// At least one byte, or 0 at the end. After a failure, do not read on.
  virtual Result<std::size_t, Failure> read(std::span<char> to) = 0;
  /// At the end: whether another text follows, which read() then goes on with, as in gzip.
  virtual bool next() { return false; }
  /// At the end: whether bytes followed that belong to nothing.
  virtual bool hasRest() const { return false; }
};

/// Bytes that are in memory, and stay there.
class BytesSource final : public Source {
 public:
  explicit BytesSource(std::string_view bytes) : left_(bytes) {}
  Result<std::size_t, Failure> read(std::span<char> to) override {
    const auto size = std::min(to.size(), left_.size());
    std::copy_n(left_.data(), size, to.data());
    left_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view left_;
};

}  // namespace arrivald::unpack
