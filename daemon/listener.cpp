#include "daemon/listener.hpp"

#include <fmt/format.h>

#include "http/transport.hpp"
#include "http/url.hpp"

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

Error unreadable(const std::string& configPath, const config::Loaded& loaded) {
  std::string text;
  for (const auto& problem : loaded.problems) text += config::toText(problem, configPath) + '\n';
  return Error{
      Error::Kind::invalid,
      text + fmt::format("arrivald was not asked, since this does not say where it listens. Name its "
                         "configuration (arrivald … FILE), or run the command as a user who may read "
                         "it: sudo arrivald …, or, where systemd does not run it, sudo "
                         "CREDENTIALS_DIRECTORY=/etc/arrivald arrivald …")};
}

}  // namespace

Result<Listener> findListener(const std::string& configPath, const config::Environment& environment) {
  auto loaded = config::loadListener(configPath, environment);
  const bool lacksPassword =
      loaded.config && !loaded.config->listen.user.empty() && loaded.config->listen.password.secret.empty();
  if (!loaded.config || lacksPassword) return unreadable(configPath, loaded);
  auto& config = *loaded.config;
  if (config.listen.port == 0)
    return Error{Error::Kind::invalid,
                 fmt::format("{}: listen.port is 0, so arrivald has any free port; the log says which: "
                             "journalctl -u arrivald",
                             configPath)};
  return Listener{std::move(config.listen), config.language, std::move(config.zone)};
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

std::string remedyOf(const http::Failure& failure, const config::Listen& listen) {
  if (failure.kind != http::Failure::Kind::tls)
    return "Check `systemctl status arrivald` and `journalctl -u arrivald`.";
  return fmt::format(
      "arrivald's own certificate is compared with the file {} (listen.tls.certificate). If it was renewed: "
      "systemctl reload arrivald. If this user may not read it: sudo. No other setting needs to change.",
      listen.certificateFile);
}

}  // namespace arrivald
