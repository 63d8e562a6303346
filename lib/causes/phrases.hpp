// Phrases: finds all occurrences of many phrases in one pass over a text, in time linear in its length.
// Aho and Corasick, "Efficient string matching: an aid to bibliographic search", CACM 18(6), 1975.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::causes {

/// add() all phrases, build(), then find() from any thread.
class Phrases {
 public:
  using Id = std::uint32_t;
  struct Hit {
    Id id;
    std::uint32_t end;  ///< offset past its last byte
  };

  /// Equal phrases get the same id. Only before build(). The distinct prefixes of all phrases are limited to
  /// 65,535; throws std::length_error beyond.
  Id add(std::string_view phrase);
  void build();
  std::size_t size() const { return lengths_.size(); }
  std::uint32_t length(Id id) const { return lengths_[id]; }

  /// Appends at most `max` hits to `hits`, ordered by their ends.
  void find(std::string_view text, std::size_t max, std::vector<Hit>& hits) const;

 private:
  using State = std::uint16_t;
  static constexpr Id kNone = 0xFFFFFFFF;

  std::map<std::string, Id, std::less<>> phrases_;  // dropped by build()
  std::vector<std::uint32_t> lengths_;
  std::array<std::uint8_t, 256> symbol_{};  // number of each byte that occurs in phrases; 0: in none
  std::size_t symbols_ = 1;
  std::vector<State> next_;     // [state * symbols_ + symbol]
  std::vector<Id> ends_;        // by state: the phrase that ends in it, or kNone
  std::vector<State> shorter_;  // by state: the next state whose phrase is a suffix of this one's; 0: none
};

}  // namespace arrivald::causes
