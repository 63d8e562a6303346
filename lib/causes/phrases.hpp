// Phrases: finds all of many phrases in one pass over a text, in time linear in its length whatever it holds.
// Aho and Corasick, "Efficient string matching: an aid to bibliographic search", CACM 18(6), 1975.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace arrivald::causes {

class Phrases {
 public:
  using Id = std::uint32_t;
  struct Hit {
    Id id;
    std::uint32_t end;  ///< offset behind its last byte
  };

  /// The same phrase gives the same id. At most 65,535 bytes in all different prefixes; throws
  /// std::length_error beyond. Call before build() only.
  Id add(std::string_view phrase);
  void build();
  std::size_t size() const { return lengths_.size(); }
  std::uint32_t length(Id id) const { return lengths_[id]; }

  /// Appends at most `max` hits in the order of their ends.
  void find(std::string_view text, std::size_t max, std::vector<Hit>& hits) const;

 private:
  using State = std::uint16_t;
  static constexpr Id kNone = 0xFFFFFFFF;

  std::map<std::string, Id, std::less<>> phrases_;  // dropped by build()
  std::vector<std::uint32_t> lengths_;
  std::array<std::uint8_t, 256> symbol_{};  // bytes that occur in phrases, numbered; 0: in none
  std::size_t symbols_ = 1;
  std::vector<State> next_;     // [state * symbols_ + symbol]
  std::vector<Id> ends_;        // the phrase that ends in a state
  std::vector<State> shorter_;  // the next state whose phrase is a suffix of this one's; 0: none
};

}  // namespace arrivald::causes
