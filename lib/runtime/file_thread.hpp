// FileThread: a thread on which files are written and checked, so that the loop is not held; few at a time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "runtime/task.hpp"

namespace arrivald::runtime {

/// Resource; loop thread only, but for the steps. Its destruction waits for the step that is running.
class FileThread {
 public:
  static constexpr std::size_t kAtOnce = 2;  ///< files

  /// `clock`: of time-outs. `folder`: for temporary files.
  FileThread(boost::asio::any_io_executor executor, Clock& clock, std::string folder);
  FileThread(const FileThread&) = delete;
  FileThread& operator=(const FileThread&) = delete;
  ~FileThread();

  const std::string& folder() const { return folder_; }

  /// The place of one file, for as long as it lives; null while kAtOnce are being made.
  class Place;
  std::shared_ptr<Place> takePlace();

  /// Runs `step`, which must not throw, on the thread, and ends after it. A cancelled caller leaves it to the
  /// thread: what it works on must be its own or shared. It is destroyed on the loop's thread.
  Task<> run(std::function<void()> step);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::string folder_;
};

}  // namespace arrivald::runtime
