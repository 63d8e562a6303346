// GroupCommit: commits work that arrives together in one transaction.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace arrivald::watch {

/// Resource; loop thread only. A commit runs after everything that is ready on the loop, and under load at
/// most every two milliseconds, since the flush to disk is most of the cost of a small batch.
class GroupCommit {
 public:
  class Committer {
   public:
    virtual ~Committer() = default;
    virtual void commit() = 0;
  };

  /// `committer` outlives it.
  GroupCommit(boost::asio::any_io_executor executor, Committer& committer);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  ~GroupCommit();

  /// Requests a commit.
  void schedule();

 private:
  void run();

  boost::asio::any_io_executor executor_;
  Committer& committer_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point committed_{};
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace arrivald::watch
