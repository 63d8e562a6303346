// Grid: the mail of one window by category, receiver and kind, beside what is usual: what locating looks at.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "incidents/root.hpp"

namespace arrivald::incidents {

/// The values of the dimensions. A dimension that a table does not know has one value, the empty name, which
/// stands for all mail.
struct Axes {
  std::vector<std::string> categories;
  std::vector<std::string> receivers;
  std::vector<Kind> kinds;
};

/// A part of a grid: for each value of a dimension, whether it belongs to it.
struct Slice {
  std::vector<char> categories, receivers, kinds;
};

/// How much of a slice is bad.
struct Numbers {
  double mails = 0;
  double seen = 0;      ///< bad mails
  double expected = 0;  ///< bad mails that are usual, or explained by incidents absorbed before
  double excess() const { return seen > expected ? seen - expected : 0; }
  double share() const { return mails > 0 ? seen / mails : 0; }
  /// The share of mail that fails beside the usual.
  double excessShare() const { return mails > 0 ? excess() / mails : 0; }
  Numbers& operator+=(const Numbers& other) {
    mails += other.mails;
    seen += other.seen;
    expected += other.expected;
    return *this;
  }
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

/// A value: absorbing incidents changes a copy. Cells lie by category, then receiver, then kind.
class Grid {
 public:
  Grid(std::shared_ptr<const Axes> axes, Duration window);

  const Axes& axes() const { return *axes_; }
  Duration window() const { return window_; }
  std::size_t categories() const { return axes_->categories.size(); }
  std::size_t receivers() const { return axes_->receivers.size(); }
  std::size_t kinds() const { return axes_->kinds.size(); }
  std::size_t pairs() const { return categories() * receivers(); }

  double& mails(std::size_t pair) { return mails_[pair]; }
  double mails(std::size_t pair) const { return mails_[pair]; }
  float& seen(std::size_t pair, std::size_t kind) { return seen_[pair * kinds() + kind]; }
  float seen(std::size_t pair, std::size_t kind) const { return seen_[pair * kinds() + kind]; }
  float& expected(std::size_t pair, std::size_t kind) { return expected_[pair * kinds() + kind]; }
  float expected(std::size_t pair, std::size_t kind) const { return expected_[pair * kinds() + kind]; }

  /// The mail that a root is about, with its kinds; nothing if the grid knows none of it, or does not have a
  /// dimension that the root restricts.
  std::optional<Slice> sliceOf(const Root& root) const;
  Slice whole() const;
  /// The names of a slice; of a dimension taken wholly, none. All kinds named are taken as named.
  Root rootOf(const Slice& slice, Family family) const;

  Numbers sum(const Slice& slice) const;
  /// By kind, in the slice's categories and receivers.
  std::vector<Numbers> byKind(const Slice& slice) const;

  /// Takes an incident's excess as expected from here on: every mail of its slice is bad with the share that
  /// is seen in the grid beside what is expected, at most `limit`; other kinds by `confusion` if the root
  /// names a kind. Does nothing where sliceOf() knows nothing.
  void absorb(const Root& root, const Confusion& confusion, double limit = 1);

 private:
  std::shared_ptr<const Axes> axes_;
  Duration window_;
  std::vector<double> mails_;
  std::vector<float> seen_, expected_;
};

/// The grids of one window: one by category and receiver, or, where only the sums of each are known, one by
/// category and one by receiver.
using Grids = std::vector<Grid>;
/// Absorbs into each grid. Of a root that a grid does not show, an even share of the excess is taken there.
void absorb(Grids& grids, const Root& root, const Confusion& confusion, double limit = 1);

/// The part of two slices that belongs to both.
Slice intersection(const Slice& a, const Slice& b);
bool isEmpty(const Slice& slice);

}  // namespace arrivald::incidents
