// DeskApi: /api/v1 of the desk's listener: the use cases of the pages as JSON, for programs, with the same
// permissions. lib/desk/openapi.json describes it.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "config/config.hpp"
#include "daemon/desk_gate.hpp"
#include "daemon/desk_routes.hpp"
#include "desk/login_throttle.hpp"

namespace arrivald {

/// Who asks is known by a token of the configuration, or by the session of a page. Resource; loop thread
/// only. Call use() before anything else.
class DeskApi {
 public:
  DeskApi(const Clock& clock, DeskGate& gate, desk::LoginThrottle& throttle, desk::Record& record)
      : clock_(clock), gate_(gate), throttle_(throttle), record_(record) {}
  DeskApi(const DeskApi&) = delete;
  DeskApi& operator=(const DeskApi&) = delete;

  void use(std::shared_ptr<const config::Config> configuration) { config_ = std::move(configuration); }

  static bool isFor(std::string_view path) { return path.starts_with("/api/"); }
  http::Response answer(const http::ServerRequest& request, const RouteParts& parts);

 private:
  using Admitted = std::variant<DeskVisit, http::Response>;
  Admitted admit(const http::ServerRequest& request);
  Admitted admitToken(const http::ServerRequest& request, DeskVisit visit, std::string_view given);
  Admitted admitSession(const http::ServerRequest& request, DeskVisit visit);

  const Clock& clock_;
  DeskGate& gate_;
  desk::LoginThrottle& throttle_;
  desk::Record& record_;
  std::shared_ptr<const config::Config> config_;
};

}  // namespace arrivald
