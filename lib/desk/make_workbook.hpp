// makeWorkbook: an XLSX file of what a query shows, written off the loop thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "desk/entry_export.hpp"
#include "runtime/file_thread.hpp"
#include "runtime/task.hpp"

namespace arrivald::desk {

/// The bytes of the file, which stands in the thread's folder while it is written, and in memory once it is
/// whole: some 3 MB for 100,000 rows, since it is packed. Error::Kind::throttled while FileThread::kAtOnce
/// are being made. Loop thread only; `thread` outlives the task.
runtime::Task<Result<std::string>> makeWorkbook(runtime::FileThread& thread,
                                                std::shared_ptr<EntryExport> rows, std::string sheetName);

}  // namespace arrivald::desk
