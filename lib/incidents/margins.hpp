// Margins: an account's mail where only sums are known: by category and by receiver, as the statistics have
// them.
#pragma once

#include <vector>

#include "incidents/mail.hpp"

namespace arrivald::incidents {

/// The sums of one window, with what is usual of each.
struct Margin {
  Duration window{0};
  std::vector<Part> categories, receivers;
  Numbers whole = {};  ///< of the account; shown where neither of the others is known
};

/// What can be told from sums: one dimension at a time, without causes. A mail's category and receiver are
/// taken as independent, so a second cause that overlaps the first is mostly missed: texts have to say so. A
/// value.
class Margins final : public Mail {
 public:
  /// `minutes`: the sums of the last minutes, oldest first, the present one last, if they are known; of the
  /// last `unsettled` not all outcomes are.
  Margins(std::vector<Margin> margins, Duration covered, std::vector<Margin> minutes = {}, int unsettled = 3)
      : margins_(std::move(margins)),
        minutes_(std::move(minutes)),
        covered_(covered),
        unsettled_(unsettled) {}

  Duration covered() const override { return covered_; }
  int unsettled() const override { return unsettled_; }
  Grids shares(Duration window) const override;
  std::optional<Grid> late(Late, Duration) const override { return std::nullopt; }
  /// Empty for a root of both categories and receivers: only the sums of each are known.
  std::vector<Numbers> minutes(const Root& root) const override;
  Breakdown breakdown(const Root& root, int minutesAgo) const override;

 private:
  std::vector<Margin> margins_, minutes_;
  Duration covered_;
  int unsettled_;
};

}  // namespace arrivald::incidents
