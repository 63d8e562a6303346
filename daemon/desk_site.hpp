// DeskSite: the routes of the desk's listener.
#pragma once

#include <memory>

#include "daemon/desk_api.hpp"
#include "daemon/desk_gate.hpp"
#include "daemon/desk_login.hpp"
#include "daemon/desk_routes.hpp"
#include "daemon/desk_run.hpp"
#include "daemon/desk_state.hpp"

namespace arrivald {

/// Resource; loop thread only. Call use() before anything else.
class DeskSite {
 public:
  DeskSite(watch::Owners& owners, DeskState& state, const desk::RandomBytes& random);
  DeskSite(const DeskSite&) = delete;
  DeskSite& operator=(const DeskSite&) = delete;

  /// Uses this configuration, and what asks the provider with its keys, from now on.
  void use(std::shared_ptr<const config::Config> configuration, std::shared_ptr<const DeskRun> run);
  /// Lets go of what asks the provider: the desk is not configured any more, or the daemon ends. Requests
  /// that still come get a 503.
  void end() { run_.reset(); }
  runtime::Task<http::Response> answer(const http::ServerRequest& request);

 private:
  std::optional<http::Response> withoutVisit(const http::ServerRequest& request);
  runtime::Task<http::Response> respond(const http::ServerRequest& request);
  runtime::Task<http::Response> respondTo(const DeskVisit& visit);
  http::Response respondToProgram(const http::ServerRequest& request);
  RouteParts partsFor(const DeskRun& run);

  watch::Owners& owners_;
  DeskState& state_;
  desk::Addresses addresses_;
  desk::Groups groups_;
  DeskGate gate_;
  DeskLogin login_;
  DeskApi api_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const DeskRun> run_;
};

}  // namespace arrivald
