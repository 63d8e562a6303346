// Notification: what is to be said, before it takes a channel's shape.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace arrivald::notify {

/// How a message looks at first sight.
/// `good` is a recovery; `ended` is an alert that is over for another reason, such as too little mail to
/// tell.
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

/// The last hours at a glance; a value that is not known is absent.
struct Trend {
  std::string label;
  std::vector<std::optional<double>> values;  ///< oldest first
  std::string range;                          ///< "lowest 61.0 %, highest 99.8 %, latest 63.2 %"
  friend bool operator==(const Trend&, const Trend&) = default;
};

/// Plain text throughout: a channel escapes and cuts. Text that came from outside stands only in fields and
/// rows.
struct Notification {
  std::string id;  ///< so that people can tell a message that came twice
  Tone tone = Tone::info;
  bool mention = false;  ///< call the people the channel names
  std::string badge;     ///< "緊急", "Resolved", "Critical · worse"
  std::string title;
  std::string fallback;  ///< what the phone shows: what, where, how bad; at most 100 characters
  std::string sentence;  ///< what, where, since when, how bad
  std::optional<Field> side;
  std::vector<Field> fields;
  std::optional<Trend> trend;
  std::string breakdownLabel;
  std::vector<std::string> breakdown;
  std::string causesLabel;
  std::vector<std::string> causes;   ///< the first line sums up, the others name one cause each
  std::vector<std::string> samples;  ///< replies as they came, addresses masked; shown as quotations
  std::optional<Field> statusPage;
  std::optional<Field> next;
  std::vector<Link> links;
  std::string footer;
  friend bool operator==(const Notification&, const Notification&) = default;
};

}  // namespace arrivald::notify
