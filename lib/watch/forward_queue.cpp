#include "watch/forward_queue.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "sendgrid/event_signature.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr std::array<std::string_view, 4> kPassedOn = {sendgrid::kSignatureHeader, sendgrid::kTimestampHeader,
                                                       "Content-Type", "User-Agent"};

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

ForwardQueue::ForwardQueue(store::Database& database, metrics::Registry& registry)
    : database_(database), registry_(registry), table_(database) {}

void ForwardQueue::retain(const config::Config& configuration) {
  targets_ = configuration.eventStream.forward;
  std::vector<std::string> names;
  for (const auto& target : targets_) names.push_back(target.name);
  std::map<std::string, std::int64_t> removed;
  const auto kept = database_.transact([&] { removed = table_.retain(names); });
  if (!kept) {
    log::warning("batches for targets that are no longer configured stay in the store: " + kept.error().text);
    return;
  }
  for (const auto& [target, batches] : removed)
    log::warning("batches for a target that is no longer configured were deleted",
                 {{"target", target}, {"batches", std::to_string(batches)}});
}

bool ForwardQueue::wants(const std::string& account) const {
  return std::any_of(targets_.begin(), targets_.end(),
                     [&](const auto& target) { return targetWants(target, account); });
}

void ForwardQueue::put(const std::string& account, Instant received, std::string_view headers,
                       std::string_view body) {
  for (const auto& target : targets_)
    if (targetWants(target, account)) table_.put(target.name, received, headers, body);
}

Result<ForwardQueue::Next> ForwardQueue::next(const std::string& target, Instant now) {
  Next next;
  const auto read = database_.read([&] {
    next.depth = table_.depth(target);
    next.batch = table_.oldest(target);
  });
  if (!read) return read.error();
  registry_.forwards(target, next.depth.batches,
                     next.depth.oldest ? std::max(Duration{}, now - *next.depth.oldest) : Duration{});
  return next;
}

Done ForwardQueue::remove(std::int64_t id) {
  return database_.transact([&] { table_.remove(id); });
}

}  // namespace arrivald::watch
