// Resolver: what the domain name system says. An interface, so that tests answer themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/task.hpp"

namespace arrivald::dns {

struct Answer {
  enum class State : std::uint8_t {
    found,
    none,     ///< a name server says that there are no such records, or no such name
    unknown,  ///< nobody said anything: never to be taken for `none`
  };
  State state = State::unknown;
  std::vector<std::string> texts = {};  ///< of `found`: each record, its strings joined; bytes of strangers
  std::string why = {};                 ///< of `unknown`: "time-out", "server failure", …
};

/// Loop thread only.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// The TXT records of `name`, through aliases. Never fails: what cannot be found out is unknown.
  virtual runtime::Task<Answer> texts(std::string name) = 0;
};

}  // namespace arrivald::dns
