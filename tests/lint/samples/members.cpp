// as lib/watch/members.cpp
#include "base/clock.hpp"

// A row may have members that anybody reads and writes.
struct Row {
  enum class Kind { one, two };
  std::int64_t a = 0, b = 0;
  std::map<std::string, std::pair<int, int>> c;
  std::string d{}, e;
  std::optional<Instant> f, g;
  bool any() const { return a > 0 || b > 0; }
  std::array<int, 3> h[2];
  std::function<void(int, int)> i, j;
  static constexpr int kMax = 3;
  Kind k = Kind::one;
  double l = twice(3, 4);
  friend bool operator==(const Row&, const Row&) = default;
};

struct Wide {  // bad members
  int a, b, c, d, e, f, g, h, i, j, k, l, m;
};

class Owner final : public Base {
 public:
  explicit Owner(int& a) : a_(a), b_(0) {}
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  struct Inner {
    int a, b, c, d, e, f, g;
  };
  class Narrow {
   public:
    virtual void f() = 0;
  };
  const std::map<int, int>& all() const { return all_; }
  static constexpr std::size_t kMax = 12;

 private:
  struct Hidden;
  int& a_;
  int b_, c_, d_, e_, f_;
  std::map<int, int> all_;
};

class Open {  // bad members
 public:
  Open();
  std::function<void(const std::string&)> hook;

 private:
  int a_ = 0;
};

class Crowd {  // bad members
  int a_, b_, c_, d_, e_, f_, g_, h_;
  std::unique_ptr<Row> i_, j_, k_;
  bool l_ = false;
  std::vector<std::pair<int, int>> m_;
  void put(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m);
};
