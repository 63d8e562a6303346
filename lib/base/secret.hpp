// Secret: a credential that cannot be printed by accident.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// Has no output operator and no conversion to text; the characters are overwritten on destruction.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string characters) : characters_(std::move(characters)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : characters_(std::move(other.characters_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  bool empty() const { return characters_.empty(); }
  /// For the code that sends or verifies the credential. Never log or store the result.
  std::string_view reveal() const { return characters_; }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  void wipe() noexcept;
  std::string characters_;
};

}  // namespace arrivald
