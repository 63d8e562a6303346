// Workbook: an XLSX file with one sheet, written row by row in bounded memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace arrivald::sheet {

/// Writes temporary files, also a finished one, and removes them at its end. All cells are text. Not
/// thread-safe: use it on one thread at a time, and off the loop's thread, since it takes seconds.
class Workbook {
 public:
  /// `folder`: for temporary files. The first row stays in view and is bold.
  static Result<std::unique_ptr<Workbook>> open(const std::string& folder, const std::string& sheetName,
                                                const std::vector<std::string>& heading);
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;
  ~Workbook();

  void add(const std::vector<std::string>& row);
  /// The bytes of the file. Nothing may be added afterwards.
  Result<std::string> finish();

 private:
  struct State;
  explicit Workbook(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::sheet
