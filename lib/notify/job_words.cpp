#include "notify/job_words.hpp"

#include <fmt/format.h>

namespace arrivald::notify {

std::string taskWords(const Catalogue& words, const std::string& task) {
  const auto key = "job." + task;
  return words.has(key) ? words.text(key) : task;
}

std::string errorWords(const Catalogue& words, const Error& error) {
  return words.text("party.text", {{"party", words.text(fmt::format("party.{}", name(error.party)))},
                                   {"text", error.text}});
}

std::string subjectWords(const Catalogue& words, const delivery::Subject& subject) {
  const bool group = subject.dimension == delivery::Dimension::domainGroup;
  return words.text(
      fmt::format("subject.{}", name(subject.dimension)),
      {{"account", subject.account}, {"name", group ? words.groupName(subject.name) : subject.name}});
}

}  // namespace arrivald::notify
