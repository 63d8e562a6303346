// AlarmFile: what people were notified of the store, kept beside it, since the store itself cannot hold it.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace arrivald::store {

/// A file of a few bytes, "<path of the store>-alarm". Where it cannot be written, the end of the trouble is
/// notified only if no restart comes in between. A store in memory has none.
class AlarmFile {
 public:
  struct Notified {
    Error::Kind kind = Error::Kind::storage;
    Instant since{};
    friend bool operator==(const Notified&, const Notified&) = default;
  };

  explicit AlarmFile(const std::string& storePath);
  /// Nothing if there is none, or it cannot be read.
  std::optional<Notified> read() const;
  void write(const Notified& notified) const;
  void remove() const;

 private:
  std::string path_;  // empty: none
};

}  // namespace arrivald::store
