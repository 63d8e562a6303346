#include "base/error.hpp"

namespace arrivald {

std::string_view name(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::invalid:
      return "invalid";
    case Error::Kind::notFound:
      return "not_found";
    case Error::Kind::denied:
      return "denied";
    case Error::Kind::throttled:
      return "throttled";
    case Error::Kind::unavailable:
      return "unavailable";
    case Error::Kind::timedOut:
      return "timed_out";
    case Error::Kind::cancelled:
      return "cancelled";
    case Error::Kind::storage:
      return "storage";
    case Error::Kind::unsupported:
      return "unsupported";
  }
  return "unknown";
}

}  // namespace arrivald
