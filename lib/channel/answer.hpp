// answer: what the other side of a channel over HTTP said, without the secret that its answer may repeat.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/message.hpp"

namespace arrivald::channel {

/// A failed request: "timed_out (hooks.example.jp:443: …)".
Error failedRequest(http::Failure failure, std::string_view secret);
/// An answer that is no success: "404 no such room".
Error refusal(http::Response response, std::string_view secret);
/// A success that somebody else gave in its place, as the page of a proxy.
Error foreignAnswer();

/// `secret` and, of an address, its path and its last part are replaced wherever they stand.
std::string withoutSecret(std::string text, std::string_view secret);

}  // namespace arrivald::channel
