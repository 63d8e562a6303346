#include "daemon/desk_api_error.hpp"

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "daemon/desk_refusal_words.hpp"
#include "daemon/responses.hpp"
#include "desk/release_json.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using http::Response;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kAboutBytes = 200;

std::string textOf(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json errorOf(Language language, std::string_view code, const std::string& about) {
  const auto& words = notify::Catalogue::of(language);
  const auto key = "api." + std::string(code);
  const std::string shown = oneLine(about, kAboutBytes);
  return {{"code", code},
          {"message", words.text(key, {{"about", shown}})},
          {"remedy", words.text(key + ".remedy", {{"about", shown}})}};
}

}  // namespace

Response apiError(Language language, unsigned status, std::string_view code, const std::string& about) {
  ordered_json json;
  json["error"] = errorOf(language, code, about);
  return jsonResponse(status, textOf(json));
}

Response apiRefusal(Language language, const desk::Refusals& refusals) {
  using Kind = desk::Refusal::Kind;
  if (contains(refusals, Kind::store)) return apiError(language, 503, "unavailable");
  if (contains(refusals, Kind::notFound)) return apiError(language, 404, "not_found");
  if (contains(refusals, Kind::mayNot)) return apiError(language, 403, "denied");
  auto json = ordered_json::parse(desk::refusalsJson(refusals));
  std::string reasons;
  for (const auto& refusal : refusals) {
    if (!reasons.empty()) reasons += ' ';
    reasons += refusalWords(language, refusal);
  }
  json["error"] = errorOf(language, "refused", "");
  json["error"]["message"] = reasons;
  return jsonResponse(409, textOf(json));
}

}  // namespace arrivald
