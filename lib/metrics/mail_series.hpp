// MailSeries: the many metrics, one series a subject. Label texts are made once and values kept bare, so that
// ten thousand series cost a fraction of a millisecond to write and some bytes each to keep.
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
  /// Raises the counters; negative parts are ignored, since a counter never falls.
  void add(const delivery::Counts& increment);
  /// The provider's own totals of the account's current day, as they are; nothing: unknown, and absent. No
  /// effect on a folded subject, whose days cannot be told apart.
  void setToday(const std::optional<delivery::Counts>& totals);
  /// The sum over one window: ratios and volumes are worked out when exposed, and absent unless the sum is
  /// known (ratios also without a denominator). No effect on a folded subject, and for a window that is not
  /// among the dimension's of CardinalityLimits::windows.
  void setWindow(const delivery::WindowSum& sum);
  /// True if this subject has no series of its own but is counted under "other".
  bool folded() const { return folded_; }

 private:
  friend class MailSeries;
  const std::vector<Duration>* exported_ = nullptr;  ///< null: every window
  std::size_t reserved_ = 0;                         ///< of the series in total
  std::string labels_;  ///< {account="main",category="news" without the closing brace
  bool folded_ = false;
  delivery::Counts total_;
  std::optional<delivery::Counts> today_;
  std::vector<std::pair<std::string, delivery::WindowSum>> windows_;  ///< with the label's text
};

/// What bounds the size of a scrape. Names beyond the limits, and names that would look the same once cut and
/// masked, are counted together as "other", and so is a name of that very spelling.
struct CardinalityLimits {
  /// How many names of a dimension get series of their own, per account.
  std::map<delivery::Dimension, std::size_t> names;
  std::size_t otherwise = 100;  ///< for dimensions that are not in the map
  /// Which windows are exported of a dimension's subjects; of a dimension that is not in the map, all.
  std::map<delivery::Dimension, std::vector<Duration>> windows{};
  /// Of all accounts and dimensions together; the accounts themselves have theirs in any case. 100,000 series
  /// are some 9 MB a scrape.
  std::size_t maxSeries = 100'000;
};

/// What is configured to be watched of one account.
struct WatchedAccount {
  std::string name;                          ///< empty: tasks that belong to no account
  std::vector<std::string> tasks;            ///< that poll
  std::set<delivery::Dimension> dimensions;  ///< that are read; the account itself always is
  std::vector<std::string> lists;            ///< suppression lists that are read
  /// Groups of receivers; nothing without an event stream.
  std::optional<std::vector<std::string>> domainGroups;
};

/// Windows a subject has at most; further ones are ignored.
inline constexpr std::size_t kMaxWindows = 16;
/// Folded names that are told apart for counting them, per account and dimension.
inline constexpr std::size_t kMaxFoldedNames = 10'000;

class MailSeries {
 public:
  explicit MailSeries(CardinalityLimits limits);
  MailSeries(const MailSeries&) = delete;
  MailSeries& operator=(const MailSeries&) = delete;

  /// The first names to come get the series. The reference stays good until the subject or its account is
  /// forgotten; look it up once, not at each count.
  SubjectSeries& at(const delivery::Subject& subject);
  void forget(const delivery::Subject& subject);
  void forgetAccount(std::string_view account);
  /// Forgets accounts, dimensions and groups of receivers that are not among `accounts`, and windows that are
  /// not among `windows`.
  void retain(const std::vector<WatchedAccount>& accounts, const std::vector<Duration>& windows);

  /// Appends every family that has series.
  void append(std::string& out) const;

  struct Folded {
    std::string account;
    delivery::Dimension dimension;
    std::size_t names;
  };
  /// One element an account and dimension that has names.
  std::vector<Folded> folded() const;

 private:
  /// The names of one account in one dimension.
  struct Group {
    std::map<std::string, std::unique_ptr<SubjectSeries>, std::less<>> own;  // by name
    std::set<std::string> labels;                                            // of `own`
    std::unique_ptr<SubjectSeries> other;
    std::set<std::uint64_t> foldedNames;  // by hash
  };
  void appendDimension(std::string& out, delivery::Dimension dimension) const;
  const std::vector<Duration>* exportedOf(delivery::Dimension dimension) const;
  std::size_t costOf(delivery::Dimension dimension) const;
  SubjectSeries& other(Group& group, const delivery::Subject& subject);
  void release(const Group& group);

  CardinalityLimits limits_;
  std::size_t windows_ = kMaxWindows;  // that are configured, at most
  std::size_t reserved_ = 0;           // series that those who have their own may come to
  std::map<std::pair<delivery::Dimension, std::string>, Group> groups_;
};

}  // namespace arrivald::metrics
