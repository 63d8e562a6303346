#include "daemon/system_random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace arrivald {

std::string systemRandom(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const auto got = getrandom(bytes.data() + filled, count - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace arrivald
