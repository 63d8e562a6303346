// Matcher: which alerts and incidents are meant, of silences and maintenance windows.
#pragma once

#include <string>

#include "rules/alert.hpp"

namespace arrivald::rules {

/// A glob a field; an empty one means any.
struct Matcher {
  std::string account = {};
  std::string rule = {};
  std::string category = {};
  std::string receiver = {};  ///< a domain group or a mailbox provider
  std::string cause = {};     ///< of incidents only: "auth_failure"
  std::string subject = {};   ///< as delivery::toText(): "main/category/notice"
  bool isEmpty() const {
    return account.empty() && rule.empty() && category.empty() && receiver.empty() && cause.empty() &&
           subject.empty();
  }
  friend bool operator==(const Matcher&, const Matcher&) = default;
};

/// All fields that are given match. An alert has no cause: a matcher of one never matches it. One of an
/// account has all categories and receivers, so that a matcher of one of them does not match it.
bool matches(const Matcher& matcher, const AlertKey& key);

/// Whether an empty pattern, or the glob, matches.
bool matchesGlob(const std::string& pattern, const std::string& text);

}  // namespace arrivald::rules
