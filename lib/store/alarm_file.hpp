// AlarmFile: what people were notified of arrivald itself, kept beside the store, which cannot hold it while
// it is the trouble.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald::store {

/// A file of a few bytes, "<path of the store>-alarm" for the store, "…-rules-alarm" for the rules. Where it
/// cannot be written, the end of the trouble is notified only if no restart comes in between. A store in
/// memory has none.
class AlarmFile {
 public:
  struct Notified {
    Error::Kind kind = Error::Kind::storage;
    Instant since{};
    std::int64_t number = 0;  ///< of its incident; 0: it has none, as in files of older versions
    friend bool operator==(const Notified&, const Notified&) = default;
  };

  enum class Of : std::uint8_t { store, rules };
  explicit AlarmFile(const std::string& storePath, Of of = Of::store);
  /// Nothing if there is none, or it cannot be read.
  std::optional<Notified> read() const;
  void write(const Notified& notified) const;
  void remove() const;

 private:
  std::string path_;  // empty: none
};

}  // namespace arrivald::store
