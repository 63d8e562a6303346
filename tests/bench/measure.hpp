// measure: CPU time and memory for the bench programs.
#pragma once

#include <malloc.h>
#include <time.h>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

namespace arrivald::bench {

/// CPU seconds of this process, all threads, user and system, to the nanosecond.
inline double cpuSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
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
