#include "watch/dmarc_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "runtime/sleep.hpp"
#include "store/database.hpp"

namespace arrivald::watch {
namespace {

using store::DmarcFilesTable;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kMaxTogetherBytes = 8 << 20;
constexpr std::size_t kMaxListed = 100'000;

struct FileCloser {
  void operator()(const int* file) const {
    close(*file);
    delete file;
  }
};
using OpenFile = std::unique_ptr<const int, FileCloser>;

OpenFile openFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  return OpenFile(file < 0 ? nullptr : new int(file));
}

DmarcFilesTable::Mark markOf(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

bool isFolder(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Error unreadable(const std::string& path, int error) {
  const auto kind = error == EACCES   ? Error::Kind::denied
                    : error == ENOENT ? Error::Kind::notFound
                                      : Error::Kind::unavailable;
  return Error::of(kind, phrase("the folder of DMARC reports {} cannot be read: {}", path,
                                verbatim(std::strerror(error))));
}

}  // namespace

DmarcDirectory::DmarcDirectory(DmarcReports& reports, Clock& clock, std::string path)
    : reports_(reports), clock_(clock), path_(std::move(path)) {}

bool DmarcDirectory::isKnown(const File& file) const {
  const auto known = reports_.files().find(file.name);
  return known != reports_.files().end() && known->second == file.mark;
}

void DmarcDirectory::list(const std::string& folder, Listing& listing) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(opendir(folder.c_str()), closedir);
  if (!opened) {
    listing.error = unreadable(folder, errno);
    return;
  }
  while (const auto* entry = readdir(opened.get())) {
    File file;
    file.name = entry->d_name;
    if (file.name.starts_with('.')) continue;
    file.path = folder + "/" + file.name;
    struct stat status{};
    if (lstat(file.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) continue;
    file.mark = markOf(status);
    if (isMaildir_) file.name.resize(std::min(file.name.size(), file.name.find(':')));
    // Those that were read are as many as the folder keeps; the others wait for a later look.
    if (!isKnown(file) && ++listing.unread > kMaxListed) continue;
    listing.files.push_back(std::move(file));
  }
}

runtime::Task<DmarcDirectory::Listing> DmarcDirectory::listAll() {
  Listing listing;
  isMaildir_ = isFolder(path_ + "/new") && isFolder(path_ + "/cur");
  if (isMaildir_) {
    list(path_ + "/new", listing);
    co_await runtime::yieldLoop();
    if (!listing.error) list(path_ + "/cur", listing);
  } else {
    list(path_, listing);
  }
  // The oldest first, so that what comes in order is read in order.
  std::ranges::sort(listing.files, [](const File& a, const File& b) {
    return std::pair(a.mark.modified, a.name) < std::pair(b.mark.modified, b.name);
  });
  co_await runtime::yieldLoop();
  co_return std::move(listing);
}

// What is delivered to a Maildir is complete when it appears.
bool DmarcDirectory::isStill(const File& file) {
  if (isMaildir_) return true;
  const auto now = clock_.sinceBoot();
  const auto seen = growing_.find(file.name);
  if (seen == growing_.end() || !(seen->second.mark == file.mark)) {
    growing_[file.name] = {file.mark, now};
    return false;
  }
  return now - seen->second.since >= kStill;
}

// Nothing: it cannot be read now, or has changed meanwhile.
runtime::Task<std::optional<DmarcInput>> DmarcDirectory::read(File file) {
  const auto opened = openFile(file.path);
  if (!opened) co_return std::nullopt;
  auto bytes = std::make_shared<std::string>();
  const bool tooLarge = file.mark.size > kMaxFileBytes;
  const auto wanted = tooLarge ? store::DmarcAsideTable::kMaxBytes : static_cast<std::size_t>(file.mark.size);
  std::size_t size = 0;
  bytes->resize(wanted);
  while (size < wanted) {
    const auto got = ::read(*opened, bytes->data() + size, std::min(kPieceBytes, wanted - size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (!turn_.isOver()) continue;
    co_await runtime::yieldLoop();
    turn_.begin();
  }
  struct stat status{};
  const bool changed = fstat(*opened, &status) != 0 || !(markOf(status) == file.mark) || size != wanted;
  if (changed) co_return std::nullopt;
  if (tooLarge) {
    DmarcInput refused{kViaDirectory, file.name, file.mark, file.mark.size, std::move(*bytes)};
    refused.findings.refused.push_back(aggregate::Refusal::tooLarge);
    co_return std::move(refused);
  }
  auto input = co_await readDmarcInput(std::move(bytes), kViaDirectory, file.name, clock_, turn_);
  input.mark = file.mark;
  co_return std::move(input);
}

std::vector<std::string> DmarcDirectory::goneFiles(const Listing& listing) const {
  std::set<std::string_view> present;
  for (const auto& file : listing.files) present.insert(file.name);
  std::vector<std::string> gone;
  for (const auto& [name, mark] : reports_.files())
    if (!present.contains(name) && gone.size() < kMaxFilesALook) gone.push_back(name);
  return gone;
}

// Stores them together, or, where the store refuses that, each by itself: whatever is wrong with one keeps
// the others no longer. What could not be stored stays as it is known, for the next look.
std::optional<Error> DmarcDirectory::take(const std::vector<DmarcInput>& inputs) {
  if (inputs.empty()) return std::nullopt;
  const auto taken = reports_.take(inputs);
  if (taken) {
    for (const auto& input : inputs) growing_.erase(input.name);
    return std::nullopt;
  }
  if (inputs.size() == 1 || store::canContinueWithout(taken.error().kind)) return notStored(taken.error());
  std::optional<Error> failure;
  for (const auto& input : inputs)
    if (auto alone = take(std::vector{input})) failure = std::move(alone);
  return failure;
}

runtime::Task<JobOutcome> DmarcDirectory::look() {
  auto listing = co_await listAll();
  if (listing.error) {
    co_return std::move(listing.error);
  }
  std::size_t read = 0;
  waiting_ = 0;
  std::vector<DmarcInput> inputs;
  std::size_t bytes = 0;
  std::optional<Error> refused;
  const auto store = [&] {
    if (auto failure = take(inputs)) refused = std::move(failure);
    inputs.clear();
    bytes = 0;
  };
  for (const auto& file : listing.files) {
    if (isKnown(file)) continue;
    if (!isStill(file) || read >= kMaxFilesALook) {
      ++waiting_;
      continue;
    }
    ++read;
    auto input = co_await this->read(file);
    if (!input) continue;
    bytes += static_cast<std::size_t>(input->bytes);
    inputs.push_back(std::move(*input));
    if (inputs.size() >= DmarcReports::kMaxTogether || bytes >= kMaxTogetherBytes) store();
    if (refused && store::canContinueWithout(refused->kind)) co_return std::move(refused);
  }
  store();
  if (refused) co_return std::move(refused);
  const auto gone = goneFiles(listing);
  if (!gone.empty() && listing.unread <= kMaxListed)
    if (auto forgotten = reports_.forgetFiles(gone); !forgotten) co_return notStored(forgotten.error());
  // What was taken away before it was read.
  if (growing_.size() > listing.files.size()) growing_.clear();
  co_return JobOutcome();
}

}  // namespace arrivald::watch
