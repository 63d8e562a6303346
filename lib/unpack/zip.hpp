// zip: what is packed by zip. The only user of libzip.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "unpack/source.hpp"

namespace arrivald::unpack {

inline constexpr std::size_t kMaxMembers = 64;

bool beginsLikeZip(std::string_view bytes);

/// An archive in memory. Its members are those that hold something of the sender's: no folders, and not what
/// some systems add.
class ZipArchive {
 public:
  /// `bytes` and `budget` must live longer.
  static Result<std::shared_ptr<ZipArchive>, Failure> open(std::string_view bytes, Budget& budget);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  std::size_t memberCount() const { return members_.size(); }
  /// Member `n`, from its beginning.
  Result<std::unique_ptr<Source>, Failure> member(std::size_t n) const;

 private:
  struct Handle;
  ZipArchive(std::unique_ptr<Handle> handle, std::vector<std::uint64_t> members, Budget& budget);

  std::unique_ptr<Handle> handle_;
  std::vector<std::uint64_t> members_;
  Budget* budget_;
};

}  // namespace arrivald::unpack
