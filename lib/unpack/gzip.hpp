// gzip: what is packed by gzip. The only user of zlib's inflate, and of its header.
#pragma once

#include <memory>
#include <string_view>

#include "unpack/source.hpp"

namespace arrivald::unpack {

bool beginsLikeGzip(std::string_view bytes);

/// One text a member: read() ends at the end of each, once its checksum is right, and next() goes to the
/// following one.
class GzipSource final : public Source {
 public:
  /// Takes from `budget`, which must live longer, what comes out.
  GzipSource(std::unique_ptr<Source> packed, Budget& budget);
  ~GzipSource() override;
  Result<std::size_t, Failure> read(std::span<char> to) override;
  bool next() override;
  bool hasRest() const override;

 private:
  struct Inflater;
  // Fills what is empty of the input. False: the packed source has ended or failed.
  bool refill();

  std::unique_ptr<Inflater> inflater_;
};

}  // namespace arrivald::unpack
