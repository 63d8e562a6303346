#include "causes/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "causes/features.hpp"

namespace arrivald::causes {
namespace {

// Reads twelve numbers separated by spaces; false if there are fewer or the text holds anything else.
template <class Number>
bool readNumbers(std::string_view text, std::array<Number, kClasses.size()>& into) {
  for (auto& number : into) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < -32768 || value > 32767) return false;
    number = static_cast<Number>(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return true;
}

}  // namespace

Result<Model> Model::parse(std::string_view text) {
  Model model;
  std::vector<Slot> read;
  int number = 0;
  const auto wrong = [&](std::string_view what) {
    return Error{Error::Kind::invalid, fmt::format("model, line {}: {}", number, what)};
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("scale ")) {
      int thousandths = 0;
      const auto value = line.substr(6);
      if (std::from_chars(value.data(), value.data() + value.size(), thousandths).ec != std::errc() ||
          thousandths < 1)
        return wrong("expected a whole number of millionths");
      model.scale_ = static_cast<float>(thousandths) / 1e6F;
    } else if (line.starts_with("bias ")) {
      if (!readNumbers(line.substr(5), model.bias_)) return wrong("expected twelve whole numbers");
    } else {
      const auto tab = line.find('\t');
      Slot slot;
      if (tab == std::string_view::npos || tab < 3 || !readNumbers(line.substr(tab + 1), slot.weights))
        return wrong("expected a feature, a tab and twelve whole numbers");
      slot.key = featureKey(line[0], line.substr(2, tab - 2));
      read.push_back(slot);
    }
  }
  for (auto& bias : model.bias_) bias *= model.scale_;
  const std::size_t room = std::bit_ceil(std::max<std::size_t>(read.size() * 2, 16));
  model.slots_.resize(room);
  model.mask_ = room - 1;
  for (const auto& slot : read) {
    auto at = slot.key & model.mask_;
    while (model.slots_[at].key != 0) at = (at + 1) & model.mask_;
    model.slots_[at] = slot;
  }
  return model;
}

void Model::add(std::uint64_t feature, float weight, Scores& scores) const {
  for (auto at = feature & mask_; slots_[at].key != 0; at = (at + 1) & mask_) {
    if (slots_[at].key != feature) continue;
    const float factor = weight * scale_;
    for (std::size_t c = 0; c < scores.size(); ++c)
      scores[c] += factor * static_cast<float>(slots_[at].weights[c]);
    return;
  }
}

Model::Scores chances(const Model::Scores& scores) {
  const float highest = *std::max_element(scores.begin(), scores.end());
  Model::Scores out;
  float sum = 0;
  for (std::size_t c = 0; c < scores.size(); ++c) sum += out[c] = std::exp(scores[c] - highest);
  for (auto& chance : out) chance /= sum;
  return out;
}

}  // namespace arrivald::causes
