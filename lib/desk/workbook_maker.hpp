// WorkbookMaker: XLSX files of what a query shows, written off the loop thread, few at a time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "desk/entry_export.hpp"
#include "runtime/task.hpp"

namespace arrivald::desk {

/// Resource; loop thread only, but for what it does on a thread of its own. Its destruction waits for what
/// that thread is doing.
class WorkbookMaker {
 public:
  static constexpr std::size_t kAtOnce = 2;

  /// `clock`: of time-outs. `folder`: for temporary files.
  WorkbookMaker(boost::asio::any_io_executor executor, Clock& clock, std::string folder);
  WorkbookMaker(const WorkbookMaker&) = delete;
  WorkbookMaker& operator=(const WorkbookMaker&) = delete;
  ~WorkbookMaker();

  /// The bytes of the file. Error::Kind::throttled while kAtOnce are being made.
  runtime::Task<Result<std::string>> make(std::shared_ptr<EntryExport> rows, std::string sheetName);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::desk
