// Notification: the content of a message to people, independent of the channel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace arrivald::notify {

/// The appearance of a notification.
/// `good` is a recovery; `ended` is an alert that is over for another reason, such as too little mail to
/// decide.
enum class Tone { critical, warning, info, good, ended, test };

struct Field {
  std::string label;
  std::string value;
  friend bool operator==(const Field&, const Field&) = default;
};

struct Link {
  std::string label;
  std::string url;
  friend bool operator==(const Link&, const Link&) = default;
};

/// Values of the last hours; an unknown value is absent.
struct Trend {
  std::string label;
  std::vector<std::optional<double>> values;  ///< oldest first
  std::string range;                          ///< "lowest 61.0 %, highest 99.8 %, latest 63.2 %"
  friend bool operator==(const Trend&, const Trend&) = default;
};

/// What it is about, for channels whose other side is a program.
struct About {
  enum class State { open, acknowledged, over };
  std::string conversation;  ///< the same of all notifications of one incident or alert
  State state = State::open;
  rules::Severity severity = rules::Severity::warning;
  std::string account;
  std::string rule;
  std::vector<std::string> categories = {}, receivers = {}, kinds = {};  ///< empty: all, or not known
  std::string since;                                                     ///< RFC 3339
  std::int64_t mails = 0, bad = 0;           ///< in the window that is judged; 0: not counted
  std::vector<std::string> members = {};     ///< of an incident: its alerts, "stall@main"
  std::vector<std::int64_t> incidents = {};  ///< the numbers of those that it tells of
  /// A line about it that leaves the rest to what was notified before: that somebody takes care of it.
  bool remark = false;
  friend bool operator==(const About&, const About&) = default;
};

/// Plain text; the channel escapes and truncates it. Text from outside occurs only in fields and rows.
struct Notification {
  std::string id;  ///< shown, so that people recognise a notification that was sent twice
  Tone tone = Tone::info;
  bool mention = false;  ///< mention the people that the channel's configuration names
  std::string badge;     ///< "緊急", "Resolved", "Critical · worse"
  std::string title;
  std::string fallback;   ///< for push notifications: what, where, how bad; at most 100 characters
  std::string sentence;   ///< what, where, since when, how bad
  std::string row = {};   ///< for a list of several: what, since when, whose side; not stored
  std::string step = {};  ///< likewise: the next step, without what only this notification shows; not stored
  std::optional<Field> side;
  std::vector<Field> fields;
  std::optional<Trend> trend;
  std::string breakdownLabel;
  std::vector<std::string> breakdown;
  std::string causesLabel;
  std::vector<std::string> causes;   ///< the first line is the summary, the others name one cause each
  std::vector<std::string> samples;  ///< replies as received, addresses masked; shown as quotations
  std::optional<Field> statusPage;
  std::optional<Field> next;
  std::vector<Link> links;
  std::string footer;
  std::optional<About> about = {};  ///< nothing: about no alert
  std::string standsInFor = {};     ///< the channel that it is for, which does not take it at present
  /// Of a group: what it is made of, with row and step. Those beyond kMaxMembers have an id only.
  std::vector<Notification> members = {};
  friend bool operator==(const Notification&, const Notification&) = default;
};

/// As many members of a group are kept whole.
inline constexpr std::size_t kMaxMembers = 100;

/// Whether it says that something is over.
inline bool isOver(const Notification& notification) {
  return notification.tone == Tone::good || notification.tone == Tone::ended;
}

}  // namespace arrivald::notify
