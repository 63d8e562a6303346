#include "daemon/desk_run.hpp"

#include <fmt/format.h>

#include "desk/follow_releases.hpp"
#include "desk/retention.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald {

using runtime::Task;

namespace {

void report(const Error& error) {
  watch::log::error("the store refuses what the desk releases: " + error.text +
                    "; trying again within a minute");
}

void reportPruning(const Error& error) {
  watch::log::error("the store refuses to forget what the desk has kept for long enough: " + error.text +
                    "; trying again in an hour");
}

void reportDigest(const Error& error) {
  watch::log::error("the store refuses the digest of the desk: " + error.text + "; trying again in 30 s");
}

std::string baseOf(const config::Desk& desk, std::uint16_t port) {
  if (!desk.url.empty()) return desk.url.ends_with('/') ? desk.url.substr(0, desk.url.size() - 1) : desk.url;
  const bool isTls = !desk.listen.certificateFile.empty();
  const bool isV6 = desk.listen.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", isTls ? "https" : "http", isV6 ? "[" : "", desk.listen.address,
                     isV6 ? "]" : "", port);
}

}  // namespace

DeskRun::DeskRun(watch::Owners& owners, DeskState& state, std::shared_ptr<const config::Config> configuration,
                 std::unique_ptr<http::Transport> transport, std::function<double()> random)
    : owners_(owners),
      state_(state),
      config_(std::move(configuration)),
      transport_(std::move(transport)),
      random_(std::move(random)),
      mail_(owners.events(), owners.lists(), owners.clock()),
      tasks_(owners.executor(), [](std::string_view name, std::string_view what) {
        watch::log::error(fmt::format("the desk's task {} ended: {}; restart arrivald", name, what));
      }) {
  for (const auto& account : config_->accounts) {
    const auto key = config_->desk->deleteKeys.find(account.name);
    if (key == config_->desk->deleteKeys.end()) continue;
    sendgrid::ReleaseAccess access{account.name, account.baseUrl, key->second.secret, account.onBehalfOf};
    owned_.push_back(
        std::make_unique<sendgrid::ReleaseClient>(*transport_, owners.clock(), std::move(access)));
    clients_[account.name] = owned_.back().get();
  }
}

void DeskRun::start(std::uint16_t port) {
  auto& clock = owners_.clock();
  const auto notice = [this] { owners_.noticeClockStep(); };
  digests_.emplace(owners_, baseOf(*config_->desk, port));
  tasks_.spawn("releases", desk::keepReleasing(state_.releases, clients_, clock, random_, notice, report));
  tasks_.spawn("digest", desk::keepSendingDigests(*digests_, config_, clock, reportDigest));
  tasks_.spawn("pruning",
               desk::keepPruning(state_.retention(config_->desk->keep, owners_), clock, reportPruning));
  tasks_.spawn("follow-up", desk::keepFollowing(state_.releases, mail_, clock, notice, report));
}

Task<> DeskRun::stop() {
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald
