// Details: what a reply names besides its cause.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "causes/normalise.hpp"
#include "causes/phrases.hpp"

namespace arrivald::causes {

/// Which blocklist a reply speaks of.
class Blocklists {
 public:
  /// Reads lines "Name: pattern | pattern", patterns as normalised words; the first line that fits wins.
  static Result<Blocklists> parse(std::string_view text);
  /// Empty: names none. The view lives as long as this object.
  std::string_view in(const Normalised& reply) const;

 private:
  std::vector<std::string> names_;
  Phrases patterns_;
  std::vector<std::size_t> listOf_;  // by phrase
};

/// "try again in 5 minutes", "retry in 300 seconds": at most 7 days; nothing where none is named.
std::optional<Duration> retryAfter(std::string_view words);

/// An address in the reply that is not our recipient's and stands where a recipient stands; empty: none, or
/// our recipient is not known. Senders' addresses are not taken for recipients where the words tell them
/// apart.
std::string forwardedTo(const Normalised& reply, std::string_view recipient);

/// The well-known domain that `domain` was probably meant to be ("gmial.com" → "gmail.com"); empty: it looks
/// right, or like nothing known. One slip: a letter too many, missing, wrong, or two swapped.
std::string_view meantDomain(std::string_view domain);

/// True if the local part begins or ends with a dot or has two in a row, which RFC 5321 section 4.1.2 allows
/// between quotation marks only.
bool needsQuoting(std::string_view address);

}  // namespace arrivald::causes
