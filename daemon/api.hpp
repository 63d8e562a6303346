// Api: the routes of the status listener: the page, the metrics, health, and what the other commands ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/release_api.hpp"
#include "http/server.hpp"
#include "watch/back_up.hpp"
#include "watch/config_notices.hpp"
#include "watch/job.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// Resource. Loop thread only.
class Api {
 public:
  Api(watch::Owners& owners, watch::Random random);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Uses this configuration from now on. `warnings`: about it, for `status`.
  void use(std::shared_ptr<const config::Config> configuration, std::vector<Phrase> warnings = {}) {
    config_ = std::move(configuration);
    notices_ = {std::move(warnings), std::nullopt};
  }
  /// A reload was refused: the configuration in use stays in effect.
  void reloadRefused(Phrase why) { notices_.refused = {owners_.clock().sinceBoot(), std::move(why)}; }

  /// For the routes of other parts, which are added before the first request.
  http::Router& router() { return router_; }

  /// What the routes below /api/desk/ answer about; outlives its use here.
  void use(DeskParts parts) { releases_.use(parts); }

  /// The page and /api/… hold personal data: they are refused where a page of another site may be asking with
  /// a name of its own that it lets point here (DNS rebinding).
  runtime::Task<http::Response> answer(const http::ServerRequest& request) const;

 private:
  bool isOurName(std::string_view host) const;
  http::Response unmatched(const http::ServerRequest& request, std::string_view allowed) const;
  using Answer = http::Response (Api::*)(const http::ServerRequest&);
  void get(const char* path, Answer responder);
  /// The configuration with the language that the request asks for, if any.
  config::Config configFor(const http::ServerRequest& request) const;
  http::Response page(const http::ServerRequest& request);
  http::Response asset(const http::ServerRequest& request);
  http::Response metrics(const http::ServerRequest& request);
  http::Response alive(const http::ServerRequest& request);
  http::Response ready(const http::ServerRequest& request);
  http::Response status(const http::ServerRequest& request);
  http::Response explainAlert(const http::ServerRequest& request);
  http::Response trace(const http::ServerRequest& request);
  http::Response deskList(const http::ServerRequest& request);
  http::Response deskExplain(const http::ServerRequest& request);
  http::Response malformedEvents(const http::ServerRequest& request);
  http::Response testAlert(const http::ServerRequest& request);
  runtime::Task<http::Response> backUp(const http::ServerRequest& request);
  http::Response testOutcomes(const http::ServerRequest& request);
  http::Response incidents(const http::ServerRequest& request);
  http::Response incident(const http::ServerRequest& request);
  http::Response incidentAsText(std::int64_t number, Language language) const;
  http::Response incidentPage(const http::ServerRequest& request);
  http::Response acknowledge(const http::ServerRequest& request);
  http::Response silences(const http::ServerRequest& request);
  http::Response silencesAnswer(const http::ServerRequest& request) const;
  http::Response silence(const http::ServerRequest& request);
  http::Response endSilence(const http::ServerRequest& request);

  watch::Owners& owners_;
  watch::Random random_;
  std::shared_ptr<const config::Config> config_;
  watch::ConfigNotices notices_;
  ReleaseApi releases_;
  watch::BackUps backUps_;
  http::Router router_;
};

}  // namespace arrivald
