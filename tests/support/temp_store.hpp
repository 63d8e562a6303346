// TempStore: a folder of its own for a database file, gone with the test.
#pragma once

#include <filesystem>
#include <string>

namespace arrivald::testing {

class TempStore {
 public:
  TempStore() {
    std::string pattern = (std::filesystem::temp_directory_path() / "arrivald-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  TempStore(const TempStore&) = delete;
  TempStore& operator=(const TempStore&) = delete;
  ~TempStore() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string path() const { return folder_ + "/arrivald.db"; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

}  // namespace arrivald::testing
