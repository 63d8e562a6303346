#include "notify/fill.hpp"

namespace arrivald::notify {

std::string fill(std::string_view pattern, std::initializer_list<Filling> fillings) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const auto open = pattern.find('{', at);
    const auto close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) {
      out.append(pattern.substr(at));
      break;
    }
    out.append(pattern.substr(at, open - at));
    const auto name = pattern.substr(open + 1, close - open - 1);
    for (const auto& [given, value] : fillings)
      if (given == name) out += value;
    at = close + 1;
  }
  return out;
}

}  // namespace arrivald::notify
