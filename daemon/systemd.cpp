#include "daemon/systemd.hpp"

#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

namespace arrivald::systemd {
namespace {

// A status with a line break would be read as further assignments.
std::string oneLine(std::string text) {
  for (auto& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

constexpr const char* kManager = "org.freedesktop.systemd1";

// Empty if it cannot be read.
std::string propertyOf(sd_bus* bus, const char* object, const char* property) {
  char* value = nullptr;
  if (sd_bus_get_property_string(bus, kManager, object, "org.freedesktop.systemd1.Unit", property, nullptr,
                                 &value) < 0)
    return {};
  std::string text(value);
  std::free(value);
  return text;
}

}  // namespace

bool logsToJournal() {
  // JOURNAL_STREAM is "device:inode" of the journal's socket; a shell below a service inherits it although
  // its output may go elsewhere, so it is compared with the actual standard output.
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat output{};
  if (stream == nullptr || fstat(1, &output) != 0) return false;
  unsigned long long device = 0, inode = 0;
  return std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 && device == output.st_dev &&
         inode == output.st_ino;
}

void ready(const std::string& status) { sd_notifyf(0, "READY=1\nSTATUS=%s", oneLine(status).c_str()); }

void reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<unsigned long long>(now.tv_sec) * 1'000'000ULL +
                            static_cast<unsigned long long>(now.tv_nsec) / 1'000ULL;
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", microseconds);
}

void stopping() { sd_notify(0, "STOPPING=1"); }
void status(const std::string& text) { sd_notifyf(0, "STATUS=%s", oneLine(text).c_str()); }

std::optional<std::chrono::microseconds> watchdogInterval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

void watchdogAlive() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::pair<std::string, std::string>> stateOf(const std::string& unit) {
  constexpr std::uint64_t kPatience = 5'000'000;  // microseconds
  sd_bus* opened = nullptr;
  if (sd_bus_open_system(&opened) < 0) return std::nullopt;
  const std::unique_ptr<sd_bus, decltype(&sd_bus_flush_close_unref)> bus(opened, sd_bus_flush_close_unref);
  sd_bus_set_method_call_timeout(bus.get(), kPatience);
  sd_bus_message* answer = nullptr;
  if (sd_bus_call_method(bus.get(), kManager, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                         "LoadUnit", nullptr, &answer, "s", unit.c_str()) < 0)
    return std::nullopt;
  const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> kept(answer, sd_bus_message_unref);
  const char* object = nullptr;
  if (sd_bus_message_read(kept.get(), "o", &object) < 0) return std::nullopt;
  return std::pair(propertyOf(bus.get(), object, "ActiveState"),
                   propertyOf(bus.get(), object, "UnitFileState"));
}

}  // namespace arrivald::systemd
