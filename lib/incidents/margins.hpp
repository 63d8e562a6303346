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
};

/// What can be told from sums: one dimension at a time, without causes. A mail's category and receiver are
/// taken as independent, so a second cause that overlaps the first is mostly missed: texts have to say so. A
/// value.
class Margins final : public Mail {
 public:
  Margins(std::vector<Margin> margins, Duration covered) : margins_(std::move(margins)), covered_(covered) {}

  Duration covered() const override { return covered_; }
  Grids shares(Duration window) const override;
  std::optional<Grid> late(Late, Duration) const override { return std::nullopt; }
  std::vector<Numbers> minutes(const Root&) const override { return {}; }
  Breakdown breakdown(const Root&, int) const override { return {}; }

 private:
  std::vector<Margin> margins_;
  Duration covered_;
};

}  // namespace arrivald::incidents
