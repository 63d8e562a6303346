// Words: the distinct texts of a report, each kept once and named by a number, so that rows are small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::aggregate {

/// A table of at most `max` texts. A report of strangers decides what comes in: texts beyond that, and those
/// that were chosen to collide, share the number of `overflow`.
class Words {
 public:
  using Id = std::uint32_t;
  static constexpr Id kEmpty = 0;  ///< the empty text, which is always there

  explicit Words(std::size_t max, std::string_view overflow);
  /// The number of `text`, which is added if it is new.
  Id add(std::string_view text);
  std::string_view operator[](Id id) const;
  std::size_t size() const { return ends_.size(); }
  /// Gives back what only add() needs; no text may be added then.
  void seal();

 private:
  void grow();

  std::size_t max_;
  std::string overflow_;
  std::string text_;                  // one behind the other
  std::vector<std::uint32_t> ends_;   // of each in text_
  std::vector<std::uint32_t> slots_;  // numbers by hash, plus 1; 0: free
};

}  // namespace arrivald::aggregate
