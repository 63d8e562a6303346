#include "notify/job_words.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kMaxBytes = 800;

}  // namespace

std::string taskWords(const Catalogue& words, const std::string& task) {
  const auto key = "job." + task;
  return words.has(key) ? words.text(key) : task;
}

std::string errorWords(const Catalogue& words, const Error& error) {
  // What nobody has put into words is quoted beside what kind of error it is.
  const auto kind = fmt::format("error.{}", name(error.kind));
  const auto text = error.phrase.empty() && words.has(kind)
                        ? words.text("error.quoted", {{"kind", words.text(kind)}, {"text", error.text}})
                        : oneLine(words.say(error.said()), kMaxBytes);
  return words.text("party.text",
                    {{"party", words.text(fmt::format("party.{}", name(error.party)))}, {"text", text}});
}

std::string subjectWords(const Catalogue& words, const delivery::Subject& subject) {
  const bool group = subject.dimension == delivery::Dimension::domainGroup;
  return words.text(
      fmt::format("subject.{}", name(subject.dimension)),
      {{"account", subject.account}, {"name", group ? words.groupName(subject.name) : subject.name}});
}

}  // namespace arrivald::notify
