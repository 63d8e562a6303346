// answer: what an HTTP exchange with the provider came to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "http/message.hpp"
#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// The X-RateLimit-* headers, whatever their case; numbers that are none or negative count as missing. A
/// reset below 10⁹ is the seconds to go from `now`.
RateLimit rateLimitOf(const http::Headers& headers, Instant now);

/// Nothing if the answer is a 200 with a body that may be JSON. Texts hold what happened but neither remedy
/// nor address: describeFailure() adds them.
std::optional<Failure> failureOf(const http::Response& response, Instant now);

/// Why there was no answer at all.
Failure failureOf(const http::Failure& failure);

/// Makes the text one sentence for the log: `request` ("GET /v3/stats"), what happened, the remedy. `scope`:
/// what the key needs for this request, or empty.
Failure describeFailure(Failure failure, std::string_view request, std::string_view scope);

}  // namespace arrivald::sendgrid
