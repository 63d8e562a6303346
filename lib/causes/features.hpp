// features: the input of the linear model, the same for training and for use.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "causes/concepts.hpp"
#include "causes/rulebook.hpp"

namespace arrivald::causes {

namespace features {

/// The concepts of the words, and which of them follow each other within a few words.
template <class Take>
void ofConcepts(const std::vector<std::string_view>& words, float share, Take&& take) {
  constexpr std::size_t kNear = 6;
  const auto& concepts = builtInConcepts();
  std::string_view before, beforeThat;
  std::size_t at = 0, atThat = 0;
  std::string name;
  const auto joined = [&](std::string_view first, std::string_view second) {
    name.assign(first).append(">").append(second);
    return std::string_view(name);
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto concept_ = concepts.of(words[i]);
    if (concept_.empty()) continue;
    take('C', concept_, share);
    if (concept_ == before) {
      at = i;
      continue;
    }
    if (!before.empty() && i - at <= kNear) take('P', joined(before, concept_), share);
    if (!beforeThat.empty() && i - atThat <= kNear) take('S', joined(beforeThat, concept_), share);
    beforeThat = before;
    atThat = at;
    before = concept_;
    at = i;
  }
}

/// The words and the pairs of words; only the first 160 words, so that the work is bounded.
template <class Take>
void ofWords(const Normalised& reply, Take&& take) {
  constexpr std::size_t kMaxWords = 160;
  static thread_local std::vector<std::string_view> words;
  words.clear();
  const std::string_view text = reply.words;
  for (std::size_t at = 1; at < text.size() && words.size() < kMaxWords;) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  // Each word counts less in a long reply, so that long replies do not weigh more than short ones.
  const float share = words.empty() ? 0.0F : 2.0F / (2.0F + std::sqrt(static_cast<float>(words.size())));
  for (std::size_t i = 0; i < words.size(); ++i) {
    take('w', words[i], share);
    if (i + 1 < words.size())
      take('b',
           std::string_view(words[i].data(), static_cast<std::size_t>(words[i + 1].data() - words[i].data()) +
                                                 words[i + 1].size()),
           share);
  }
  ofConcepts(words, share, take);
  const std::size_t count = words.size();
  take('l', count == 0 ? "0" : count <= 2 ? "2" : count <= 5 ? "5" : count <= 12 ? "12" : "more", 1.0F);
}

/// The enhanced status code and the reply code, whole and in parts.
template <class Take>
void ofCodes(const Normalised& reply, Take&& take) {
  if (reply.code.known()) {
    const auto& c = reply.code;
    char code[24];
    char* at = code;
    const auto digit = [&](int value) { *at++ = static_cast<char>('0' + value); };
    digit(c.statusClass);
    *at++ = '.';
    digit(c.subject);
    const auto part = static_cast<std::size_t>(at - code);
    *at++ = '.';
    if (c.detail >= 100) digit(c.detail / 100);
    if (c.detail >= 10) digit(c.detail / 10 % 10);
    digit(c.detail % 10);
    const std::string_view whole(code, static_cast<std::size_t>(at - code));
    take('c', whole, 1.0F);
    take('s', whole.substr(0, part), 1.0F);
    // The subject and detail have the same meaning in temporary (4) and permanent (5) codes.
    if (c.statusClass != 2) take('d', whole.substr(2), 1.0F);
  } else {
    take('c', "none", 1.0F);
  }
  if (reply.replyCode != 0) {
    const char text3[3] = {static_cast<char>('0' + reply.replyCode / 100),
                           static_cast<char>('0' + reply.replyCode / 10 % 10),
                           static_cast<char>('0' + reply.replyCode % 10)};
    take('r', std::string_view(text3, 3), 1.0F);
    take('k', std::string_view(text3, 1), 1.0F);
  }
}

template <class Take>
void ofEnvironment(const Rulebook::Environment& environment, Take&& take) {
  if (!environment.provider.empty()) take('p', environment.provider, 1.0F);
  const char stage = static_cast<char>('0' + static_cast<int>(environment.stage));
  if (environment.stage != Stage::unknown) take('t', std::string_view(&stage, 1), 1.0F);
}

/// The class and weight of the first rule that matched, and those of all.
template <class Take>
void ofRules(const std::vector<Matched>& matched, Take&& take) {
  constexpr std::string_view kWeights[] = {"weak", "strong", "certain", "decisive"};
  char name[12];
  const auto ruleName = [&](const Rule& rule) {
    name[0] = letter(rule.causeClass);
    const auto weight = kWeights[static_cast<std::size_t>(rule.weight)];
    std::copy(weight.begin(), weight.end(), name + 1);
    return std::string_view(name, weight.size() + 1);
  };
  if (matched.empty()) take('R', "none", 1.0F);
  for (std::size_t i = 0; i < matched.size(); ++i) {
    const Rule& rule = *matched[i].rule;
    if (i == 0) take('1', ruleName(rule), 1.0F);
    // Each class and weight only once, however many rules share them.
    const bool repeated = std::any_of(
        matched.begin(), matched.begin() + static_cast<std::ptrdiff_t>(i), [&](const Matched& before) {
          return before.rule->causeClass == rule.causeClass && before.rule->weight == rule.weight;
        });
    if (!repeated) take('R', ruleName(rule), 1.0F);
  }
}

}  // namespace features

/// Calls `take(kind, value, weight)` for each feature: `kind` is one letter, `value` lives only during the
/// call, `weight` is at most 1.
template <class Take>
void forEachFeature(const Normalised& reply, const Rulebook::Environment& environment,
                    const std::vector<Matched>& matched, Take&& take) {
  features::ofWords(reply, take);
  features::ofCodes(reply, take);
  features::ofEnvironment(environment, take);
  features::ofRules(matched, take);
}

/// FNV-1a (64 bits) over the kind and the value: the key under which the model stores a feature.
inline std::uint64_t featureKey(char kind, std::string_view value) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL; };
  mix(kind);
  for (const char c : value) mix(c);
  return hash;
}

}  // namespace arrivald::causes
