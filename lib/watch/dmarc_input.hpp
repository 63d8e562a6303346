// dmarc_input: bytes that came in as DMARC reports, read. The loop goes on meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregate/input_reader.hpp"
#include "base/clock.hpp"
#include "runtime/task.hpp"
#include "runtime/turn.hpp"
#include "store/dmarc_files_table.hpp"

namespace arrivald::watch {

/// How reports come in; the spelling of the store, of metrics and of JSON.
inline constexpr const char* kViaDirectory = "directory";
inline constexpr const char* kViaPost = "post";

struct DmarcInput {
  std::string via;
  std::string name;                                       ///< of the file; empty: none
  std::optional<store::DmarcFilesTable::Mark> mark = {};  ///< of the file, to be remembered
  std::uint64_t bytes = 0;
  std::string head = {};  ///< as much as is kept if it is refused
  std::vector<aggregate::Report> reports = {};
  aggregate::Findings findings = {};
};

/// Reads in steps of about a millisecond. What it takes by reference must outlive the task.
runtime::Task<DmarcInput> readDmarcInput(std::shared_ptr<const std::string> bytes, std::string via,
                                         std::string name, const Clock& clock, runtime::Turn& turn);

}  // namespace arrivald::watch
