// as daemon/members.cpp
#include "base/clock.hpp"

struct Environment {
  Clock& clock;
  std::function<double()> random;
};

class Hooked {  // bad members
 public:
  std::function<void(const std::string& line)> onRound;
};

class Crowded {  // bad members
  int a_, b_, c_, d_, e_, f_, g_, h_, i_, j_, k_, l_, m_;
};

class Closed {
 public:
  explicit Closed(Environment environment)
      : environment_(environment), group_(environment.executor, [](int, int) { return Done{}; }) {}

 private:
  Environment environment_;
  TaskGroup group_;
  int a_ = 0;
};
