#include "aggregate/words.hpp"

#include <algorithm>

#include "aggregate/hash.hpp"

namespace arrivald::aggregate {
namespace {

constexpr std::size_t kFirstSlots = 64;
// Longer runs of one hash are made on purpose.
constexpr std::size_t kMaxProbes = 64;

}  // namespace

Words::Words(std::size_t max, std::string_view overflow)
    : max_(max), overflow_(overflow), slots_(kFirstSlots) {
  add("");
}

Words::Id Words::add(std::string_view text) {
  if (text.empty() && !ends_.empty()) return kEmpty;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hashOf(text)) & mask;
  for (std::size_t probes = 0; slots_[at] != 0; at = (at + 1) & mask) {
    const Id id = slots_[at] - 1;
    if ((*this)[id] == text) return id;
    if (++probes == kMaxProbes) return text == overflow_ ? kEmpty : add(overflow_);
  }
  if (ends_.size() >= max_ && text != overflow_) return add(overflow_);
  text_ += text;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  const auto id = static_cast<Id>(ends_.size() - 1);
  slots_[at] = id + 1;
  if (ends_.size() * 2 > slots_.size()) grow();
  return id;
}

std::string_view Words::operator[](Id id) const {
  const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
  return std::string_view(text_).substr(begin, ends_[id] - begin);
}

void Words::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (Id id = 0; id < ends_.size(); ++id) {
    std::size_t at = static_cast<std::size_t>(hashOf((*this)[id])) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = id + 1;
  }
}

void Words::seal() {
  slots_ = {};
  text_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace arrivald::aggregate
