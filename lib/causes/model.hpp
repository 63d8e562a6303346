// Model: a small linear classifier over words and codes (multinomial logistic regression). It decides where
// the rules do not. Trained by tests/training/train; the weights are a committed text file.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "causes/cause.hpp"

namespace arrivald::causes {

/// Immutable after parse(); any thread.
class Model {
 public:
  using Scores = std::array<float, kClasses.size()>;

  /// Reads "scale S" (millionths), "bias w×12", then one feature per line: kind, space, value, tab, twelve
  /// integers from −127 to 127 separated by spaces, in the order of kClasses. Fails with the line number.
  static Result<Model> parse(std::string_view text);

  /// Adds the weights of one feature, times `weight`, to `scores`. An unknown feature adds nothing.
  void add(std::uint64_t feature, float weight, Scores& scores) const;
  const Scores& bias() const { return bias_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::array<std::int8_t, kClasses.size()> weights{};
  };
  Scores bias_{};
  float scale_ = 1;
  std::uint64_t mask_ = 0;
  std::vector<Slot> slots_;  // open addressing, at most half full; key 0: free
};

/// The softmax function: scores to probabilities that add up to 1.
Model::Scores chances(const Model::Scores& scores);

}  // namespace arrivald::causes
