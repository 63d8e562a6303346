#include "daemon/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "watch/log.hpp"

namespace arrivald {

http::ServerOptions serverOptions(const config::Listen& listen, const char* what) {
  http::ServerOptions options;
  options.address = listen.address;
  options.port = listen.port;
  options.certificateFile = listen.certificateFile;
  options.keyFile = listen.keyFile;
  if (!listen.user.empty())
    options.basicAuthentication = Secret(listen.user + ":" + std::string(listen.password.secret.reveal()));
  options.onFailure = [what](std::string_view where, std::string_view problem) {
    watch::log::error(fmt::format("{} failed: {}", what, problem), {{"where", where}});
  };
  return options;
}

bool listensForEvents(const config::Config& config) {
  if (config.dmarc && !config.dmarc->user.empty()) return true;
  return std::any_of(config.accounts.begin(), config.accounts.end(),
                     [](const auto& account) { return account.events.has_value(); });
}

Done tryListeners(const config::Config& config) {
  boost::asio::io_context io(1);
  SystemClock clock;
  const auto attempt = [&](const config::Listen& listen, std::string_view part) -> Done {
    auto options = serverOptions(listen, "");
    options.port = 0;
    // Credentials exist only while the service runs.
    std::error_code ignored;
    if (!std::filesystem::exists(options.certificateFile, ignored) ||
        !std::filesystem::exists(options.keyFile, ignored))
      options.certificateFile.clear();
    const auto server = http::Server::bind(io.get_executor(), clock, std::move(options), {});
    if (server) return done();
    return Error::of(server.error().kind, phrase("{}: {}", part, server.error().said()));
  };
  if (auto tried = attempt(config.listen, "listen"); !tried) return tried;
  if (config.desk)
    if (auto tried = attempt(config.desk->listen, "desk.listen"); !tried) return tried;
  return listensForEvents(config) ? attempt(config.eventStream.listen, "event_stream.listen") : done();
}

}  // namespace arrivald
