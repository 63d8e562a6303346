#include "rules/matcher.hpp"

#include "rules/rule.hpp"

namespace arrivald::rules {

bool matchesGlob(const std::string& pattern, const std::string& text) {
  return pattern.empty() || globMatches(pattern, text);
}

bool matches(const Matcher& matcher, const AlertKey& key) {
  const auto& subject = key.subject;
  const bool isOfCategory = subject.dimension == delivery::Dimension::category;
  const bool isOfReceiver = delivery::isReceiver(subject.dimension);
  return matcher.cause.empty() && (matcher.category.empty() || isOfCategory) &&
         (matcher.receiver.empty() || isOfReceiver) &&
         (!isOfCategory || matchesGlob(matcher.category, subject.name)) &&
         (!isOfReceiver || matchesGlob(matcher.receiver, subject.name)) &&
         matchesGlob(matcher.account, subject.account) && matchesGlob(matcher.rule, key.rule) &&
         matchesGlob(matcher.subject, delivery::toText(subject));
}

}  // namespace arrivald::rules
