// ReleaseApi: the routes of the status listener that the desk's commands ask: follow-up, record, rehearsals,
// log-ins that were stopped.
// They hold personal data: only a command on this host is answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "desk/address_lookup.hpp"
#include "desk/login_throttle.hpp"
#include "desk/releases.hpp"
#include "http/server.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// What the desk's listener consists of; null without one.
struct DeskParts {
  desk::Releases* releases = nullptr;
  const desk::AddressLookup* addresses = nullptr;
  desk::LoginThrottle* throttle = nullptr;
  std::shared_ptr<const config::Config> configuration = nullptr;
};

/// Resource. Loop thread only.
class ReleaseApi {
 public:
  explicit ReleaseApi(watch::Owners& owners) : owners_(owners) {}
  ReleaseApi(const ReleaseApi&) = delete;
  ReleaseApi& operator=(const ReleaseApi&) = delete;

  void use(DeskParts parts) { parts_ = parts; }
  void addTo(http::Router& router);

 private:
  using Answer = http::Response (ReleaseApi::*)(const http::ServerRequest&);
  void add(http::Router& router, const char* method, const char* path, Answer responder);
  http::Response followup(const http::ServerRequest& request);
  http::Response audit(const http::ServerRequest& request);
  http::Response rehearse(const http::ServerRequest& request);
  http::Response release(const http::ServerRequest& request);
  http::Response unlock(const http::ServerRequest& request);

  watch::Owners& owners_;
  DeskParts parts_;
};

}  // namespace arrivald
