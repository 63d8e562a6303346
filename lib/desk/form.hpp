// Form: the fields of an HTML form, or of a query. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace arrivald::desk {

class Form {
 public:
  static constexpr std::size_t kMaxPairs = 20'000;

  Form() = default;
  /// application/x-www-form-urlencoded. Error::Kind::tooLarge beyond kMaxPairs.
  static Result<Form> parse(std::string_view encoded);

  /// The first value of `name`; empty if there is none.
  const std::string& text(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  /// What stands between the commas of all values of `name`; empty pieces are left out.
  std::vector<std::string> pieces(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// "name=value&…", percent-encoded; pairs with an empty value are left out.
std::string toQuery(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace arrivald::desk
