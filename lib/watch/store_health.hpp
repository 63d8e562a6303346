// StoreHealth: whether the state can be stored.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace arrivald::watch {

/// Each owner records the result of its last write, for the page, /readyz and the metrics. Resource; loop
/// thread only.
class StoreHealth {
 public:
  void record(std::string_view owner, const Done& written) {
    if (written.ok())
      failing_.erase(std::string(owner));
    else
      failing_.insert_or_assign(std::string(owner), written.error());
  }
  bool ok() const { return failing_.empty(); }
  /// The error of one owner whose last write failed; nothing if all succeeded.
  std::optional<Error> trouble() const {
    if (failing_.empty()) return std::nullopt;
    return failing_.begin()->second;
  }

 private:
  std::map<std::string, Error> failing_;
};

}  // namespace arrivald::watch
