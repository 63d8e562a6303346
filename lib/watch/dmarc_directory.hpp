// DmarcDirectory: DMARC reports that something else puts into a folder or a Maildir.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/task.hpp"
#include "store/dmarc_files_table.hpp"
#include "watch/dmarc_reports.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Changes and deletes nothing there: what has been read is remembered by name, size and time of change.
/// Resource; loop thread only.
class DmarcDirectory {
 public:
  static constexpr std::size_t kMaxFilesALook = 1000;
  /// A file that is still being written changes within this time.
  static constexpr Duration kStill = std::chrono::seconds(2);
  static constexpr std::size_t kMaxFileBytes = std::size_t{128} << 20;

  DmarcDirectory(DmarcReports& reports, Clock& clock, std::string path);
  DmarcDirectory(const DmarcDirectory&) = delete;
  DmarcDirectory& operator=(const DmarcDirectory&) = delete;

  /// Reads the files that are new, a limited number at a time, and yields the loop in between.
  runtime::Task<JobOutcome> look();
  /// Files that wait: those beyond the limit of a look, and those that may still be written.
  std::size_t waiting() const { return waiting_; }

 private:
  struct File {
    std::string name;  ///< in a Maildir without its flags, which change
    std::string path;
    store::DmarcFilesTable::Mark mark;
  };
  struct Listing {
    std::vector<File> files;
    std::size_t unread = 0;  ///< those that were left out, too
    std::optional<Error> error;
  };
  bool isKnown(const File& file) const;
  void list(const std::string& folder, Listing& listing) const;
  runtime::Task<Listing> listAll();
  bool isStill(const File& file);
  runtime::Task<std::optional<DmarcInput>> read(File file);
  std::optional<Error> take(const std::vector<DmarcInput>& inputs);
  std::vector<std::string> goneFiles(const Listing& listing) const;

  DmarcReports& reports_;
  Clock& clock_;
  std::string path_;
  bool isMaildir_ = false;
  struct Seen {
    store::DmarcFilesTable::Mark mark;
    Duration since;
  };
  std::map<std::string, Seen> growing_;  // what may still be written
  std::size_t waiting_ = 0;
  runtime::Turn turn_;
};

}  // namespace arrivald::watch
