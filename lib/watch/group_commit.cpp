#include "watch/group_commit.hpp"

#include <boost/asio/post.hpp>

namespace arrivald::watch {
namespace {

constexpr auto kCommitEvery = std::chrono::milliseconds(2);

}  // namespace

GroupCommit::GroupCommit(boost::asio::any_io_executor executor, Committer& committer)
    : executor_(std::move(executor)), committer_(committer), timer_(executor_) {}

GroupCommit::~GroupCommit() {
  *alive_ = false;
  timer_.cancel();
}

void GroupCommit::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  const auto due = committed_ + kCommitEvery;
  if (std::chrono::steady_clock::now() < due) {
    timer_.expires_at(due);
    timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
      if (*alive && !error) run();
    });
    return;
  }
  boost::asio::post(executor_, [this, alive = alive_] {
    if (*alive) run();
  });
}

void GroupCommit::run() {
  scheduled_ = false;
  committer_.commit();
  // Counted from the end of a commit, so that other work proceeds however slow the disk is.
  committed_ = std::chrono::steady_clock::now();
}

}  // namespace arrivald::watch
