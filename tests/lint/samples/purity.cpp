// as lib/rules/purity.cpp
#include <boost/asio/io_context.hpp>  // bad purity
#include <fstream>                    // bad purity
#include <chrono>

void now() {
  // std::chrono::system_clock::now() in words is no reading
  const auto a = std::chrono::system_clock::now();  // bad purity
  const auto b = steady_clock::now();               // bad purity
  clock_gettime(CLOCK_REALTIME, &c);                // bad purity
  const auto d = std::getenv("HOME");               // bad purity
  std::random_device e;                             // bad purity
  const auto f = clock.now();
}
