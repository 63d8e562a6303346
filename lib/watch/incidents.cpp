#include "watch/incidents.hpp"

#include "watch/log.hpp"

namespace arrivald::watch {

void Incidents::load() {
  std::size_t unreadable = 0;
  followed_ = table_.load(unreadable);
  if (unreadable > 0)
    log::warning("some stored incidents cannot be read; what goes on of them is found anew",
                 {{"count", std::to_string(unreadable)}});
}

void Incidents::shift(Duration step) { incidents::shift(followed_, step); }

void Incidents::put(const incidents::Followed& next, Known known) {
  if (known == Known::yes)
    table_.put(followed_, next);
  else
    table_.replace(next);
}

Duration Incidents::unseenFor(const std::string& account) {
  const auto now = clock_.sinceBoot();
  return now - seenAt_.try_emplace(account, now).first->second;
}

}  // namespace arrivald::watch
