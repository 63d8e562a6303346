#include "daemon/desk_run.hpp"

#include <fmt/format.h>

#include "desk/follow_releases.hpp"
#include "runtime/sleep.hpp"
#include "watch/log.hpp"

namespace arrivald {

using runtime::Task;

namespace {

constexpr Duration kClockInterval = std::chrono::seconds(30);

void report(const Error& error) {
  watch::log::error("the store refuses what the desk releases: " + error.text +
                    "; trying again within a minute");
}

void reportDigest(const Error& error) {
  watch::log::error("the store refuses the digest of the desk: " + error.text + "; trying again in 30 s");
}

// Steps are told from slewing by how much happens between two looks.
Task<> keepTime(DeskState& state, Clock& clock) {
  for (;;) {
    state.clockSteps.notice();
    co_await runtime::sleepFor(clock, kClockInterval);
  }
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
      digests_(owners),
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

void DeskRun::start() {
  auto& clock = owners_.clock();
  tasks_.spawn("releases", desk::keepReleasing(state_.releases, clients_, clock, random_, report));
  tasks_.spawn("digest", desk::keepSendingDigests(digests_, config_, clock, reportDigest));
  tasks_.spawn("clock", keepTime(state_, clock));
  tasks_.spawn("follow-up", desk::keepFollowing(state_.releases, mail_, clock, report));
}

Task<> DeskRun::stop() {
  tasks_.stop();
  co_await tasks_.join();
}

}  // namespace arrivald
