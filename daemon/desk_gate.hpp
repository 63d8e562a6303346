// DeskGate: lets people in to the desk: by their session or by a proxy, from pages of ours only.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "daemon/desk_visit.hpp"
#include "desk/kept_forms.hpp"
#include "desk/page_headers.hpp"
#include "desk/proxy.hpp"
#include "desk/record.hpp"
#include "desk/sessions.hpp"

namespace arrivald {

/// Resource; loop thread only. Call use() before anything else.
class DeskGate {
 public:
  DeskGate(const Clock& clock, desk::Sessions& sessions, desk::Record& record, desk::KeptForms& forms,
           const desk::RandomBytes& random);
  DeskGate(const DeskGate&) = delete;
  DeskGate& operator=(const DeskGate&) = delete;

  void use(std::shared_ptr<const config::Config> configuration);

  /// Somebody who may go on, or what to answer instead.
  using Admitted = std::variant<DeskVisit, http::Response>;
  Admitted admit(const http::ServerRequest& request);

  /// Who is logged in, by the cookie or by the proxy; nothing if nobody is.
  std::optional<desk::Session> sessionOf(const http::ServerRequest& request);

  /// Where the person is.
  std::string addressOf(const http::ServerRequest& request) const;
  desk::CookieScope cookieScope(const http::ServerRequest& request) const;
  std::string tokenOf(const http::ServerRequest& request) const;
  const desk::Proxies& proxies() const { return proxies_; }

 private:
  http::Response withoutSession(const http::ServerRequest& request, const desk::Form& query);
  Result<desk::Session> identified(const http::ServerRequest& request);
  pages::Shell shellFor(const http::ServerRequest& request) const;

  const Clock& clock_;
  desk::Sessions& sessions_;
  desk::Record& record_;
  desk::KeptForms& forms_;
  std::string secret_;  // of the tokens of forms where a proxy logs in
  std::shared_ptr<const config::Config> config_;
  desk::Proxies proxies_;
};

/// What the configuration calls viewer, operator and admin.
desk::Role roleOf(config::DeskRole role);

}  // namespace arrivald
