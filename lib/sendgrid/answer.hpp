// answer: maps HTTP responses and failures to sendgrid::Failure. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "http/message.hpp"
#include "sendgrid/failure.hpp"

namespace arrivald::sendgrid {

/// Parses the X-RateLimit-* headers; invalid and negative numbers count as missing. A reset below 10⁹ is
/// taken as seconds from `now` rather than since 1970.
RateLimit rateLimitOf(const http::Headers& headers, Instant now);

/// Empty if the response is a 200 or 203 whose body may be JSON. The texts say what happened;
/// describeFailure() adds the request and the remedy.
std::optional<Failure> failureOf(const http::Response& response, Instant now);

/// Whether SendGrid itself says that there is nothing under the path: 404 with {"errors":[…]}. Any other 404
/// may come from a proxy or a wrong address, and says nothing.
bool saysNotFound(const http::Response& response);

/// For a request without a response.
Failure failureOf(const http::Failure& failure);

/// Completes the text to one line for the log: `request` ("GET /v3/stats"), what happened, the remedy.
/// `scope`: the scope that the key needs for this request, or empty.
Failure describeFailure(Failure failure, std::string_view request, std::string_view scope);

}  // namespace arrivald::sendgrid
