// LanguageModel: asks an OpenAI-compatible endpoint to put an unclear reply into words. It adds text, never a
// verdict.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/secret.hpp"
#include "causes/cause.hpp"
#include "causes/reply.hpp"
#include "causes/texts.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"

namespace arrivald::languagemodel {

struct Options {
  std::string url;  ///< without a slash at the end; "/chat/completions" is added
  std::string model;
  std::optional<Secret> key;  ///< sent as a bearer token
  Duration timeout = std::chrono::seconds(10);
  double below = 0.5;  ///< asked where the cause is unspecified or its confidence is lower than this
  Language language = Language::japanese;
};

/// Text from outside, cleaned: one line, at most 400 bytes, addresses masked. Show it beside mark, never
/// instead of the rules' text.
struct Guess {
  std::string mark;  ///< 「AIによる推定」
  std::string text;
};

class LanguageModel {
 public:
  /// `transport` outlives this object.
  LanguageModel(http::Transport& transport, Options options);
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;

  /// Whether the rules leave it open.
  bool wanted(const causes::Cause& cause) const;

  /// Nothing where it is not wanted, where the endpoint fails, is late or answers anything but what was asked
  /// for, or where its text tells to remove or to send again: then the rules' text stands alone. Failures are
  /// not kept; answers are, for the last 1000 different replies.
  runtime::Task<std::optional<Guess>> guess(causes::Reply reply, causes::Cause cause);

  /// Why the last question went without an answer, for people; empty: it did not.
  const std::string& lastTrouble() const { return trouble_; }

 private:
  struct Kept {
    std::string words;
    std::string text;
  };
  std::optional<std::string> textOf(const http::Response& response);

  http::Transport& transport_;
  Options options_;
  std::string trouble_;
  std::list<Kept> kept_;  // the latest first
  std::unordered_map<std::string, std::list<Kept>::iterator> byWords_;
};

}  // namespace arrivald::languagemodel
