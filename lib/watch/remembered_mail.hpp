// RememberedMail: what notifications say about mail, answered from what the owners remember. Loop thread
// only.
#pragma once

#include "notify/context.hpp"
#include "notify/mail_view.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// The links of notifications.
notify::Links linksOf(const config::Config& config);

/// Refers to what it is given; lives for one evaluation, at `now`.
class RememberedMail final : public notify::MailView {
 public:
  RememberedMail(const Owners& owners, const rules::StreamFacts& stream, Instant now)
      : owners_(owners), stream_(stream), now_(now) {}

  bool streamAlive(std::string_view account) const override;
  std::optional<Duration> knownFor(const delivery::Subject& subject) const override;
  std::vector<std::optional<delivery::Counts>> buckets(const delivery::Subject& subject, Duration bucket,
                                                       std::size_t count) const override;
  std::vector<std::pair<delivery::Subject, delivery::Counts>> breakdown(std::string_view account,
                                                                        delivery::Dimension dimension,
                                                                        Duration window) const override;
  std::optional<delivery::Counts> before(const delivery::Subject& subject, Instant until) const override;
  notify::Causes listCauses(std::string_view account, std::string_view provider,
                            const Wanted& wanted) const override;
  notify::Causes streamCauses(std::string_view account, std::string_view group,
                              const Wanted& wanted) const override;
  std::vector<notify::FailedMail> failedMail(std::string_view account) const override;
  std::optional<rules::StreamFacts::Waiting> waiting(const delivery::Subject& subject, Duration after,
                                                     Duration window) const override;
  std::optional<Date> creditsRenewed(std::string_view account) const override;
  std::optional<notify::StatusReport> statusReport() const override;

 private:
  const Owners& owners_;
  const rules::StreamFacts& stream_;
  Instant now_;
};

}  // namespace arrivald::watch
