// event_json: found events as JSON, for /api and `arrivald trace`. Owns nothing; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/suppressions_table.hpp"
#include "watch/event_query.hpp"

namespace arrivald::watch {

/// {"asked": …, "complete": …, "events": […]}, or {"error": …}. Invalid UTF-8 is replaced.
std::string foundEventsJson(const EventFilter& filter, const Result<FoundEvents>& found);
/// An entry of a suppression list, with the cause that its reply names.
struct ListedEntry {
  store::StoredEntry entry;
  std::optional<causes::Cause> cause;
  std::string doubt = {};  ///< why its cause may not be, as text; empty: nothing is known against it
};

/// What was found of a mailbox or a message.
struct Traced {
  Language language = Language::japanese;
  Result<FoundEvents> events = FoundEvents();
  std::vector<std::string> doubts;  ///< of each event, as of a listed entry; shorter: of none
  std::vector<ListedEntry> lists;   ///< newest first
  bool eventStream = false;         ///< one is configured
  std::vector<std::string> notSearched;
};
/// As traceJson() says.
std::string tracedJson(const EventFilter& filter, const Traced& traced);

/// {"malformed_events": […]}, likewise; why each is malformed is said in `language`.
std::string malformedEventsJson(const Result<std::vector<store::MalformedEvent>>& events, Language language);

}  // namespace arrivald::watch
