#include "watch/batch_queue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxTakenBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxSpareBuffers = 8;

}  // namespace

void WaitingBatch::finish(bool stored) {
  done_ = true;
  stored_ = stored;
  signal_.cancel();
}

runtime::Task<bool> WaitingBatch::outcome(std::shared_ptr<WaitingBatch> waiting) {
  while (!waiting->done_) {
    waiting->signal_.expires_at(std::chrono::steady_clock::time_point::max());
    auto [error] = co_await waiting->signal_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    static_cast<void>(error);
  }
  co_return waiting->stored_;
}

BatchQueue::~BatchQueue() {
  for (const auto& waiting : waiting_) waiting->finish(false);
}

bool BatchQueue::hasRoomFor(std::size_t bytes) const { return bytes_ + bytes <= kMaxWaitingBytes; }

std::shared_ptr<WaitingBatch> BatchQueue::put(PendingBatch batch) {
  auto waiting = std::make_shared<WaitingBatch>(executor_, std::move(batch));
  bytes_ += waiting->batch().bytes;
  waiting_.push_back(waiting);
  return waiting;
}

std::vector<std::shared_ptr<WaitingBatch>> BatchQueue::take() {
  std::vector<std::shared_ptr<WaitingBatch>> taken;
  std::size_t bytes = 0;
  while (!waiting_.empty() && (taken.empty() || bytes + waiting_.front()->batch().bytes <= kMaxTakenBytes)) {
    bytes += waiting_.front()->batch().bytes;
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  bytes_ -= bytes;
  return taken;
}

std::string BatchQueue::takeBuffer() {
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void BatchQueue::giveBuffer(std::string& buffer) {
  if (spare_.size() >= kMaxSpareBuffers || buffer.capacity() == 0) return;
  buffer.clear();
  spare_.push_back(std::move(buffer));
}

}  // namespace arrivald::watch
