// status: what an HTTP status other than a success means as an Error. Pure.
#pragma once

#include "http/message.hpp"

namespace arrivald::http {

/// The kind of error that a status other than 2xx stands for (RFC 9110, sections 15.4 to 15.6).
Error::Kind kindOf(unsigned status);

/// The wait that a Retry-After header asks for (RFC 9110, section 10.2.3): seconds, or a date, from which
/// that of the Date header is subtracted, so that no clock but the server's matters. At most a day. Nothing
/// if it is in neither form, or a date without a Date header.
std::optional<Duration> retryAfter(const Headers& headers);

/// Converts a response whose status is not a success. Time-outs, rate limits and 5xx are the fault of `peer`,
/// the party that runs the server; everything else is Party::configuration, since the request was made as the
/// operator configured it. `words` are taken as they are.
Error toError(const Response& response, Party peer, Phrase words);

}  // namespace arrivald::http
