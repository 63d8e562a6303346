// A clock for whole-process tests, preloaded into the unchanged program. Time stands still while the program
// or the test's servers have work, and jumps to the program's next timer when both are idle, so that days
// pass in seconds and a busy machine changes no result. The test maps the same file (VIRTUAL_CLOCK), and
// drives it by virtual_clock.py.
//
// What is replaced: reading the clocks, timerfd, and the wait of the event loop; connecting and sending are
// noted, since a server may answer. The program is idle when the kernel has nothing for its loop, its other
// threads sleep, and the test's servers have found their sockets quiet since it last sent something.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace {

using Nanoseconds = std::int64_t;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr int kMaxDescriptors = 4096;
// One look may have been under way when the program sent something.
constexpr std::int64_t kQuietLooks = 2;

// As in virtual_clock.py.
struct Shared {
  std::atomic<Nanoseconds> monotonic;
  std::atomic<Nanoseconds> wallOffset;      // wall clock minus monotonic
  std::atomic<Nanoseconds> bootOffset;      // time since boot minus monotonic: a suspend adds to it
  std::atomic<Nanoseconds> barrier;         // time does not pass beyond
  std::atomic<std::int64_t> quietLooks;     // of the test's servers
  std::atomic<std::int64_t> idleAtBarrier;  // how often the program was found idle at the barrier
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

struct Timers {
  std::array<bool, kMaxDescriptors> known{};
  std::array<Nanoseconds, kMaxDescriptors> expiry{};  // 0: not armed
};

Shared* shared = nullptr;
std::atomic<bool> sent = false;  // and no server has been seen quiet since
Timers timers;

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int realWait(int poll, epoll_event* events, int max, int timeout) {
  static const auto wait = real<int(int, epoll_event*, int, int)>("epoll_wait");
  return wait(poll, events, max, timeout);
}

int realSetTime(int descriptor, const itimerspec& value) {
  static const auto setTime = real<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  return setTime(descriptor, 0, &value, nullptr);
}

void expire(int descriptor) { realSetTime(descriptor, {{0, 0}, {0, 1}}); }

void expireDue() {
  for (int descriptor = 0; descriptor < kMaxDescriptors; ++descriptor) {
    auto& expiry = timers.expiry[static_cast<std::size_t>(descriptor)];
    if (expiry == 0 || expiry > shared->monotonic) continue;
    expiry = 0;
    expire(descriptor);
  }
}

Nanoseconds nextExpiry() {
  Nanoseconds next = std::numeric_limits<Nanoseconds>::max();
  for (const auto expiry : timers.expiry)
    if (expiry != 0) next = std::min(next, expiry);
  return next;
}

timespec toTimespec(Nanoseconds value) { return {value / kSecond, value % kSecond}; }

// Whether every thread but this one waits for something. A thread that was just woken does not.
bool othersSleep() {
  DIR* tasks = opendir("/proc/self/task");
  if (!tasks) return true;
  bool asleep = true;
  const auto self = static_cast<long>(syscall(SYS_gettid));
  while (const dirent* task = readdir(tasks)) {
    const long id = std::strtol(task->d_name, nullptr, 10);
    if (id == 0 || id == self) continue;
    std::array<char, 64> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/task/%ld/stat", id);
    std::FILE* stat = std::fopen(path.data(), "re");
    char state = 'S';
    if (stat && std::fscanf(stat, "%*d (%*[^)]) %c", &state) != 1) state = 'R';
    if (stat) std::fclose(stat);
    asleep = asleep && state == 'S';
  }
  closedir(tasks);
  return asleep;
}

// Moves time to the next timer, or to the barrier. False if it stands at the barrier already.
bool advance(Nanoseconds deadline) {
  const Nanoseconds barrier = shared->barrier;
  const Nanoseconds next = std::min(deadline, nextExpiry());
  const Nanoseconds to = std::min(next, barrier);
  if (to > shared->monotonic) shared->monotonic = to;
  return next <= barrier;
}

[[gnu::constructor]] void attach() {
  const char* path = std::getenv("VIRTUAL_CLOCK");
  if (!path) return;
  const int descriptor = open(path, O_RDWR | O_CLOEXEC);
  void* memory = descriptor < 0
                     ? MAP_FAILED
                     : mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    std::perror(path);
    _exit(99);
  }
  close(descriptor);
  shared = static_cast<Shared*>(memory);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* time) noexcept {
  if (shared) {
    const Nanoseconds now = shared->monotonic;
    switch (id) {
      case CLOCK_REALTIME:
      case CLOCK_REALTIME_COARSE:
        *time = toTimespec(now + shared->wallOffset);
        return 0;
      case CLOCK_MONOTONIC:
      case CLOCK_MONOTONIC_COARSE:
      case CLOCK_MONOTONIC_RAW:
        *time = toTimespec(now);
        return 0;
      case CLOCK_BOOTTIME:
        *time = toTimespec(now + shared->bootOffset);
        return 0;
      default:
        break;
    }
  }
  return static_cast<int>(syscall(SYS_clock_gettime, id, time));
}

std::time_t time(std::time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

int timerfd_create(clockid_t clock, int flags) noexcept {
  static const auto create = real<int(clockid_t, int)>("timerfd_create");
  const int descriptor = create(clock, flags);
  if (descriptor >= 0 && descriptor < kMaxDescriptors) {
    timers.known[static_cast<std::size_t>(descriptor)] = true;
    timers.expiry[static_cast<std::size_t>(descriptor)] = 0;
  }
  return descriptor;
}

int timerfd_settime(int descriptor, int flags, const itimerspec* value, itimerspec* before) noexcept {
  if (!shared || descriptor < 0 || descriptor >= kMaxDescriptors ||
      !timers.known[static_cast<std::size_t>(descriptor)]) {
    static const auto setTime = real<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
    return setTime(descriptor, flags, value, before);
  }
  if (before) *before = {};
  auto& expiry = timers.expiry[static_cast<std::size_t>(descriptor)];
  const Nanoseconds wait = value->it_value.tv_sec * kSecond + value->it_value.tv_nsec;
  expiry = 0;
  if (wait == 0) return realSetTime(descriptor, {});
  if ((flags & TFD_TIMER_ABSTIME) != 0) {
    expire(descriptor);
    return 0;
  }
  expiry = shared->monotonic + wait;
  return realSetTime(descriptor, {});
}

int connect(int descriptor, const sockaddr* address, socklen_t size) {
  static const auto call = real<int(int, const sockaddr*, socklen_t)>("connect");
  sent = true;
  return call(descriptor, address, size);
}

ssize_t send(int descriptor, const void* data, std::size_t size, int flags) {
  static const auto call = real<ssize_t(int, const void*, std::size_t, int)>("send");
  sent = true;
  return call(descriptor, data, size, flags);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  static const auto call = real<ssize_t(int, const msghdr*, int)>("sendmsg");
  sent = true;
  return call(descriptor, message, flags);
}

int epoll_wait(int poll, epoll_event* events, int max, int timeout) {
  if (!shared || timeout == 0) return realWait(poll, events, max, timeout);
  const Nanoseconds deadline =
      timeout > 0 ? shared->monotonic + timeout * kMillisecond : std::numeric_limits<Nanoseconds>::max();
  std::int64_t since = shared->quietLooks;
  int patience = 0;  // milliseconds
  for (;;) {
    // The test may have moved the clock.
    expireDue();
    if (const int found = realWait(poll, events, max, patience); found != 0) return found;
    patience = 1;
    if (!othersSleep()) continue;
    if (sent && shared->quietLooks < since + kQuietLooks) continue;
    if (const int found = realWait(poll, events, max, 0); found != 0) return found;
    sent = false;
    if (advance(deadline)) {
      if (deadline <= shared->monotonic) return 0;
      patience = 0;
    } else {
      ++shared->idleAtBarrier;
    }
  }
}

}  // extern "C"
