#include "notify/silence_words.hpp"

#include "base/utf8.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kMaxBy = 60, kMaxWhy = 200;

std::string whose(const incidents::Silence& silence, const Catalogue& c) {
  return silence.id != 0 ? oneLine(silence.by, kMaxBy)
                         : c.text("silence.maintenance", {{"name", silence.name}});
}

}  // namespace

std::string silencedWhat(const incidents::Silence& silence, const Catalogue& c) {
  std::string all;
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty())
      all += (all.empty() ? "" : c.text("cli.list_separator")) + c.text(key, {{"value", value}});
  };
  const auto& match = silence.match;
  add("silence.incident", silence.incident != 0 ? std::to_string(silence.incident) : std::string());
  add("silence.account", match.account);
  add("silence.rule", match.rule);
  add("silence.receiver", match.receiver);
  add("silence.category", match.category);
  add("silence.cause", match.cause);
  add("silence.subject", match.subject);
  return all;
}

std::string silencedUntil(const incidents::Silence& silence, const IncidentWords& words) {
  const auto& c = words.catalogue();
  return c.text(silence.untilOver ? "silence.until.over" : "silence.until",
                {{"until", words.time(silence.end)},
                 {"by", whose(silence, c)},
                 {"why", oneLine(silence.why, kMaxWhy)}});
}

std::string silenceLine(const incidents::Silence& silence, Instant now, const IncidentWords& words) {
  const auto& c = words.catalogue();
  const bool planned = now < silence.begin;
  return c.text(planned ? "silence.line.planned" : "silence.line",
                {{"name", silence.id != 0 ? c.text("silence.number", {{"id", std::to_string(silence.id)}})
                                          : whose(silence, c)},
                 {"what", silencedWhat(silence, c)},
                 {"begin", words.time(silence.begin)},
                 {"until", silence.id != 0 ? silencedUntil(silence, words)
                                           : c.text("silence.until.maintenance",
                                                    {{"until", words.time(silence.end)},
                                                     {"why", oneLine(silence.why, kMaxWhy)}})}});
}

}  // namespace arrivald::notify
