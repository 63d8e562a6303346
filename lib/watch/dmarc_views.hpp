// DmarcViews: views of domains, found on another thread, one at a time, and kept for as long as they hold.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "runtime/file_thread.hpp"
#include "runtime/wakeup.hpp"
#include "watch/dmarc_view.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. What it takes by reference must outlive its tasks.
class DmarcViews {
 public:
  using Configuration = std::shared_ptr<const config::Config>;

  /// `dns`: what the domain name system said; null: it is not asked.
  DmarcViews(DmarcReports& reports, const Statistics& statistics, Clock& clock, runtime::FileThread& thread,
             const DmarcDns* dns = nullptr)
      : reports_(reports), statistics_(statistics), clock_(clock), thread_(thread), dns_(dns) {}
  DmarcViews(const DmarcViews&) = delete;
  DmarcViews& operator=(const DmarcViews&) = delete;

  using View = std::shared_ptr<const DmarcView>;
  /// As of now; of a domain that takes long, as of a little before while reports keep coming.
  runtime::Task<Result<View>> view(Configuration configuration, std::string domain, int days);
  /// As it was last found; null: it has not been.
  View latest(const std::string& domain, int days) const;
  /// Made anew, for files that name all.
  runtime::Task<Result<std::shared_ptr<const DmarcWhole>>> whole(Configuration configuration,
                                                                 std::string domain, int days);

 private:
  struct Kept {
    View view;
    Configuration configuration;
    std::uint64_t version = 0;
    Date today;
    Duration at{0};    // since boot
    Duration took{0};  // by real time
  };
  using Key = std::pair<std::string, int>;
  View kept(const Configuration& configuration, const Key& key) const;
  std::uint64_t version() const { return reports_.version() + (dns_ ? dns_->version() : 0); }
  DmarcViewRequest request(const config::Config& configuration, const std::string& domain, int days) const;
  runtime::Task<> takeTurn();
  enum class Keeping { view, whole };
  runtime::Task<Result<std::shared_ptr<DmarcWhole>>> make(DmarcViewRequest request, Keeping keeping);

  DmarcReports& reports_;
  const Statistics& statistics_;
  Clock& clock_;
  runtime::FileThread& thread_;
  const DmarcDns* dns_;
  std::map<Key, Kept> kept_;
  bool busy_ = false;
  runtime::Wakeup free_;
};

}  // namespace arrivald::watch
