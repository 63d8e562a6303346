#include "daemon/listener.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/commands.hpp"
#include "daemon/language.hpp"
#include "http/transport.hpp"
#include "http/url.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {
namespace {

// Where the daemon listens, as a URL that reaches it from here.
std::string urlOf(const config::Listen& listen, const std::string& target) {
  const bool everywhere = listen.address == "0.0.0.0" || listen.address == "::";
  const auto host = everywhere                                      ? "127.0.0.1"
                    : listen.address.find(':') == std::string::npos ? listen.address
                                                                    : "[" + listen.address + "]";
  return fmt::format("{}://{}:{}{}", listen.certificateFile.empty() ? "http" : "https", host, listen.port,
                     target);
}

std::string inLines(const std::vector<config::Problem>& problems, const std::string& configPath,
                    const notify::Catalogue& words) {
  std::string text;
  for (const auto& problem : problems) text += words.say(config::said(problem, configPath)) + '\n';
  return text;
}

Error unreadable(const std::string& configPath, const config::Loaded& loaded, Language language) {
  const auto& words = notify::Catalogue::of(language);
  return Error{Error::Kind::invalid,
               inLines(loaded.problems, configPath, words) +
                   words.text(configPath == kDefaultConfig ? "ask.not_asked" : "ask.not_asked.named",
                              {{"file", configPath}})};
}

// What a file that could be read in part only has to be corrected for.
std::string warningOf(const config::Loaded& loaded, const std::string& configPath, Language language) {
  const bool isBroken =
      std::ranges::any_of(loaded.problems, [](const config::Problem& problem) { return !problem.warning; });
  if (!isBroken) return "";
  const auto& words = notify::Catalogue::of(language);
  return inLines(loaded.problems, configPath, words) + words.text("ask.broken_file", {{"file", configPath}}) +
         '\n';
}

}  // namespace

Result<Listener> findListener(const std::string& configPath, const config::Environment& environment,
                              const std::optional<Language>& language) {
  auto loaded = config::loadListener(configPath, environment);
  const bool lacksPassword =
      loaded.config && !loaded.config->listen.user.empty() && loaded.config->listen.password.secret.empty();
  if (!loaded.config || lacksPassword)
    return unreadable(configPath, loaded,
                      language        ? *language
                      : loaded.config ? loaded.config->language
                                      : localeLanguage(environment));
  auto& config = *loaded.config;
  config.language = language.value_or(config.language);
  if (config.listen.port == 0)
    return Error{Error::Kind::invalid,
                 notify::Catalogue::of(config.language).text("ask.any_port", {{"file", configPath}})};
  auto warning = warningOf(loaded, configPath, config.language);
  return Listener{std::move(config.listen), config.language, std::move(config.zone), std::move(warning)};
}

http::Request requestTo(const config::Listen& listen, const std::string& method, const std::string& target) {
  http::Request request;
  request.method = method;
  request.url = urlOf(listen, target);
  request.headers.add("X-Arrivald", "1");
  if (!listen.user.empty())
    request.headers.add(
        "Authorization",
        "Basic " + http::base64(listen.user + ":" + std::string(listen.password.secret.reveal())));
  return request;
}

std::string remedyOf(const http::Failure& failure, const Listener& listener) {
  const auto& words = notify::Catalogue::of(listener.language);
  if (failure.kind != http::Failure::Kind::tls) return words.text("ask.look");
  return words.text("ask.certificate", {{"file", listener.listen.certificateFile}});
}

}  // namespace arrivald
