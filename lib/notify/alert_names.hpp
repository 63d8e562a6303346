// alert_names: which rules and subjects somebody means by a name, in whatever spelling. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "delivery/subject.hpp"
#include "notify/catalogue.hpp"
#include "rules/alert.hpp"
#include "rules/rule.hpp"

namespace arrivald::notify {

/// A name without what people spell differently: case, blanks, hyphens, underscores, exclamation marks.
/// "Yahoo! JAPAN" → "yahoojapan".
std::string foldedName(std::string_view name);

/// Empty: all.
struct AlertSelection {
  std::set<std::string> rules;
  std::set<delivery::Subject> subjects;
  bool contains(const std::string& rule, const delivery::Subject& subject) const {
    return (rules.empty() || rules.contains(rule)) && (subjects.empty() || subjects.contains(subject));
  }
};

/// What there is to choose from.
struct AlertNames {
  std::vector<std::string> rules;
  std::set<delivery::Subject> subjects;
  std::set<rules::AlertKey> alerts;
};

/// `name` is that of a rule, of an account, a receiver, a category or a subuser, a whole subject
/// ("main/category/x"), or the id of an alert or a notification ("stall@main#1764046800000.2"); a part of a
/// name will do where only one has it. Error::Kind::notFound lists what could be meant, in the words'
/// language.
Result<AlertSelection> selectAlerts(const AlertNames& names, std::string_view name, const Catalogue& words);

}  // namespace arrivald::notify
