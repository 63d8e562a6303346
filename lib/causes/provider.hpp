// Providers: identifies the mail provider that replied, by the recipient's domain, the server's host name or
// the content of the reply.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "causes/normalise.hpp"
#include "causes/reply.hpp"

namespace arrivald::causes {

/// Immutable after parse(); any thread.
class Providers {
 public:
  /// Reads lines "name: domain domain label.* =alias …". A domain covers its subdomains; "label.*" is that
  /// label anywhere in a host name; "=alias" is another whole name of the provider. Fails, naming the line.
  static Result<Providers> parse(std::string_view text);

  /// The provider of a domain, a host name or an alias, ignoring case; empty: unknown.
  /// The view lives as long as this object.
  std::string_view of(std::string_view domainOrHost) const;
  bool has(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  // Allows look-up by string_view, without allocating a string.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
  Index domains_;
  Index labels_;
  Index aliases_;
};

/// The built-in table. Throws std::logic_error if it is broken, which the tests exclude.
const Providers& builtInProviders();

/// The provider that sent a reply: by the recipient's domain, the remote host, or hosts and addresses in the
/// reply. Empty: unknown. The view lives as long as `providers`.
std::string_view providerOf(const Providers& providers, const Reply& reply, const Normalised& normalised);

}  // namespace arrivald::causes
