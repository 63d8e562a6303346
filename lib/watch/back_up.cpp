#include "watch/back_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "runtime/file_thread.hpp"
#include "runtime/sleep.hpp"
#include "store/backup.hpp"
#include "watch/log.hpp"

namespace arrivald::watch {

using runtime::Task;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBegin = "arrivald-", kEnd = "Z.db";
constexpr std::size_t kTimeLength = 15;  // 20261127T070000

std::string fileNameAt(Instant now) {
  auto time = toIso(now);  // 2026-11-27T07:00:00Z
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}{}{}", kBegin, time.substr(0, kTimeLength), kEnd);
}

// The time of a copy is its name: a second one within a second gets the next.
std::string freePath(const std::string& folder, Instant now) {
  std::error_code unknown;
  auto path = fs::path(folder) / fileNameAt(now);
  while (fs::exists(path, unknown)) path.replace_filename(fileNameAt(now += std::chrono::seconds(1)));
  return path.string();
}

bool isOurName(std::string_view name) {
  return name.starts_with(kBegin) && name.ends_with(kEnd) &&
         name.size() == kBegin.size() + kTimeLength + kEnd.size();
}

// The names tell their order.
std::vector<std::string> removeOldest(const std::string& folder, std::size_t keep) {
  std::vector<std::string> names, removed;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure))
    if (isOurName(entry->path().filename().string())) names.push_back(entry->path().string());
  std::ranges::sort(names);
  for (std::size_t i = 0; i + keep < names.size(); ++i)
    if (fs::remove(names[i], failure)) removed.push_back(names[i]);
  return removed;
}

// While it lives, another copy is refused.
struct Taken {
  bool& flag;
  explicit Taken(bool& running) : flag(running) { flag = true; }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() { flag = false; }
};

}  // namespace

Task<Result<MadeBackup>> BackUps::make(std::string storePath, std::size_t keep) {
  if (isRunning_)
    co_return Error::of(Error::Kind::throttled, phrase("another copy is being made: wait for it"),
                        Party::storage);
  const Taken taken(isRunning_);
  const auto folder = (fs::path(storePath).parent_path() / "backups").string();
  const auto path = freePath(folder, owners_.clock().now());
  auto begun = store::Backup::begin(owners_.database(), path);
  if (!begun) co_return std::move(begun).error();
  const std::shared_ptr<store::Backup> backup = std::move(*begun);
  for (;;) {
    const auto more = backup->copyNext();
    if (!more) co_return more.error();
    if (!*more) break;
    co_await runtime::yieldLoop();
  }
  // What takes seconds is left to another thread; it shares the copy, in case nobody waits for it any more.
  runtime::FileThread thread(owners_.executor(), owners_.clock(), folder);
  const auto outcome = std::make_shared<Done>(done());
  std::function<void()> finish = [backup, outcome] { *outcome = backup->finish(); };
  co_await thread.run(std::move(finish));
  if (!*outcome) co_return outcome->error();
  MadeBackup made{path, 0, removeOldest(folder, std::clamp<std::size_t>(keep, 1, store::kMaxCopiesKept))};
  std::error_code unknown;
  made.bytes = fs::file_size(path, unknown);
  log::info("the store was copied", {{"to", path}});
  co_return made;
}

}  // namespace arrivald::watch
