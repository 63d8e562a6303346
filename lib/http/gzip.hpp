// gzip: compresses responses for clients that say they take it.
#pragma once

#include "http/message.hpp"

namespace arrivald::http {

/// By the header Accept-Encoding (RFC 9110, 12.5.3).
bool takesGzip(const Headers& request);

/// Compresses the body where the client takes that and it pays: text of 1 KiB to 1 MiB, so that the loop
/// thread is held for a few milliseconds at most. What could have been compressed gets Vary: Accept-Encoding.
///
/// The size of a compressed page tells whether something that stands in the request stands elsewhere in it,
/// too (BREACH). A page with a secret may be compressed only if other sites cannot make a browser ask for it
/// as its user, as with a cookie of SameSite=Strict.
void compress(Response& response, const Headers& request);

}  // namespace arrivald::http
