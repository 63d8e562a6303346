// FakeMailView: a mail view as a test states it; it remembers what it was asked.
#pragma once

#include <fmt/format.h>

#include "notify/mail_view.hpp"

namespace arrivald::testing {

class FakeMailView : public notify::MailView {
 public:
  bool alive = false;
  std::optional<Duration> known;
  std::vector<std::optional<delivery::Counts>> shown;
  std::vector<std::pair<delivery::Subject, delivery::Counts>> rows;
  std::optional<notify::Loss> loss;
  std::optional<rules::StreamFacts::Waiting> late;
  std::optional<notify::StatusReport> status;
  mutable std::string askedBreakdown, askedCauses, askedLoss;  ///< "domain_group 10min"

  bool streamAlive(std::string_view) const override { return alive; }
  std::optional<Duration> knownFor(const delivery::Subject&) const override { return known; }
  std::vector<std::optional<delivery::Counts>> buckets(const delivery::Subject&, Duration,
                                                       std::size_t) const override {
    return shown;
  }
  std::vector<std::pair<delivery::Subject, delivery::Counts>> breakdown(std::string_view,
                                                                        delivery::Dimension dimension,
                                                                        Duration window) const override {
    askedBreakdown = fmt::format("{} {}", name(dimension), toText(window));
    return rows;
  }
  notify::Causes listCauses(std::string_view, std::string_view provider, Duration window) const override {
    askedCauses = fmt::format("lists {} {}", provider.empty() ? "all" : provider, toText(window));
    return answer();
  }
  notify::Causes streamCauses(std::string_view, std::string_view group, Replies replies,
                              Duration window) const override {
    askedCauses = fmt::format("{} {} {}",
                              replies == Replies::deferred  ? "deferred"
                              : replies == Replies::dropped ? "dropped"
                                                            : "failed",
                              group.empty() ? "all" : group, toText(window));
    return answer();
  }
  std::optional<notify::Loss> mainLoss(std::string_view, Duration window) const override {
    askedLoss = toText(window);
    return loss;
  }
  std::optional<rules::StreamFacts::Waiting> waiting(const delivery::Subject&, Duration,
                                                     Duration) const override {
    return late;
  }
  std::optional<notify::StatusReport> statusReport() const override { return status; }

 private:
  static notify::Causes answer() {
    notify::Causes causes;
    causes.replies = 7;
    return causes;
  }
};

}  // namespace arrivald::testing
