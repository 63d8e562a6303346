#include "base/phrase.hpp"

namespace arrivald {

std::string filled(std::string_view pattern, std::span<const std::string> arguments) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const auto rest = pattern.substr(at);
    const bool inOrder = rest.starts_with("{}");
    const bool numbered =
        rest.size() >= 3 && rest[0] == '{' && rest[1] >= '0' && rest[1] <= '9' && rest[2] == '}';
    if (!inOrder && !numbered) {
      out += pattern[at];
      continue;
    }
    const auto index = inOrder ? next++ : static_cast<std::size_t>(rest[1] - '0');
    if (index < arguments.size()) out += arguments[index];
    at += inOrder ? 1 : 2;
  }
  return out;
}

std::string Phrase::english() const {
  if (pattern_.empty()) return verbatim_;
  std::vector<std::string> texts;
  texts.reserve(arguments_.size());
  for (const auto& argument : arguments_) texts.push_back(argument.english());
  return filled(pattern_, texts);
}

bool operator==(const Phrase& a, const Phrase& b) {
  return a.pattern_ == b.pattern_ && a.verbatim_ == b.verbatim_ && a.arguments_ == b.arguments_;
}

Phrase verbatim(std::string text) {
  Phrase made;
  made.verbatim_ = std::move(text);
  return made;
}

}  // namespace arrivald
