#include "watch/untold_words.hpp"

#include <algorithm>

namespace arrivald::watch {

std::string untoldWords(const Owners& owners, const notify::Catalogue& c, const TaskId& id,
                        const JobState& job, Instant now) {
  if (!job.lastSuccess) return "";
  if (id.task == "suppressions") {
    const bool read = std::ranges::any_of(suppression::kLists, [&](suppression::List list) {
      return owners.lists().progress(id.account, list).readTo.has_value();
    });
    return read ? "" : c.text("task.waits_for_crawl");
  }
  if (id.task != "credits") return "";
  const auto* standing = owners.accounts().standings().latest(id.account, now);
  using Doubt = AccountStandings::Doubt;
  if (const auto doubt = owners.accounts().standings().doubt(id.account, now);
      doubt == Doubt::flippingReputation)
    return c.text("task.reputation_flips");
  else if (doubt == Doubt::flippingCredits)
    return c.text("task.credits_flip");
  else if (doubt == Doubt::impossibleCredits)
    return c.text("task.credits_impossible",
                  {{"left", std::to_string(*standing->remain)}, {"n", std::to_string(*standing->total)}});
  const bool credits = standing && standing->remain;
  const bool reputation = standing && standing->reputation;
  if (credits && reputation) return "";
  return c.text(credits      ? "task.reputation_not_told"
                : reputation ? "task.credits_not_told"
                             : "task.not_told");
}

}  // namespace arrivald::watch
