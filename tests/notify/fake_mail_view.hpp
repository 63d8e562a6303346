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
  std::optional<delivery::Counts> earlier;
  std::vector<notify::FailedMail> failed;
  std::optional<rules::StreamFacts::Waiting> late;
  std::optional<notify::StatusReport> status;
  mutable std::string askedBreakdown, askedCauses;  ///< "domain_group 10m"; the last ones
  mutable std::vector<std::string> askedReceivers, askedCategories;
  mutable bool askedFailed = false;

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
  std::optional<delivery::Counts> before(const delivery::Subject&, Instant) const override { return earlier; }
  notify::Causes listCauses(std::string_view, std::string_view provider,
                            const Wanted& wanted) const override {
    return answer("lists", provider, wanted);
  }
  notify::Causes streamCauses(std::string_view, std::string_view group, const Wanted& wanted) const override {
    return answer("stream", group, wanted);
  }
  std::vector<notify::FailedMail> failedMail(std::string_view) const override {
    askedFailed = true;
    return failed;
  }
  std::optional<rules::StreamFacts::Waiting> waiting(const delivery::Subject&, Duration,
                                                     Duration) const override {
    return late;
  }
  std::optional<notify::StatusReport> statusReport() const override { return status; }

 private:
  notify::Causes answer(std::string_view from, std::string_view of, const Wanted& wanted) const {
    constexpr const char* kNames[] = {"failed", "bounced", "blocked", "deferred", "dropped", "answered"};
    if (askedCauses.empty())
      askedCauses = fmt::format("{} {} {} {}", from, kNames[static_cast<std::size_t>(wanted.replies)],
                                of.empty() ? "all" : of, toText(wanted.window));
    askedReceivers = wanted.receivers;
    askedCategories = wanted.categories;
    for (const auto& one : wanted.classes) askedCauses += " " + one;
    notify::Causes causes;
    causes.window = wanted.window;
    causes.replies = 7;
    return causes;
  }
};

}  // namespace arrivald::testing
