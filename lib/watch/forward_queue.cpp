#include "watch/forward_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sendgrid/event_signature.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::array<std::string_view, 5> kPassedOn = {sendgrid::kSignatureHeader, sendgrid::kTimestampHeader,
                                                       "Content-Type", "User-Agent", kForwardedByHeader};
// What a batch takes beside its bytes, in the store and in memory.
constexpr std::int64_t kRowBytes = 256;
constexpr Duration kLogEvery = std::chrono::hours(1);
constexpr std::size_t kMaxDiscardedAtOnce = 100;

bool targetWants(const config::Forward& target, const std::string& account) {
  return target.accounts.empty() ||
         std::find(target.accounts.begin(), target.accounts.end(), account) != target.accounts.end();
}

}  // namespace

std::string forwardedHeaders(const http::Headers& headers) {
  auto kept = nlohmann::json::object();
  for (const auto name : kPassedOn)
    if (const auto value = headers.find(name)) kept[std::string(name)] = *value;
  return kept.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string installationOf(const stream::FingerprintKey& key) {
  return fmt::format("{:016x}", stream::addressKey("installation", key));
}

ForwardQueue::ForwardQueue(store::Database& database, metrics::Registry& registry, const Clock& clock)
    : database_(database), registry_(registry), clock_(clock), table_(database) {}

void ForwardQueue::load() { lines_ = read(); }

std::map<std::string, ForwardQueue::Line> ForwardQueue::read() {
  std::map<std::string, Line> lines;
  const auto isRemoved = [&](const store::ForwardsTable::Waiting& row) {
    const auto removed = removed_.find(row.target);
    return removed != removed_.end() && std::ranges::binary_search(removed->second, row.id);
  };
  table_.each([&](const store::ForwardsTable::Waiting& row) {
    if (isRemoved(row)) return;
    auto& line = lines[row.target];
    line.waiting.push_back({row.id, row.received, row.bytes + kRowBytes, false});
    line.bytes += row.bytes + kRowBytes;
  });
  return lines;
}

void ForwardQueue::reload() {
  auto stored = read();
  for (auto& [name, line] : lines_) {
    std::set<std::int64_t> inFlight;
    for (const auto& batch : line.waiting)
      if (batch.inFlight) inFlight.insert(batch.id);
    auto& now = stored[name];
    line.waiting = std::move(now.waiting);
    line.bytes = now.bytes;
    for (auto& batch : line.waiting) batch.inFlight = inFlight.contains(batch.id);
  }
}

void ForwardQueue::retain(const config::Config& configuration) {
  std::map<std::string, Line> kept, removed = std::move(lines_);
  lines_.clear();
  for (const auto& target : configuration.eventStream.forward) {
    auto found = removed.extract(target.name);
    auto& line = kept[target.name];
    if (found) line = std::move(found.mapped());
    line.target = target;
    // The tasks that had them were stopped.
    for (auto& batch : line.waiting) batch.inFlight = false;
  }
  lines_ = std::move(kept);
  for (const auto& [target, line] : removed)
    for (const auto& batch : line.waiting) removed_[target].push_back(batch.id);
  if (const auto deleted = deleteRemoved(); !deleted)
    log::warning("batches for targets that are no longer configured cannot be deleted yet: " +
                 deleted.error().text);
}

void ForwardQueue::retainMissed() { static_cast<void>(deleteRemoved()); }

Done ForwardQueue::deleteRemoved() {
  if (removed_.empty()) return done();
  const auto deleted = database_.transact([&] {
    for (const auto& [target, ids] : removed_)
      for (const auto id : ids) table_.remove(id);
  });
  if (!deleted) return deleted;
  for (const auto& [target, ids] : removed_)
    log::warning("batches for a target that is no longer configured were deleted",
                 {{"target", target}, {"batches", std::to_string(ids.size())}});
  removed_.clear();
  return done();
}

void ForwardQueue::shift(Duration step) {
  for (auto& [name, line] : lines_) {
    for (auto& batch : line.waiting) batch.received += step;
    if (line.discardLoggedAt) *line.discardLoggedAt += step;
  }
}

bool ForwardQueue::wants(const std::string& account) const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const auto& entry) { return targetWants(entry.second.target, account); });
}

void ForwardQueue::begin() {
  for (auto& [name, line] : lines_) {
    line.added.clear();
    line.discarded.clear();
    line.nextBytes = line.bytes;
  }
}

void ForwardQueue::put(const std::string& account, Instant received, std::string_view headers,
                       std::string_view body) {
  const auto bytes = static_cast<std::int64_t>(headers.size() + body.size()) + kRowBytes;
  for (auto& [name, line] : lines_) {
    if (!targetWants(line.target, account)) continue;
    makeRoom(line, bytes);
    line.added.push_back({table_.put(name, received, headers, body), received, bytes, false});
    line.nextBytes += bytes;
    // A batch that is larger than all that may wait cannot wait.
    makeRoom(line, 0);
  }
}

// Discards the oldest batches that are not in flight until there is room for so many bytes more.
void ForwardQueue::makeRoom(Line& line, std::int64_t bytes) {
  const auto max = static_cast<std::int64_t>(line.target.maxBytes);
  const auto discard = [&](const Waiting& batch) {
    if (batch.inFlight || line.discarded.contains(batch.id)) return;
    table_.remove(batch.id);
    line.discarded.insert(batch.id);
    line.nextBytes -= batch.bytes;
  };
  for (const auto& batch : line.waiting) {
    if (line.nextBytes + bytes <= max) return;
    discard(batch);
  }
  for (const auto& batch : line.added) {
    if (line.nextBytes + bytes <= max) return;
    discard(batch);
  }
}

void ForwardQueue::committed() {
  for (auto& [name, line] : lines_) {
    line.waiting.insert(line.waiting.end(), line.added.begin(), line.added.end());
    for (const auto& batch : line.added) line.bytes += batch.bytes;
    line.added.clear();
    if (line.discarded.empty()) continue;
    line.discardedUnlogged += static_cast<std::int64_t>(line.discarded.size());
    for (std::size_t i = 0; i < line.discarded.size(); ++i) registry_.forwarded(name, "discarded");
    erase(line, line.discarded);
    line.discarded.clear();
    logDiscarded(line);
  }
  publish();
  wakeup_.wake();
}

void ForwardQueue::erase(Line& line, const std::set<std::int64_t>& ids) {
  // Those at the front, as nearly all are, cost nothing more.
  auto left = ids.size();
  const auto gone = [&](const Waiting& batch) {
    if (!ids.contains(batch.id)) return false;
    line.bytes -= batch.bytes;
    --left;
    return true;
  };
  while (left > 0 && !line.waiting.empty() && gone(line.waiting.front())) line.waiting.pop_front();
  if (left > 0) std::erase_if(line.waiting, gone);
}

void ForwardQueue::logDiscarded(Line& line) {
  const auto now = clock_.now();
  if (line.discardLoggedAt && now - *line.discardLoggedAt < kLogEvery && now >= *line.discardLoggedAt) return;
  log::error("batches of events are not forwarded any more: more waits than max_bytes or retry_for allows",
             {{"target", line.target.name}, {"batches", std::to_string(line.discardedUnlogged)}});
  line.discardLoggedAt = now;
  line.discardedUnlogged = 0;
}

ForwardQueue::Depth ForwardQueue::depth(const std::string& target) const {
  const auto found = lines_.find(target);
  if (found == lines_.end() || found->second.waiting.empty()) return {};
  const auto& line = found->second;
  return {static_cast<std::int64_t>(line.waiting.size()), line.bytes, line.waiting.front().received};
}

Result<std::optional<store::ForwardedBatch>> ForwardQueue::take(const std::string& target) {
  const auto found = lines_.find(target);
  if (found == lines_.end()) return std::optional<store::ForwardedBatch>();
  auto& line = found->second;
  const auto next = std::find_if(line.waiting.begin(), line.waiting.end(),
                                 [](const Waiting& batch) { return !batch.inFlight; });
  if (next == line.waiting.end()) return std::optional<store::ForwardedBatch>();
  std::optional<store::ForwardedBatch> batch;
  const auto read = database_.read([&] { batch = table_.find(next->id); });
  if (!read) return read.error();
  if (batch)
    next->inFlight = true;
  else
    erase(line, {next->id});
  return batch;
}

void ForwardQueue::giveBack(const std::string& target, std::int64_t id) {
  const auto found = lines_.find(target);
  if (found == lines_.end()) return;
  for (auto& batch : found->second.waiting)
    if (batch.id == id) batch.inFlight = false;
}

Done ForwardQueue::remove(const std::string& target, const std::vector<std::int64_t>& ids) {
  const auto removed = database_.transact([&] {
    for (const auto id : ids) table_.remove(id);
  });
  const auto found = lines_.find(target);
  if (removed && found != lines_.end()) erase(found->second, std::set<std::int64_t>(ids.begin(), ids.end()));
  publish();
  return removed;
}

Result<std::size_t> ForwardQueue::discardBefore(const std::string& target, Instant before) {
  const auto found = lines_.find(target);
  if (found == lines_.end()) return std::size_t{0};
  auto& line = found->second;
  std::vector<std::int64_t> ids;
  for (const auto& batch : line.waiting) {
    if (batch.received >= before || ids.size() == kMaxDiscardedAtOnce) break;
    if (!batch.inFlight) ids.push_back(batch.id);
  }
  if (ids.empty()) return ids.size();
  const auto removed = remove(target, ids);
  if (!removed) return removed.error();
  for (std::size_t i = 0; i < ids.size(); ++i) registry_.forwarded(target, "discarded");
  line.discardedUnlogged += static_cast<std::int64_t>(ids.size());
  logDiscarded(line);
  return ids.size();
}

void ForwardQueue::publish() {
  const auto now = clock_.now();
  for (const auto& [name, line] : lines_) {
    const auto known = depth(name);
    registry_.forwards(name, known.batches,
                       known.oldest ? std::max(Duration{}, now - *known.oldest) : Duration{});
  }
}

}  // namespace arrivald::watch
