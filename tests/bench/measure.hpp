// measure: CPU time and memory for the bench programs.
#pragma once

#include <malloc.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

namespace arrivald::bench {

/// CPU seconds of this process, all threads, user and system.
inline double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Bytes handed out by malloc and not given back.
inline std::size_t heapBytes() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

/// A line of /proc/self/status such as VmRSS or VmHWM, in KB.
inline long statusKilobytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, name.size() + 1, name + ":") == 0) return std::stol(line.substr(name.size() + 1));
  return -1;
}

/// CPU milliseconds of one run of `work`, the mean of enough runs to fill a quarter of a second.
template <class Work>
double milliseconds(Work work) {
  work();
  const double begin = cpuSeconds();
  int runs = 0;
  double spent = 0;
  do {
    work();
    ++runs;
    spent = cpuSeconds() - begin;
  } while (spent < 0.25);
  return 1000 * spent / runs;
}

}  // namespace arrivald::bench
