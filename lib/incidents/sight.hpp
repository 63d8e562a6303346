// Sight: an account's mail during one look, with what its incidents explain taken as expected.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "delivery/subject.hpp"
#include "incidents/incident.hpp"
#include "incidents/locate.hpp"
#include "incidents/mail.hpp"

namespace arrivald::incidents {

/// The mail that an alert is about; nothing if the table does not know its dimension.
std::optional<Root> rootOf(const delivery::Subject& subject, Family family);

/// Refers to its inputs and caches: invalidate() after an incident changed.
class Sight {
 public:
  Sight(const Mail& mail, const std::vector<Incident>& incidents, std::string_view account, Instant now,
        const Confusion& confusion);

  Instant now() const { return now_; }
  const Mail& mail() const { return mail_; }
  bool covers(Duration window) const { return mail_.covered() >= window; }

  /// Mail as it is, beside what is usual.
  const Grids& plain(Family family, Duration window, Late late = Late::soon);
  /// With all incidents of the family absorbed, but the one numbered `except`: those that are live, and those
  /// that were within the window.
  const Grids& absorbed(Family family, Duration window, std::int64_t except = 0, Late late = Late::soon);
  void invalidate() { absorbed_.clear(); }

  /// The root's mail, in the grid that shows it.
  static Numbers sum(const Grids& grids, const Root& root);
  /// Of the excess of `whole`, the part that is also of `part`.
  static double excessWithin(const Grids& grids, const Root& whole, const Root& part);

  /// How much each incident adds to what is expected of `root` in the window, oldest first.
  struct Share {
    std::int64_t number = 0;
    double mails = 0;
  };
  std::vector<Share> sharesOf(const Root& root, Duration window, Late late = Late::soon);

  /// Whether an incident of this family is absorbed in windows of this length.
  bool counts(const Incident& incident, Family family, Duration window) const;

 private:
  using Key = std::pair<std::pair<Family, Late>, Duration>;
  const Mail& mail_;
  const std::vector<Incident>& incidents_;
  std::string_view account_;
  Instant now_;
  Confusion confusion_;
  std::map<Key, Grids> plain_;
  std::map<std::pair<Key, std::int64_t>, Grids> absorbed_;
};

}  // namespace arrivald::incidents
