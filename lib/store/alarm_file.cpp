#include "store/alarm_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace arrivald::store {

AlarmFile::AlarmFile(const std::string& storePath, Of of) {
  if (storePath.empty() || storePath == ":memory:") return;
  path_ = storePath + (of == Of::store ? "-alarm" : "-rules-alarm");
}

std::optional<AlarmFile::Notified> AlarmFile::read() const {
  if (path_.empty()) return std::nullopt;
  std::ifstream file(path_);
  std::string kind;
  std::int64_t since = 0;
  std::int64_t number = 0;
  if (!(file >> kind >> since)) return std::nullopt;
  if (!(file >> number)) number = 0;
  return Notified{errorKindNamed(kind).value_or(Error::Kind::storage), fromUnixMilliseconds(since), number};
}

void AlarmFile::write(const Notified& notified) const {
  if (path_.empty()) return;
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  const auto text =
      fmt::format("{} {} {}\n", name(notified.kind), unixMilliseconds(notified.since), notified.number);
  // A file that is cut or empty counts as none.
  static_cast<void>(!::write(file, text.data(), text.size()));
  ::fsync(file);
  ::close(file);
}

void AlarmFile::remove() const {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace arrivald::store
