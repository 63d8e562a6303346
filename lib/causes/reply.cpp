#include "causes/reply.hpp"

namespace arrivald::causes {

Outcome outcomeNamed(std::string_view event, std::string_view list) {
  if (event == "deferred") return Outcome::retried;
  if (event == "bounce" || event == "blocked" || event == "expired") return Outcome::ended;
  if (event == "dropped") return Outcome::notSent;
  if (list == "bounces" || list == "blocks" || list == "invalid_emails") return Outcome::ended;
  if (!list.empty()) return Outcome::notSent;
  return Outcome::unknown;
}

}  // namespace arrivald::causes
