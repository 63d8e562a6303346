// BatchQueue: batches that wait to be stored, and the requests that wait for the outcome.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "runtime/task.hpp"
#include "watch/pending_batch.hpp"

namespace arrivald::watch {

/// Shared by the queue, the commit and the request, which may outlive both.
class WaitingBatch {
 public:
  WaitingBatch(boost::asio::any_io_executor executor, PendingBatch what)
      : batch_(std::move(what)), signal_(std::move(executor)) {}

  PendingBatch& batch() { return batch_; }

  /// Ends the wait of outcome().
  void finish(bool stored);
  /// Waits for finish(). True if the batch was stored.
  static runtime::Task<bool> outcome(std::shared_ptr<WaitingBatch> waiting);

 private:
  PendingBatch batch_;
  boost::asio::steady_timer signal_;
  bool done_ = false;
  bool stored_ = false;
};

/// Resource; loop thread only.
class BatchQueue {
 public:
  explicit BatchQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;
  /// Those that still wait are told that nothing was stored.
  ~BatchQueue();

  /// Whether there is room for a body of `bytes` bytes: 32 MiB of bodies may wait.
  bool hasRoomFor(std::size_t bytes) const;
  std::shared_ptr<WaitingBatch> put(PendingBatch batch);
  /// The oldest batches, at least one unless the queue is empty, and as many as do not hold up the loop.
  std::vector<std::shared_ptr<WaitingBatch>> take();
  bool empty() const { return waiting_.empty(); }

  /// A buffer for records, possibly a reused one: the allocator returns such large ones to the system and
  /// maps them anew for each batch.
  std::string takeBuffer();
  void giveBuffer(std::string& buffer);

 private:
  boost::asio::any_io_executor executor_;
  std::deque<std::shared_ptr<WaitingBatch>> waiting_;
  std::size_t bytes_ = 0;  // of the bodies of waiting_
  std::vector<std::string> spare_;
};

}  // namespace arrivald::watch
