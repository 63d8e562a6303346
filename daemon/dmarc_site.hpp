// DmarcSite: the pages and answers about DMARC reports. They stand on the status listener: aggregate reports
// hold no addresses of people, and who looks after the mail reads them beside the state of the daemon.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "http/server.hpp"
#include "watch/dmarc_view.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// Resource; loop thread only.
class DmarcSite {
 public:
  DmarcSite(watch::Owners& owners, watch::DmarcReports& reports) : owners_(owners), reports_(reports) {}
  DmarcSite(const DmarcSite&) = delete;
  DmarcSite& operator=(const DmarcSite&) = delete;

  void addTo(http::Router& router);
  void use(std::shared_ptr<const config::Config> configuration) { config_ = std::move(configuration); }

 private:
  using Answer = http::Response (DmarcSite::*)(const http::ServerRequest&);
  void get(http::Router& router, const char* path, Answer responder);
  http::Response index(const http::ServerRequest& request);
  http::Response page(const http::ServerRequest& request);
  http::Response summary(const http::ServerRequest& request);
  http::Response sources(const http::ServerRequest& request);
  http::Response ready(const http::ServerRequest& request);
  http::Response refused(const http::ServerRequest& request);

  Result<watch::DmarcView> view(const std::string& domain, int days) const;
  /// Of the domain asked for, or of all.
  Result<std::vector<watch::DmarcView>> views(const http::ServerRequest& request) const;
  /// The one view that is asked about, as text or JSON.
  template <class Text, class Json>
  http::Response one(const http::ServerRequest& request, Text text, Json json);
  /// The answer if it cannot be given; nothing if it can.
  std::optional<http::Response> obstacle(const http::ServerRequest& request, const std::string& domain) const;
  Language languageFor(const http::ServerRequest& request) const;

  watch::Owners& owners_;
  watch::DmarcReports& reports_;
  std::shared_ptr<const config::Config> config_;
};

}  // namespace arrivald
