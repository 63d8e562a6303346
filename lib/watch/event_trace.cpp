// The life of one message or address, as EventStream::trace() tells it.
#include <nlohmann/json.hpp>

#include "causes/texts.hpp"
#include "watch/event_stream.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMostTraced = 500;

}  // namespace

using store::StoredEvent;

std::string EventStream::trace(std::string_view asked) {
  std::vector<StoredEvent> events;
  const auto read = state_.database().read([&] {
    events = asked.find('@') != std::string_view::npos
                 ? table_.ofAddress(addressKey(asked), kMostTraced)
                 : table_.ofMessage(asked.substr(0, asked.find('.')), kMostTraced);
  });
  nlohmann::ordered_json out;
  out["asked"] = std::string(asked);
  if (!read) out["error"] = read.error().text;
  out["complete"] = events.size() < kMostTraced;
  auto& rows = out["events"] = nlohmann::ordered_json::array();
  for (const auto& event : events) {
    nlohmann::ordered_json row{{"at", toIso(event.at)},
                               {"event", event.kind},
                               {"account", event.account},
                               {"message_id", event.messageId}};
    if (!event.email.empty()) row["email"] = event.email;
    row["domain"] = event.domain;
    if (!event.status.empty()) row["status"] = event.status;
    if (!event.reason.empty()) {
      row["reply"] = event.reason;
      if (event.kind == "bounce" || event.kind == "blocked" || event.kind == "deferred") {
        causes::Reply reply;
        reply.text = event.reason;
        reply.status = event.status;
        reply.recipient = event.email;
        reply.recipientDomain = event.domain;
        reply.at = event.at;
        const auto cause = state_.causesSeen.explain(reply);
        row["cause"] = std::string(causes::name(cause.klass));
        row["cause_ja"] = causes::describe(cause, causes::Language::japanese).headline;
        row["cause_en"] = causes::describe(cause, causes::Language::english).headline;
      }
    }
    rows.push_back(std::move(row));
  }
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace arrivald::watch
