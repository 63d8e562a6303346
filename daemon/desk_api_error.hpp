// desk_api_error: what the desk's interface for programs answers where it does not do what it was asked.
#pragma once

#include <string>
#include <string_view>

#include "base/language.hpp"
#include "desk/refusal.hpp"
#include "http/message.hpp"

namespace arrivald {

/// {"error": {"code", "message", "remedy"}}, in this language. `about`: what the message names, such as a
/// parameter.
http::Response apiError(Language language, unsigned status, std::string_view code,
                        const std::string& about = "");

/// The same with "refused": why the desk refuses, one item a reason. 403 where the role does not allow it,
/// 404 and 503 where that is the reason, else 409.
http::Response apiRefusal(Language language, const desk::Refusals& refusals);

}  // namespace arrivald
