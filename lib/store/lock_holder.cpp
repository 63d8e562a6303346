#include "store/lock_holder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace arrivald::store {
namespace {

// The bytes that SQLite locks of each file: see "pending byte" in its file format.
constexpr off_t kFirstLocked = 0x40000000;
constexpr off_t kLocked = 512;

// The name of a process is cut to 15 characters; "arrivald" fits.
std::string programOf(int process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string program;
  std::getline(file, program);
  return program;
}

}  // namespace

std::optional<LockHolder> lockHolder(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kFirstLocked;
  lock.l_len = kLocked;
  const bool asked = ::fcntl(file, F_GETLK, &lock) == 0;
  ::close(file);
  if (!asked || lock.l_type == F_UNLCK) return std::nullopt;
  // A process that this one cannot see has no number here.
  const bool onlyReads = lock.l_type == F_RDLCK;
  if (lock.l_pid <= 0) return LockHolder{0, {}, onlyReads};
  return LockHolder{lock.l_pid, programOf(lock.l_pid), onlyReads};
}

Phrase lockedBy(const std::optional<LockHolder>& holder, const std::string& path) {
  const bool isKnown = holder && holder->process > 0;
  if (!isKnown)
    return phrase("another process has {} locked: stop it, or give this arrivald a store.path of its own",
                  path);
  const auto process = std::to_string(holder->process);
  if (holder->program == "arrivald")
    return phrase(
        "another arrivald (process {}) is using {}: stop that one, or give this one a store.path of its own",
        process, path);
  return phrase("the process {} ({}) has {} locked: stop it, or give this arrivald a store.path of its own",
                process, holder->program.empty() ? "?" : holder->program, path);
}

}  // namespace arrivald::store
