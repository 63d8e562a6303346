// details: what a reply contains besides its cause: blocklist, waiting time, forwarding address; and mistakes
// in the recipient's address.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "causes/cause.hpp"
#include "causes/normalise.hpp"
#include "causes/phrases.hpp"

namespace arrivald::causes {

/// Recognises the blocklist that a reply refers to. Immutable after parse(); any thread.
class Blocklists {
 public:
  /// Reads lines "Name: pattern | pattern", patterns as normalised words; the first matching line wins. Fails
  /// with Error::Kind::invalid, naming the line.
  static Result<Blocklists> parse(std::string_view text);
  /// The list's name; empty if there is none. The view lives as long as this object.
  std::string_view in(const Normalised& reply) const;

 private:
  std::vector<std::string> names_;
  Phrases patterns_;
  std::vector<std::size_t> listOf_;  // by phrase
};

/// The waiting time in `words` ("try again in 5 minutes", "retry in 300 seconds"), at most 7 days; empty if
/// there is none.
std::optional<Duration> retryAfter(std::string_view words);

/// The address of another recipient in the reply, to which the mail was forwarded. Empty if there is none, if
/// `recipient` is empty, or if the words suggest that the address is a sender's or a help desk's.
std::string forwardedTo(const Normalised& reply, std::string_view recipient);

/// The address to which the recipient has moved, if the reply names one other than `recipient`.
std::string newAddress(const Normalised& reply, std::string_view recipient);

/// The domain of a free-mail service or a carrier that the reply names as that of our sender.
std::string_view senderDomain(const Normalised& reply);

/// The sizes in what a receiver said about a message that was too large. `said` as received.
struct Sizes {
  std::optional<std::uint64_t> message, limit;  ///< in bytes
};
Sizes sizesIn(std::string_view said);

/// The well-known domain for which `domain` is probably a typing error ("gmial.com" → "gmail.com"): one
/// character added, missing or wrong, or two neighbours swapped. Empty if there is none.
std::string_view meantDomain(std::string_view domain);

/// True if the local part is not quoted but has to be (RFC 5321, section 4.1.2): it begins or ends with a dot
/// or has two in a row.
bool needsQuoting(std::string_view address);

}  // namespace arrivald::causes
