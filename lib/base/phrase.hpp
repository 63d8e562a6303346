// Phrase: something that is said to people, in a form that can be said in every language.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace arrivald {

/// The English pattern of a phrase: a literal, which tests/lint finds by the name of the function, "pattern"
/// or "phrase", and requires in every language.
struct Pattern {
  template <std::size_t size>
  consteval Pattern(const char (&literal)[size]) : text(literal, size - 1) {}  // NOLINT: implicit on purpose
  std::string_view text;
};
/// For tables.
consteval Pattern pattern(Pattern literal) { return literal; }

/// An English pattern with "{}" for each argument; arguments may be phrases themselves. The log has it in
/// English; notify::Catalogue::say() says it in other languages, whose patterns it finds under the English
/// one. A verbatim phrase (a name, a path, a quotation) is the same in every language. Value; pure.
class Phrase {
 public:
  /// Says nothing.
  Phrase() = default;

  bool empty() const { return pattern_.empty() && verbatim_.empty(); }
  /// Empty if the phrase is verbatim.
  std::string_view pattern() const { return pattern_; }
  const std::string& verbatimText() const { return verbatim_; }
  const std::vector<Phrase>& arguments() const { return arguments_; }
  std::string english() const;
  /// Applies `edit` to each verbatim text in it, such as to remove what nobody may read.
  template <class Edit>
  void editVerbatim(const Edit& edit) {
    if (!verbatim_.empty()) verbatim_ = edit(std::move(verbatim_));
    for (auto& argument : arguments_) argument.editVerbatim(edit);
  }

  friend bool operator==(const Phrase& a, const Phrase& b);
  friend Phrase verbatim(std::string text);
  template <class... Arguments>
  friend Phrase phrase(Pattern pattern, Arguments&&... arguments);

 private:
  std::string_view pattern_;
  std::string verbatim_;
  std::vector<Phrase> arguments_;
};

Phrase verbatim(std::string text);

inline Phrase asPhrase(Phrase phrase) { return phrase; }
inline Phrase asPhrase(std::string_view text) { return verbatim(std::string(text)); }
Phrase asPhrase(std::integral auto number) { return verbatim(std::to_string(number)); }

template <class... Arguments>
Phrase phrase(Pattern pattern, Arguments&&... arguments) {
  Phrase made;
  made.pattern_ = pattern.text;
  made.arguments_.reserve(sizeof...(arguments));
  (made.arguments_.push_back(asPhrase(std::forward<Arguments>(arguments))), ...);
  return made;
}

/// `pattern` with "{}" replaced by the arguments in their order, and "{0}" by the first of them. Other braces
/// stay. What is missing is left out.
std::string filled(std::string_view pattern, std::span<const std::string> arguments);

}  // namespace arrivald
