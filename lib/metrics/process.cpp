#include "metrics/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::metrics {
namespace {

std::string contents(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(" \n\t", begin)) != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(" \n\t", begin), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return all;
}

std::optional<std::int64_t> number(const std::vector<std::string_view>& fields, std::size_t at) {
  if (at >= fields.size()) return std::nullopt;
  std::int64_t value = 0;
  const auto text = fields[at];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  static_cast<void>(end);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// When the machine was booted, in seconds since 1970: the "btime" line of proc(5).
std::optional<std::int64_t> bootSeconds() {
  const std::string stat = contents("/proc/stat");
  const auto line = stat.find("\nbtime ");
  if (line == std::string::npos) return std::nullopt;
  return number(words(std::string_view(stat).substr(line + 7, 24)), 0);
}

std::optional<std::int64_t> openFiles() {
  DIR* directory = opendir("/proc/self/fd");
  if (!directory) return std::nullopt;
  std::int64_t count = 0;
  while (readdir(directory)) ++count;
  closedir(directory);
  return count - 3;  // ".", ".." and the directory itself
}

}  // namespace

Process readProcess() {
  Process process;
  // Indices of fields of proc(5), counted from the field after the name in parentheses, since the name may
  // contain spaces and parentheses.
  constexpr std::size_t kUserTime = 11;
  constexpr std::size_t kSystemTime = 12;
  constexpr std::size_t kThreads = 17;
  constexpr std::size_t kStart = 19;
  constexpr std::size_t kVirtual = 20;
  constexpr std::size_t kResident = 21;
  const std::string stat = contents("/proc/self/stat");
  const auto name = stat.rfind(')');
  const auto fields = name == std::string::npos ? std::vector<std::string_view>()
                                                : words(std::string_view(stat).substr(name + 1));
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto user = number(fields, kUserTime);
  const auto system = number(fields, kSystemTime);
  if (user && system) process.cpuSeconds = static_cast<double>(*user + *system) / ticks;
  process.threads = number(fields, kThreads);
  process.virtualBytes = number(fields, kVirtual);
  if (const auto pages = number(fields, kResident)) process.residentBytes = *pages * sysconf(_SC_PAGESIZE);
  static const auto boot = bootSeconds();  // constant: read once
  if (const auto start = number(fields, kStart); start && boot)
    process.startSeconds = static_cast<double>(*boot) + static_cast<double>(*start) / ticks;
  process.openFiles = openFiles();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    process.maxFiles = static_cast<std::int64_t>(limit.rlim_cur);
  return process;
}

}  // namespace arrivald::metrics
