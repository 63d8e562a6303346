#include "desk/password.hpp"

#include <argon2.h>

#include <array>
#include <stdexcept>

namespace arrivald::desk {
namespace {

// The least that OWASP advises for argon2id: 19 MiB, two passes, one lane.
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kKibibytes = 19456;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::string hashPassword(const Secret& password, std::string_view salt) {
  std::array<char, 256> encoded{};
  const auto text = password.reveal();
  const auto code = argon2id_hash_encoded(kPasses, kKibibytes, kLanes, text.data(), text.size(), salt.data(),
                                          salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) throw std::runtime_error(argon2_error_message(code));
  return encoded.data();
}

bool matchesHash(const Secret& password, std::string_view hash) {
  const auto text = password.reveal();
  return argon2id_verify(std::string(hash).c_str(), text.data(), text.size()) == ARGON2_OK;
}

std::string_view hashOfNobody() {
  static const auto hash = hashPassword(Secret("nobody"), std::string(kSaltBytes, '\0'));
  return hash;
}

}  // namespace arrivald::desk
