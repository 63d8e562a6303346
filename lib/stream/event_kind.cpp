#include "stream/event_kind.hpp"

namespace arrivald::stream {
namespace {

constexpr std::array<std::string_view, kEventKinds> kNames = {"processed",
                                                              "deferred",
                                                              "delivered",
                                                              "bounce",
                                                              "blocked",
                                                              "dropped",
                                                              "open",
                                                              "click",
                                                              "spamreport",
                                                              "unsubscribe",
                                                              "group_unsubscribe",
                                                              "group_resubscribe",
                                                              "account_status_change",
                                                              "other"};

}  // namespace

std::span<const std::string_view> eventNames() { return kNames; }
std::string_view name(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> eventKindNamed(std::string_view wanted) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (wanted == kNames[i]) return static_cast<EventKind>(i);
  return std::nullopt;
}

void addTo(delivery::Counts& counts, EventKind kind) {
  using delivery::Metric;
  switch (kind) {
    case EventKind::processed:
      ++counts[Metric::processed];
      ++counts[Metric::requests];
      return;
    case EventKind::dropped:
      ++counts[Metric::drops];
      ++counts[Metric::requests];
      return;
    case EventKind::delivered:
      ++counts[Metric::delivered];
      return;
    case EventKind::deferred:
      ++counts[Metric::deferred];
      return;
    case EventKind::bounce:
      ++counts[Metric::bounces];
      return;
    case EventKind::blocked:
      ++counts[Metric::blocks];
      return;
    case EventKind::spamReport:
      ++counts[Metric::spamReports];
      return;
    case EventKind::unsubscribe:
      ++counts[Metric::unsubscribes];
      return;
    case EventKind::open:
      ++counts[Metric::opens];
      return;
    case EventKind::click:
      ++counts[Metric::clicks];
      return;
    default:
      return;
  }
}

}  // namespace arrivald::stream
