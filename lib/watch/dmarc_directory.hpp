// DmarcDirectory: DMARC reports that something else puts into a folder or a Maildir.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/file_thread.hpp"
#include "runtime/task.hpp"
#include "runtime/turn.hpp"
#include "store/dmarc_files_table.hpp"
#include "watch/dmarc_reports.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Changes and deletes nothing there: what has been read is remembered by name and by what tells that a file
/// is another. Lists and reads on another thread. Resource; loop thread only.
class DmarcDirectory {
 public:
  static constexpr std::size_t kMaxFilesALook = 20'000;
  /// A file that is still being written changes within this time.
  static constexpr Duration kStill = std::chrono::seconds(2);
  /// An empty one, which is refused then.
  static constexpr Duration kEmptyStill = std::chrono::minutes(5);
  static constexpr std::size_t kMaxFileBytes = std::size_t{128} << 20;
  /// A folder of more files is listed only if it has changed, or after kListEvery.
  static constexpr std::size_t kManyFiles = 1000;
  static constexpr Duration kListEvery = std::chrono::minutes(2);

  /// As open(2): a descriptor, or -1 and errno. Called on the thread.
  using Open = std::function<int(const std::string& path)>;
  static int openToRead(const std::string& path);

  /// `thread` must outlive the looks.
  DmarcDirectory(DmarcReports& reports, Clock& clock, runtime::FileThread& thread, std::string path,
                 Open open = openToRead);
  DmarcDirectory(const DmarcDirectory&) = delete;
  DmarcDirectory& operator=(const DmarcDirectory&) = delete;

  /// Reads the files that are new, and lets the loop go on meanwhile. Files that cannot be read are tried at
  /// each look, after which it fails; the others are read all the same.
  runtime::Task<JobOutcome> look();
  /// Files that wait: those beyond the limit of a look, and those that may still be written.
  std::size_t waiting() const { return waiting_; }

  struct File {
    std::string name;  ///< in a Maildir without its flags, which change
    std::string path;
    store::DmarcFilesTable::Mark mark;
  };
  struct Listing {
    bool isMaildir = false;
    std::vector<File> files;  ///< the oldest first
    std::unordered_set<std::string> names;
    bool isWhole = true;               ///< false: there are more
    std::vector<std::int64_t> places;  ///< by which a change of the folder is seen
    std::optional<Error> error;
  };

  struct Unread {  // what could not be read at the last look
    std::size_t files = 0;
    std::string first;
    int error = 0;  ///< errno of the first
  };

 private:
  bool isKnown(const File& file) const;
  bool isStill(const File& file, bool isMaildir);
  runtime::Task<bool> isUnchanged();
  runtime::Task<std::vector<File>> unread(std::shared_ptr<const Listing> listing);
  runtime::Task<std::optional<Error>> readAll(std::vector<File> files);
  runtime::Task<std::vector<DmarcInput>> read(std::vector<File> files);
  std::optional<Error> take(const std::vector<DmarcInput>& inputs);
  runtime::Task<std::vector<std::string>> goneFiles(std::shared_ptr<const Listing> listing);

  DmarcReports& reports_;
  Clock& clock_;
  runtime::FileThread& thread_;
  std::string path_;
  Open open_;
  Unread unread_;
  struct Seen {
    store::DmarcFilesTable::Mark mark;
    Duration since;
  };
  std::map<std::string, Seen> growing_;  // what may still be written
  std::size_t waiting_ = 0;
  struct Listed {
    Duration at{0};
    std::vector<std::int64_t> places;
    bool isDone = false;  // nothing of it was left to be read
  };
  std::optional<Listed> listed_;  // of many files
  runtime::Turn turn_;
};

}  // namespace arrivald::watch
