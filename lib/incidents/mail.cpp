#include "incidents/mail.hpp"

#include <algorithm>

namespace arrivald::incidents {
namespace {

// What is beyond so many names adds up to "other".
constexpr std::size_t kMaxParts = 64;
constexpr std::string_view kOther = "other";

void addTo(std::vector<Part>& parts, const Part& part) {
  auto found = std::ranges::find(parts, part.name, &Part::name);
  if (found == parts.end() && parts.size() >= kMaxParts)
    found = std::ranges::find(parts, kOther, &Part::name);
  if (found == parts.end()) {
    parts.push_back(part);
    if (parts.size() > kMaxParts) parts.back().name = kOther;
  } else {
    found->numbers += part.numbers;
  }
}

}  // namespace

void Breakdown::add(const Breakdown& other) {
  for (const Part& part : other.categories) addTo(categories, part);
  for (const Part& part : other.receivers) addTo(receivers, part);
}

Numbers Breakdown::whole() const {
  Numbers all;
  for (const Part& part : categories) all += part.numbers;
  return all;
}

}  // namespace arrivald::incidents
