// CsvSource: a CSV file that is made while it is sent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/body_source.hpp"
#include "runtime/file_thread.hpp"

namespace arrivald::desk {

/// Keeps one slice in memory, however long the file is. Loop thread only.
class CsvSource final : public http::BodySource {
 public:
  /// Writes the lines of a slice. Called on the other thread, and destroyed on the loop's.
  using Lines = std::function<std::string()>;
  /// Reads the next slice, on the loop's thread: nothing at the end. Must not hold the loop for long.
  using Slices = std::function<Result<std::optional<Lines>>()>;

  /// `begin`: the mark of Excel, and the heading. `place`: of this file on `thread`.
  CsvSource(runtime::FileThread& thread, std::shared_ptr<runtime::FileThread::Place> place, std::string begin,
            Slices slices)
      : thread_(thread), place_(std::move(place)), begin_(std::move(begin)), slices_(std::move(slices)) {}

  runtime::Task<Result<std::string>> next() override;

 private:
  runtime::FileThread& thread_;
  std::shared_ptr<runtime::FileThread::Place> place_;
  std::string begin_;  // until it has been sent
  Slices slices_;
};

}  // namespace arrivald::desk
