#include "config/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hide.hpp"
#include "base/utf8.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kShownBytes = 60;

bool isKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

// The form in which names are compared: "Max-Body" and "max_body" are equal.
std::string plain(std::string_view word) {
  std::string text;
  for (const char c : word)
    text += c == '-' || c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// The edit distance of two words, in which swapping two neighbours is one edit (optimal string alignment).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> beforeLast(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    std::swap(beforeLast, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

void Problems::put(Place place, Phrase what, bool warning) {
  fatal_ = fatal_ || !warning;
  all_.push_back({place.line, place.column, std::move(what), warning});
}

bool Problems::wrongAt(Place place) const {
  return std::ranges::any_of(all_, [&](const Problem& problem) {
    return !problem.warning && problem.line == place.line && problem.column == place.column;
  });
}

std::vector<Problem> Problems::take() {
  std::ranges::stable_sort(all_, {}, [](const Problem& p) { return Place{p.line, p.column}; });
  // A value that aliases refer to is read, and reported, more than once.
  all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  if (all_.size() > kMaxProblems) {
    const auto more = all_.size() - kMaxProblems;
    all_.resize(kMaxProblems);
    all_.push_back({0, 0, phrase("{} more problems are not shown", more), !fatal_});
  }
  return std::move(all_);
}

bool looksSecret(std::string_view text) {
  for (const auto* mark : {"hooks.slack.com/", "hooks.slack-gov.com/", "xoxb-", "xoxp-", "xoxe-", "xapp-"})
    if (text.find(mark) != std::string_view::npos) return true;
  for (auto at = text.find("SG."); at != std::string_view::npos; at = text.find("SG.", at + 1)) {
    const auto end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), isKeyCharacter);
    if (end - text.begin() - static_cast<std::ptrdiff_t>(at) >= 8) return true;
  }
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto authority = text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
  return authority.find('@') != std::string_view::npos;
}

Phrase shown(std::string_view text) {
  if (looksSecret(text)) return phrase("(hidden, since it looks like a secret)");
  return phrase("\"{}\"", oneLine(withoutAddresses(text.substr(0, 4 * kShownBytes)), kShownBytes));
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  if (word.empty() || word.size() > 60) return best;
  const auto meant = plain(word);
  const std::size_t tolerated = word.size() <= 3 ? 1 : word.size() <= 7 ? 2 : 3;
  std::size_t min = tolerated + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edits(meant, plain(candidate));
    // Short words with few edits may still have nothing in common: at least half has to agree.
    if (distance < min && distance * 2 < candidate.size() + (distance == 1)) {
      min = distance;
      best = candidate;
    }
  }
  if (best.empty() && meant.size() >= 3)
    for (const auto& candidate : candidates)
      if (plain(candidate).starts_with(meant)) return candidate;
  return best;
}

Phrase meant(std::string_view word) { return phrase("; did you mean \"{}\"?", word); }

Phrase didYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? Phrase() : meant(near);
}

Phrase inWords(const SecretValue& secret) {
  const std::string_view place = secret.place;
  const auto name = place.substr(std::min(place.rfind(' ') + 1, place.size()));
  if (place.starts_with("environment variable ")) return phrase("environment variable {}", name);
  if (place.starts_with("credential ")) return phrase("credential {}", name);
  if (place.starts_with("file ")) return phrase("file {}", place.substr(5));
  return verbatim(secret.place);
}

Phrase oneOf(const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  std::string allButLast;
  for (std::size_t i = 0; i + 1 < candidates.size(); ++i) allButLast += (i == 0 ? "" : ", ") + candidates[i];
  return allButLast.empty() ? verbatim(candidates.back()) : phrase("{} or {}", allButLast, candidates.back());
}

Phrase hint(std::string_view word, const std::vector<std::string>& candidates) {
  auto near = didYouMean(word, candidates);
  if (!near.empty()) return near;
  return candidates.empty() ? Phrase() : phrase("; known: {}", oneOf(candidates));
}

}  // namespace arrivald::config
