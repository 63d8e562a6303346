// LanguageModel: asks an OpenAI-compatible endpoint to describe an unclear reply. It adds a text and never
// changes the cause or the verdict.
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
  std::string url;  ///< without a trailing slash; "/chat/completions" is appended
  std::string model;
  std::optional<Secret> key;  ///< sent as a bearer token
  Duration timeout = std::chrono::seconds(10);
  double below = 0.5;  ///< used if the cause is unspecified or its confidence (0 to 1) is lower than this
  Language language = Language::japanese;
};

/// The endpoint's text, sanitised: one line, at most 400 bytes, addresses masked. It is shown with its mark
/// and in addition to the rules' text.
struct Guess {
  std::string mark;  ///< 「AIによる推定」
  std::string text;
};

/// Resource. Loop thread only.
class LanguageModel {
 public:
  /// `transport` outlives this object.
  LanguageModel(http::Transport& transport, Options options);
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;

  /// Whether the rules have left the cause open.
  bool wanted(const causes::Cause& cause) const;

  /// Empty if it is not wanted(), if the endpoint fails, takes too long or returns anything but the requested
  /// JSON, or if its text advises to remove an address or to send again: then only the rules' text is shown.
  /// Texts for the last 1000 different replies are cached, failures are not. `reply` refers to texts that
  /// must live until the task has ended.
  runtime::Task<std::optional<Guess>> guess(causes::Reply reply, causes::Cause cause);

  /// Why the last request yielded no text, for operators; empty if it did.
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
  std::list<Kept> kept_;  // most recently used first
  std::unordered_map<std::string, std::list<Kept>::iterator> byWords_;
};

}  // namespace arrivald::languagemodel
