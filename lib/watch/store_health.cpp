#include "watch/store_health.hpp"

#include <fmt/format.h>

#include "watch/log.hpp"

namespace arrivald::watch {
namespace {

constexpr Duration kLogEvery = std::chrono::hours(1);

}  // namespace

StoreHealth::StoreHealth(const Clock& clock, metrics::Registry& registry)
    : clock_(clock), registry_(registry) {
  registry_.storeWorks();
}

void StoreHealth::record(std::string_view owner, const Done& written) {
  if (written) {
    failing_.erase(std::string(owner));
    if (failing_.empty() && since_) reportEnd();
    return;
  }
  if (!since_) since_ = clock_.now();
  ++refused_;
  failing_.insert_or_assign(std::string(owner), written.error());
  registry_.storeRefused(written.error().kind);
  report(written.error());
}

void StoreHealth::recovered() {
  failing_.clear();
  if (since_) reportEnd();
}

void StoreHealth::report(const Error& error) {
  const auto now = clock_.now();
  const auto [logged, isNew] = logged_.try_emplace(error.kind);
  ++logged->second.unsaid;
  const auto age = now - logged->second.at;
  if (!isNew && age >= Duration{} && age < kLogEvery) return;
  log::error(fmt::format("the store refuses what is written: {}", error.text),
             {{"error", std::string(name(error.kind))}, {"count", std::to_string(logged->second.unsaid)}});
  logged->second = {now, 0};
}

void StoreHealth::reportEnd() {
  log::info("the store takes what is written again", {{"refused", std::to_string(refused_)}});
  registry_.storeWorks();
  since_.reset();
  refused_ = 0;
}

std::optional<Error> StoreHealth::trouble() const {
  if (failing_.empty()) return std::nullopt;
  // An error of the whole store goes before that of one owner.
  const auto whole = failing_.find("store");
  return whole != failing_.end() ? whole->second : failing_.begin()->second;
}

std::optional<Instant> StoreHealth::since() const { return since_; }

void StoreHealth::shift(Duration step) {
  if (since_) *since_ += step;
  for (auto& [kind, logged] : logged_) logged.at += step;
}

}  // namespace arrivald::watch
