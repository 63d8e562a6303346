// Turn: how long a task has held the loop's thread, by real time.
#pragma once

#include <chrono>

namespace arrivald::runtime {

/// Long work of small steps asks it after each, and yields when its turn is over: yielding after every step
/// would wait for a whole round of the loop each time.
class Turn {
 public:
  static constexpr std::chrono::milliseconds kMax{2};

  void begin() { began_ = std::chrono::steady_clock::now(); }
  bool isOver() const { return std::chrono::steady_clock::now() - began_ >= kMax; }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace arrivald::runtime
