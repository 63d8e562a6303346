// DmarcSite: the pages and answers about DMARC reports. They stand on the status listener: aggregate reports
// hold no addresses of people, and who looks after the mail reads them beside the state of the daemon.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "http/server.hpp"
#include "pages/dmarc_page.hpp"
#include "watch/dmarc_views.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// Resource; loop thread only.
class DmarcSite {
 public:
  DmarcSite(watch::Owners& owners, watch::DmarcReports& reports, watch::DmarcViews& views,
            runtime::FileThread& thread)
      : owners_(owners), reports_(reports), views_(views), thread_(thread) {}
  DmarcSite(const DmarcSite&) = delete;
  DmarcSite& operator=(const DmarcSite&) = delete;

  void addTo(http::Router& router);
  void use(std::shared_ptr<const config::Config> configuration) { config_ = std::move(configuration); }

 private:
  using Response = http::Response;
  using Answer = runtime::Task<Response> (DmarcSite::*)(const http::ServerRequest&);
  void get(http::Router& router, const char* path, Answer responder);
  runtime::Task<Response> index(const http::ServerRequest& request);
  runtime::Task<Response> page(const http::ServerRequest& request);
  runtime::Task<Response> summary(const http::ServerRequest& request);
  runtime::Task<Response> sources(const http::ServerRequest& request);
  runtime::Task<Response> ready(const http::ServerRequest& request);
  runtime::Task<Response> refused(const http::ServerRequest& request);

  using View = watch::DmarcViews::View;
  /// Of the domain asked for, or of all.
  runtime::Task<Result<std::vector<View>>> views(std::string asked, int days);
  /// The one view that is asked about; else the answer instead.
  struct Found {
    View view;
    std::optional<Response> instead;
  };
  runtime::Task<Found> found(const http::ServerRequest& request);
  runtime::Task<Response> file(const http::ServerRequest& request, std::string domain, std::string table);
  /// The answer if it cannot be given; nothing if it can.
  std::optional<Response> obstacle(const http::ServerRequest& request, const std::string& domain) const;
  Language languageFor(const http::ServerRequest& request) const;
  pages::DmarcFrame frameFor(const http::ServerRequest& request) const;

  watch::Owners& owners_;
  watch::DmarcReports& reports_;
  watch::DmarcViews& views_;
  runtime::FileThread& thread_;
  std::shared_ptr<const config::Config> config_;
};

}  // namespace arrivald
