// DmarcReceiver: serves POST /dmarc: DMARC reports from people, scripts, and mail that SendGrid's Inbound
// Parse hands on.
#pragma once

#include <optional>
#include <string_view>

#include "http/server.hpp"
#include "watch/dmarc_reports.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. What is posted is answered with 2xx only after it was committed, refused or
/// not: what is kept need not be sent again.
class DmarcReceiver {
 public:
  static constexpr std::size_t kMaxBodyBytes = std::size_t{32} << 20;

  DmarcReceiver(DmarcReports& reports, Clock& clock, runtime::FileThread& thread)
      : reports_(reports), clock_(clock), thread_(thread) {}
  DmarcReceiver(const DmarcReceiver&) = delete;
  DmarcReceiver& operator=(const DmarcReceiver&) = delete;

  void use(const config::Config& configuration);
  static bool handles(std::string_view path) { return path == "/dmarc" || path == "/dmarc/"; }
  /// Judges a request by its header, before its body is read: the answer if it is refused.
  std::optional<http::Response> admit(const http::ServerRequest& header) const;
  runtime::Task<http::Response> receive(const http::ServerRequest& request);

 private:
  DmarcReports& reports_;
  Clock& clock_;
  runtime::FileThread& thread_;
  Secret authorization_;  // of the header; empty: nobody may post
};

}  // namespace arrivald::watch
