#include "stream/duplicates.hpp"

#include "base/little_endian.hpp"
#include "stream/record.hpp"

namespace arrivald::stream {

std::string keysOf(std::string_view records) {
  std::string bytes;
  RecordReader reader(records);
  for (Record record; reader.next(record);) {
    char one[kEventKeyBytes];
    char* to = one;
    putLittleEndian(to, record.idKey);
    putLittleEndian(to, record.contentKey);
    bytes.append(one, sizeof(one));
  }
  return bytes;
}

bool takeKeys(std::string_view& bytes, EventKeys& keys) {
  if (bytes.size() < kEventKeyBytes) return false;
  const char* at = bytes.data();
  keys.id = takeLittleEndian<std::uint64_t>(at);
  keys.content = takeLittleEndian<std::uint64_t>(at);
  bytes.remove_prefix(kEventKeyBytes);
  return true;
}

}  // namespace arrivald::stream
