#include "causes/typing_error.hpp"

namespace arrivald::causes {

bool isTypingError(std::string_view written, std::string_view meant) {
  std::size_t front = 0;
  while (front < written.size() && front < meant.size() && written[front] == meant[front]) ++front;
  std::size_t back = 0;
  while (back < written.size() - front && back < meant.size() - front &&
         written[written.size() - 1 - back] == meant[meant.size() - 1 - back])
    ++back;
  const auto w = written.substr(front, written.size() - front - back);
  const auto m = meant.substr(front, meant.size() - front - back);
  if (w.empty() && m.empty()) return false;
  if (w.size() <= 1 && m.size() <= 1) return true;
  return w.size() == 2 && m.size() == 2 && w[0] == m[1] && w[1] == m[0];
}

}  // namespace arrivald::causes
