// Provider: whose server answered, by the recipient's domain, the server's name, or what the reply gives
// away.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "causes/normalise.hpp"
#include "causes/reply.hpp"

namespace arrivald::causes {

class Providers {
 public:
  /// Reads lines "name: domain domain label.* =alias …". A domain covers its subdomains; "label.*" is that
  /// label in any place of a name; "=alias" is a whole name as tables of codes call the provider.
  static Result<Providers> parse(std::string_view text);

  /// The provider of a domain, a server's name or an alias, in any case; empty: not known.
  /// The view lives as long as this object.
  std::string_view of(std::string_view domainOrHost) const;
  bool has(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  // Found by a view, without making a string of it.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
  Index domains_;
  Index labels_;
  Index aliases_;
};

/// The table that comes with the program.
const Providers& builtInProviders();

/// Whose words a reply is: by the recipient's domain, the answering server, or hosts and addresses in the
/// reply. Empty: not known.
std::string_view providerOf(const Providers& providers, const Reply& reply, const Normalised& normalised);

}  // namespace arrivald::causes
