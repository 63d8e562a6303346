#include "watch/dmarc_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <tuple>

#include "runtime/sleep.hpp"
#include "store/database.hpp"

namespace arrivald::watch {
namespace {

using store::DmarcFilesTable;

constexpr std::size_t kPieceBytes = 1024 * 1024;
constexpr std::size_t kMaxTogetherBytes = 8 << 20;
constexpr std::size_t kMaxListed = 400'000;
// Rows that a transaction writes, beyond one report's: some milliseconds.
constexpr std::size_t kMaxTogetherRows = 600;

struct FileCloser {
  void operator()(const int* file) const {
    close(*file);
    delete file;
  }
};
using OpenFile = std::unique_ptr<const int, FileCloser>;

// Counts what cannot be read, unless it was taken away meanwhile.
void addUnread(DmarcDirectory::Unread& unread, const DmarcDirectory::File& file, int error) {
  if (error == ENOENT) return;
  if (unread.files++ > 0) return;
  unread.first = file.name;
  unread.error = error;
}

// By Error::Kind::unavailable, since new files are to be read meanwhile without a long wait.
Error unreadable(const DmarcDirectory::Unread& unread) {
  const auto why = verbatim(std::strerror(unread.error));
  return Error::of(Error::Kind::unavailable,
                   unread.files == 1
                       ? phrase("the DMARC report {} in the folder cannot be read: {}; the service reads "
                                "files of mode 644",
                                unread.first, why)
                       : phrase("{} DMARC reports in the folder cannot be read, {} for one: {}; the service "
                                "reads files of mode 644",
                                unread.files, unread.first, why),
                   Party::configuration);
}

std::int64_t nanoseconds(const timespec& at) { return at.tv_sec * std::int64_t{1'000'000'000} + at.tv_nsec; }

// A file of a Maildir is moved about as it is, which changes the time of its change.
DmarcFilesTable::Mark markOf(const struct stat& status, bool isMaildir) {
  return {static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
          static_cast<std::int64_t>(status.st_ino), isMaildir ? 0 : nanoseconds(status.st_ctim)};
}

bool isFolder(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Error unreadable(const std::string& path, int error) {
  const auto kind = error == EACCES   ? Error::Kind::denied
                    : error == ENOENT ? Error::Kind::notFound
                                      : Error::Kind::unavailable;
  if (kind == Error::Kind::unavailable)
    return Error::of(kind, phrase("the folder of DMARC reports {} cannot be read: {}", path,
                                  verbatim(std::strerror(error))));
  if (kind == Error::Kind::notFound)
    return Error::of(kind,
                     phrase("there is no folder {} for DMARC reports: make it with mode 755, or correct "
                            "dmarc.directory; a place in /home, /root or /tmp is hidden from the service; "
                            "sudo arrivald check says what is wrong",
                            path),
                     Party::configuration);
  return Error::of(
      kind,
      phrase("the folder of DMARC reports {} cannot be read: {}; give it mode 755, outside /home, /root "
             "and /tmp, which systemd hides from the service; sudo arrivald check says what is wrong",
             path, verbatim(std::strerror(error))),
      Party::configuration);
}

std::vector<std::string> foldersOf(const std::string& path) {
  if (isFolder(path + "/new") && isFolder(path + "/cur")) return {path + "/new", path + "/cur"};
  return {path};
}

std::vector<std::int64_t> placesOf(const std::string& path) {
  std::vector<std::int64_t> places;
  for (const auto& folder : foldersOf(path)) {
    struct stat status{};
    if (stat(folder.c_str(), &status) != 0) return {};
    places.push_back(nanoseconds(status.st_mtim));
    places.push_back(static_cast<std::int64_t>(status.st_ino));
  }
  return places;
}

using Listing = DmarcDirectory::Listing;
using File = DmarcDirectory::File;

void list(const std::string& folder, Listing& listing) {
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
    if (lstat(file.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    file.mark = markOf(status, listing.isMaildir);
    if (listing.isMaildir) file.name.resize(std::min(file.name.size(), file.name.find(':')));
    if (listing.files.size() >= kMaxListed) {
      listing.isWhole = false;
      return;
    }
    listing.names.insert(file.name);
    listing.files.push_back(std::move(file));
  }
}

Listing listAll(const std::string& path) {
  Listing listing;
  // What changes while it is listed is seen as a change at the next look.
  listing.places = placesOf(path);
  const auto folders = foldersOf(path);
  listing.isMaildir = folders.size() > 1;
  for (const auto& folder : folders)
    if (!listing.error) list(folder, listing);
  std::ranges::sort(listing.files, [](const File& a, const File& b) {
    return std::tie(a.mark.modified, a.name) < std::tie(b.mark.modified, b.name);
  });
  return listing;
}

// Nothing: it cannot be read now, which is added to `unread`, or has changed meanwhile.
std::optional<DmarcInput> readFile(const File& file, const DmarcDirectory::Open& open,
                                   DmarcDirectory::Unread& unread, Instant now, const TimeZone& zone) {
  const int descriptor = open(file.path);
  if (descriptor < 0) {
    addUnread(unread, file, errno);
    return std::nullopt;
  }
  const OpenFile opened(new int(descriptor));
  const bool tooLarge = file.mark.size > DmarcDirectory::kMaxFileBytes;
  const auto wanted = tooLarge ? store::DmarcAsideTable::kMaxBytes : static_cast<std::size_t>(file.mark.size);
  std::string bytes(wanted, '\0');
  std::size_t size = 0;
  while (size < wanted) {
    const auto got = ::read(*opened, bytes.data() + size, std::min(kPieceBytes, wanted - size));
    if (got < 0) {
      addUnread(unread, file, errno);
      return std::nullopt;
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  struct stat status{};
  const bool isMaildir = file.mark.changed == 0;
  if (fstat(*opened, &status) != 0 || !(markOf(status, isMaildir) == file.mark) || size != wanted)
    return std::nullopt;
  if (!tooLarge) {
    auto input = dmarcInputOf(bytes, kViaDirectory, file.name, now, zone);
    input.mark = file.mark;
    return input;
  }
  DmarcInput refused{kViaDirectory, file.name, file.mark, file.mark.size, std::move(bytes)};
  refused.findings.refused.push_back(aggregate::Refusal::tooLarge);
  return refused;
}

}  // namespace

int DmarcDirectory::openToRead(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

DmarcDirectory::DmarcDirectory(DmarcReports& reports, Clock& clock, runtime::FileThread& thread,
                               std::string path, Open open)
    : reports_(reports), clock_(clock), thread_(thread), path_(std::move(path)), open_(std::move(open)) {}

bool DmarcDirectory::isKnown(const File& file) const {
  const auto known = reports_.files().find(file.name);
  return known != reports_.files().end() && known->second == file.mark;
}

// What is delivered to a Maildir is complete when it appears. Nobody means to deliver nothing: it may be
// filled later, and is refused if it is not.
bool DmarcDirectory::isStill(const File& file, bool isMaildir) {
  if (isMaildir) return true;
  const auto now = clock_.sinceBoot();
  const auto seen = growing_.find(file.name);
  if (seen == growing_.end() || !(seen->second.mark == file.mark)) {
    growing_[file.name] = {file.mark, now};
    return false;
  }
  return now - seen->second.since >= (file.mark.size == 0 ? kEmptyStill : kStill);
}

// A large folder is not listed again and again while nobody puts anything there.
runtime::Task<bool> DmarcDirectory::isUnchanged() {
  if (!listed_ || !listed_->isDone || clock_.sinceBoot() - listed_->at >= kListEvery) co_return false;
  const auto places = std::make_shared<std::vector<std::int64_t>>();
  std::function<void()> step = [places, path = path_] { *places = placesOf(path); };
  co_await thread_.run(std::move(step));
  co_return *places == listed_->places;
}

runtime::Task<std::vector<DmarcDirectory::File>> DmarcDirectory::unread(
    std::shared_ptr<const Listing> listing) {
  std::vector<File> files;
  waiting_ = 0;
  turn_.begin();
  for (const auto& file : listing->files) {
    if (turn_.isOver()) {
      co_await runtime::yieldLoop();
      turn_.begin();
    }
    if (isKnown(file)) continue;
    if (isStill(file, listing->isMaildir) && files.size() < kMaxFilesALook)
      files.push_back(file);
    else
      ++waiting_;
  }
  co_return std::move(files);
}

runtime::Task<std::vector<DmarcInput>> DmarcDirectory::read(std::vector<File> files) {
  const auto inputs = std::make_shared<std::vector<DmarcInput>>();
  const auto unread = std::make_shared<Unread>();
  std::function<void()> step = [inputs, unread, files = std::move(files), open = open_, now = clock_.now(),
                                zone = reports_.zone()] {
    for (const auto& file : files)
      if (auto input = readFile(file, open, *unread, now, zone)) inputs->push_back(std::move(*input));
  };
  co_await thread_.run(std::move(step));
  if (unread_.files == 0)
    unread_ = *unread;
  else
    unread_.files += unread->files;
  co_return std::move(*inputs);
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

runtime::Task<std::optional<Error>> DmarcDirectory::readAll(std::vector<File> files) {
  std::optional<Error> refused;
  for (std::size_t next = 0; next < files.size();) {
    std::vector<File> together;
    std::uint64_t bytes = 0;
    while (next < files.size() && together.size() < DmarcReports::kMaxTogether &&
           (together.empty() || bytes + files[next].mark.size <= kMaxTogetherBytes)) {
      bytes += files[next].mark.size;
      together.push_back(std::move(files[next++]));
    }
    auto inputs = co_await read(std::move(together));
    // What is written at once holds the loop.
    std::vector<DmarcInput> part;
    std::size_t rows = 0;
    for (auto& input : inputs) {
      if (!part.empty() && rows + input.cost() > kMaxTogetherRows) {
        if (auto failure = take(part)) refused = std::move(failure);
        part.clear();
        rows = 0;
        co_await runtime::yieldLoop();
      }
      rows += input.cost();
      part.push_back(std::move(input));
    }
    if (auto failure = take(part)) refused = std::move(failure);
    if (refused && store::canContinueWithout(refused->kind)) break;
  }
  co_return std::move(refused);
}

runtime::Task<std::vector<std::string>> DmarcDirectory::goneFiles(std::shared_ptr<const Listing> listing) {
  constexpr std::size_t kMaxGone = 1000;  // of one transaction
  std::vector<std::string> gone;
  const auto known = reports_.files().size();
  if (known <= listing->names.size() && listing->files.size() == known) co_return std::move(gone);
  std::string at;
  turn_.begin();
  // By name, since the files may change while the loop goes on.
  for (auto file = reports_.files().begin(); file != reports_.files().end() && gone.size() < kMaxGone;) {
    if (!listing->names.contains(file->first)) gone.push_back(file->first);
    at = file->first;
    if (turn_.isOver()) {
      co_await runtime::yieldLoop();
      turn_.begin();
    }
    file = reports_.files().upper_bound(at);
  }
  co_return std::move(gone);
}

runtime::Task<JobOutcome> DmarcDirectory::look() {
  const bool unchanged = co_await isUnchanged();
  if (unchanged) co_return JobOutcome();
  const auto made = std::make_shared<Listing>();
  std::function<void()> step = [made, path = path_] { *made = listAll(path); };
  co_await thread_.run(std::move(step));
  const std::shared_ptr<const Listing> listing = made;
  DmarcFolder folder{clock_.now(), listing->files.size(), 0, listing->error};
  // What could not be read at the last look is not forgotten before it is tried again.
  if (!listing->error && unread_.files > 0) folder.unread = unreadable(unread_);
  reports_.setFolder(folder);
  listed_.reset();
  if (listing->error) co_return JobOutcome(listing->error);
  auto files = co_await unread(listing);
  folder.waiting = waiting_ + files.size();
  reports_.setFolder(folder);
  unread_ = Unread();
  auto refused = co_await readAll(std::move(files));
  folder.waiting = waiting_;
  folder.unread.reset();
  if (unread_.files > 0) folder.unread = unreadable(unread_);
  reports_.setFolder(folder);
  if (refused) co_return JobOutcome(std::move(refused));
  if (listing->isWhole) {
    const auto gone = co_await goneFiles(listing);
    if (!gone.empty())
      if (auto forgotten = reports_.forgetFiles(gone); !forgotten)
        co_return JobOutcome(notStored(forgotten.error()));
  }
  // What was taken away before it was read.
  if (growing_.size() > listing->files.size()) growing_.clear();
  if (listing->files.size() > kManyFiles)
    listed_ = Listed{clock_.sinceBoot(), listing->places, waiting_ == 0 && unread_.files == 0};
  // To forget so many names takes as long as to make them.
  std::function<void()> forget = [made] { *made = Listing(); };
  co_await thread_.run(std::move(forget));
  co_return JobOutcome(folder.unread);
}

}  // namespace arrivald::watch
