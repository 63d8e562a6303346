// MailSeries: the metrics with one series per subject. Label texts are built once and values are kept as
// plain numbers, so that writing ten thousand series takes a fraction of a millisecond.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/metric.hpp"
#include "delivery/subject.hpp"
#include "delivery/window.hpp"

namespace arrivald::metrics {

/// The series of one subject.
class SubjectSeries {
 public:
  /// Increases the counters; negative numbers are ignored, since a counter never decreases.
  void add(const delivery::Counts& increment);
  /// Sets the "today_" gauges to the provider's totals of the account's current day; empty: unknown, and the
  /// gauges are absent. No effect on a folded subject, since the totals of several names cannot be combined.
  void setToday(const std::optional<delivery::Counts>& totals);
  /// Sets the sum over one window. Ratios and volumes are computed at the scrape, and absent unless the sum
  /// is known (ratios also if the denominator is 0). No effect on a folded subject, or if the window is not
  /// among the dimension's in CardinalityLimits::windows.
  void setWindow(const delivery::WindowSum& sum);
  /// True if this subject has no series of its own but is counted under "other".
  bool folded() const { return folded_; }

 private:
  friend class MailSeries;
  const std::vector<Duration>* exported_ = nullptr;  ///< in MailSeries::limits_; null: all windows
  std::size_t reserved_ = 0;                         ///< its share of MailSeries::reserved_
  std::string labels_;  ///< {account="main",category="news" without the closing brace
  bool folded_ = false;
  bool counted_ = true;  ///< false: has no counters until add(), since its statistics may not be read
  delivery::Counts total_;
  std::optional<delivery::Counts> today_;
  std::vector<std::pair<std::string, delivery::WindowSum>> windows_;  ///< with the label's text
};

/// Bounds the size of a scrape. Names beyond the limits, names whose labels are equal after truncation and
/// masking, and a name spelled "other" are counted together as "other".
struct CardinalityLimits {
  /// How many names of a dimension get series of their own, per account.
  std::map<delivery::Dimension, std::size_t> names;
  std::size_t otherwise = 100;  ///< the same for dimensions that are not in `names`
  /// The windows exported for a dimension; all windows if the dimension is not in the map.
  std::map<delivery::Dimension, std::vector<Duration>> windows{};
  /// Limit of series of all accounts and dimensions together; the accounts themselves always have theirs.
  /// 100,000 series make a scrape of about 9 MB.
  std::size_t maxSeries = 100'000;
  bool operator==(const CardinalityLimits&) const = default;
};

/// What is configured for one account.
struct WatchedAccount {
  std::string name;                          ///< empty: tasks that belong to no account
  std::vector<std::string> tasks;            ///< polling tasks
  std::set<delivery::Dimension> dimensions;  ///< whose statistics are read, besides the account itself
  std::vector<std::string> lists;            ///< suppression lists that are read
  /// Domain groups; empty without an event stream. With one, categories have windows too, even if their
  /// statistics are not read.
  std::optional<std::vector<std::string>> domainGroups;
  bool standing = false;  ///< whether credits and reputation are read
};

/// Limit of windows per subject; further ones are ignored.
inline constexpr std::size_t kMaxWindows = 16;
/// Limit of folded names that are counted as distinct, per account and dimension.
inline constexpr std::size_t kMaxFoldedNames = 10'000;

/// Resource. Loop thread only.
class MailSeries {
 public:
  explicit MailSeries(CardinalityLimits limits);
  MailSeries(const MailSeries&) = delete;
  MailSeries& operator=(const MailSeries&) = delete;

  /// The series of a subject; the first names get series of their own. The reference is valid until the
  /// subject is forgotten, or retain() is called. Keep it rather than looking it up for each
  /// count.
  SubjectSeries& at(const delivery::Subject& subject);
  void forget(const delivery::Subject& subject);
  /// Limits of the series that are made from now on.
  void use(const CardinalityLimits& limits);
  /// Removes accounts, dimensions and domain groups that are not among `accounts`, windows that are not among
  /// `windows`, and the names with the fewest requests beyond `limits`. What is folded is decided anew when
  /// at() is next called.
  void retain(const std::vector<WatchedAccount>& accounts, const std::vector<Duration>& windows,
              const CardinalityLimits& limits);

  /// Appends all families that have series, in the text format.
  void append(std::string& out) const;

  struct Folded {
    std::string account;
    delivery::Dimension dimension;
    std::size_t names;
  };
  /// The number of folded names: one element for each account and dimension that has names.
  std::vector<Folded> folded() const;

 private:
  /// The names of one account in one dimension.
  struct Group {
    std::map<std::string, std::unique_ptr<SubjectSeries>, std::less<>> own;  // by name
    std::set<std::string> labels;                                            // label values of `own`
    std::unique_ptr<SubjectSeries> other;
    std::set<std::uint64_t> foldedNames;  // by hash
  };
  void appendDimension(std::string& out, delivery::Dimension dimension) const;
  const std::vector<Duration>* exportedOf(delivery::Dimension dimension) const;
  std::size_t costOf(delivery::Dimension dimension) const;
  std::size_t maxNames(delivery::Dimension dimension) const;
  void retainWindows(const std::vector<Duration>& windows);
  void removeExcess();
  SubjectSeries& other(Group& group, const delivery::Subject& subject);
  void release(const Group& group);

  CardinalityLimits limits_;
  std::size_t windows_ = kMaxWindows;  // number of configured windows, at most
  std::size_t reserved_ = 0;           // upper bound of the series of all subjects that are not folded
  std::map<std::pair<delivery::Dimension, std::string>, Group> groups_;
};

}  // namespace arrivald::metrics
