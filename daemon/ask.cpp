// The commands that ask the running daemon over its own listener.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "config/load.hpp"
#include "daemon/ask.hpp"
#include "http/client.hpp"
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

// Sends one request on an event loop of its own.
DaemonAnswer askAt(const config::Listen& listen, http::Request request) {
  boost::asio::io_context io(1);
  SystemClock clock;
  http::ClientOptions options;
  // The daemon's own certificate is the only one to trust here; it may be self-signed.
  options.caFile = listen.certificateFile;
  http::Client client(io.get_executor(), clock, options);
  DaemonAnswer answer;
  auto conversation = [&]() -> runtime::Task<> {
    auto response = co_await client.send(std::move(request));
    if (response) {
      answer.status = response->status;
      answer.body = std::move(response->body);
    } else {
      std::fprintf(stderr, "arrivald does not answer: %s\nCheck `systemctl status arrivald`.\n",
                   response.error().text.c_str());
      answer.exit = kExitFailed;
    }
    client.closeIdle();
  };
  boost::asio::co_spawn(io, conversation(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  return answer;
}

}  // namespace

// Only the listener's address and password are needed, so secrets that this user may not read are no error.
DaemonAnswer askDaemon(const std::string& configPath, const std::string& method, const std::string& target) {
  auto environment = config::Environment::ofProcess();
  environment.credentialsComeLater = true;
  const auto loaded = config::loadFile(configPath, environment);
  // The daemon may still run with an earlier version of the file: ask it at the default address.
  if (!loaded.config) {
    for (const auto& problem : loaded.problems)
      std::fprintf(stderr, "%s\n", config::toText(problem, configPath).c_str());
    std::fprintf(stderr, "the configuration cannot be read; asking 127.0.0.1:9465 instead\n\n");
  }
  const auto listen = loaded.config ? loaded.config->listen : config::Listen{};
  if (!listen.user.empty() && listen.password.secret.empty()) {
    std::fprintf(
        stderr,
        "the daemon requires a password (listen.basic_auth: %s), which cannot be read here; try: sudo "
        "CREDENTIALS_DIRECTORY=/etc/arrivald arrivald …\n",
        listen.password.place.c_str());
    return {kExitFailed, 0, ""};
  }
  http::Request request;
  request.method = method;
  request.url = urlOf(listen, target);
  request.headers.add("X-Arrivald", "1");
  if (!listen.user.empty())
    request.headers.add(
        "Authorization",
        "Basic " + http::base64(listen.user + ":" + std::string(listen.password.secret.reveal())));
  auto answer = askAt(listen, std::move(request));
  if (answer.exit == kExitOk && answer.status / 100 != 2) {
    std::fputs(printable(answer.body).c_str(), stderr);
    answer.exit = kExitFailed;
  }
  return answer;
}

namespace {

// Texts come from receivers and strangers: they must not control the terminal.
std::string textOf(const nlohmann::ordered_json& value, const char* otherwise) {
  return value.is_string() ? printable(value.get<std::string>()) : otherwise;
}

}  // namespace

int status(const std::string& configPath, bool json) {
  const auto answer = askDaemon(configPath, "GET", "/api/status");
  if (answer.exit != kExitOk) return answer.exit;
  if (json) {
    std::puts(escapeUnprintable(answer.body).c_str());
    return kExitOk;
  }
  const auto root = nlohmann::ordered_json::parse(answer.body, nullptr, false);
  if (root.is_discarded()) {
    std::fputs("the daemon's answer is malformed; check that it runs the same version\n", stderr);
    return kExitFailed;
  }
  fmt::print("arrivald {}, {}\n", textOf(root["version"], "?"),
             root["ready"].get<bool>() ? "ready" : "not ready: " + textOf(root["not_ready"], "?"));
  for (const auto& account : root["accounts"]) {
    fmt::print("account {}, last read {}\n", textOf(account["name"], "?"),
               textOf(account["last_read"], "never"));
    if (account.contains("windows"))
      for (const auto& [window, values] : account["windows"].items()) {
        if (!values["known"].get<bool>()) {
          fmt::print("  {:>4}  unknown\n", window);
        } else if (values["delivered"].is_null()) {
          fmt::print("  {:>4}  no mail with an outcome, {} requests\n", window,
                     values["requests"].get<std::int64_t>());
        } else {
          fmt::print("  {:>4}  {:.2f} % of {} delivered, {} requests\n", window,
                     values["delivered"].get<double>() * 100, values["outcomes"].get<std::int64_t>(),
                     values["requests"].get<std::int64_t>());
        }
      }
    for (const auto& scope : account["missing_scopes"])
      fmt::print("  the key lacks {}\n", textOf(scope, "?"));
  }
  bool any = false;
  for (const auto& alert : root["alerts"]) {
    if (alert["state"] == "resolved") continue;
    any = true;
    fmt::print("alert {} on {}: {} ({}) since {}\n", textOf(alert["rule"], "?"),
               textOf(alert["subject"], "?"), textOf(alert["state"], "?"), textOf(alert["severity"], "?"),
               textOf(alert["since"], "?"));
  }
  if (!any) fmt::print("no alerts\n");
  for (const auto& job : root["jobs"])
    if (job.contains("error"))
      fmt::print("job {}{}{} failing ({} times): {}\n", textOf(job["account"], ""),
                 textOf(job["account"], "").empty() ? "" : " ", textOf(job["name"], "?"),
                 job["failures_in_a_row"].get<int>(), textOf(job["error"]["text"], "?"));
  fmt::print("status page: {}\n", textOf(root["status_page"], "not read"));
  fmt::print("outbox: {} waiting, {} undeliverable\n", root["outbox"]["waiting"].get<std::int64_t>(),
             root["outbox"]["undeliverable"].get<std::int64_t>());
  return kExitOk;
}

int explainAlert(const std::string& configPath, const std::string& rule, const std::string& subject) {
  const auto answer = askDaemon(
      configPath, "GET",
      "/api/explain-alert?rule=" + http::percentEncode(rule) + "&subject=" + http::percentEncode(subject));
  if (answer.exit == kExitOk) std::fputs(printable(answer.body).c_str(), stdout);
  return answer.exit;
}

namespace {

int traceMalformed(const TraceOptions& options) {
  const auto answer = askDaemon(options.config, "GET", "/api/malformed-events");
  if (answer.exit != kExitOk) return answer.exit;
  if (options.json) {
    std::puts(escapeUnprintable(answer.body).c_str());
    return kExitOk;
  }
  const auto parsed = nlohmann::ordered_json::parse(answer.body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("malformed_events") || !parsed["malformed_events"].is_array())
    return kExitFailed;
  if (parsed["malformed_events"].empty()) std::puts("no malformed event is stored");
  for (const auto& event : parsed["malformed_events"])
    std::printf("%s  %s: %s\n    %s\n", textOf(event["received"], "").c_str(),
                textOf(event["account"], "").c_str(), textOf(event["why"], "").c_str(),
                textOf(event["raw"], "").c_str());
  return kExitOk;
}

}  // namespace

int trace(const TraceOptions& options) {
  if (options.malformed) return traceMalformed(options);
  std::string target = "/api/trace?of=" + http::percentEncode(options.what);
  const std::pair<const char*, const std::string*> narrower[] = {{"account", &options.account},
                                                                 {"group", &options.group},
                                                                 {"event", &options.event},
                                                                 {"from", &options.from},
                                                                 {"to", &options.to}};
  for (const auto& [name, value] : narrower)
    if (!value->empty()) target += fmt::format("&{}={}", name, http::percentEncode(*value));
  const auto answer = askDaemon(options.config, "GET", target);
  if (answer.exit != kExitOk) return answer.exit;
  if (options.json) {
    std::puts(escapeUnprintable(answer.body).c_str());
    return kExitOk;
  }
  const auto parsed = nlohmann::ordered_json::parse(answer.body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("events") || !parsed["events"].is_array()) {
    std::fprintf(stderr, "the daemon's answer is malformed; check that it runs the same version\n");
    return kExitFailed;
  }
  if (parsed["events"].empty()) {
    std::puts("no event found: none arrived, or it is older than event_stream.keep");
    return kExitOk;
  }
  for (const auto& event : parsed["events"]) {
    std::printf("%s  %-10s %s %s\n", textOf(event["at"], "").c_str(), textOf(event["event"], "").c_str(),
                event.contains("email") ? textOf(event["email"], "").c_str() : "",
                event.contains("message_id") ? textOf(event["message_id"], "").c_str() : "");
    if (event.contains("reply")) std::printf("    %s\n", textOf(event["reply"], "").c_str());
    if (event.contains("cause_ja"))
      std::printf("    → %s\n    → %s\n", textOf(event["cause_ja"], "").c_str(),
                  textOf(event["cause_en"], "").c_str());
  }
  if (parsed.contains("complete") && parsed["complete"] == false)
    std::puts("(there are older events; select them with --from and --to)");
  return kExitOk;
}

int testAlert(const std::string& configPath, const std::string& channel) {
  const auto answer =
      askDaemon(configPath, "POST", "/api/test-alert?channel=" + http::percentEncode(channel));
  if (answer.exit != kExitOk) return answer.exit;
  std::fputs(answer.body.c_str(), stdout);
  std::puts("`arrivald status` and the log show whether they are delivered.");
  return kExitOk;
}

}  // namespace arrivald
