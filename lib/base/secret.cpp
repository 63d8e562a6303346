#include "base/secret.hpp"

#include <cstring>

namespace arrivald {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    characters_ = other.characters_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    characters_ = std::move(other.characters_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  explicit_bzero(characters_.data(), characters_.size());
  characters_.clear();
}

}  // namespace arrivald
