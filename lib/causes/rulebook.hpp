// Rulebook: compiles many rules so that all of them are matched in one pass over a reply.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "causes/normalise.hpp"
#include "causes/phrases.hpp"
#include "causes/rule.hpp"

namespace arrivald::causes {

/// A rule that matches a reply. `rule` lives as long as the Rulebook.
struct Matched {
  const Rule* rule = nullptr;
  std::uint32_t specificity = 0;  ///< bytes of the phrases that matched, plus a bonus per further condition
};

/// Immutable after compile(); any thread.
class Rulebook {
 public:
  /// Fails, naming rule and line, if a pattern or a status cannot be parsed or an id is not unique.
  static Result<Rulebook> compile(std::vector<Rule> rules);
  const std::vector<Rule>& rules() const { return *rules_; }

  /// The conditions that are checked besides the words.
  struct Environment {
    std::string_view provider;
    Stage stage = Stage::unknown;
    std::optional<Instant> at;
    Outcome outcome = Outcome::unknown;
    bool namesRecipient = false;  ///< the reply contains our recipient's address
  };
  /// Overwrites `matched`: each matching rule once, at most 64, ordered by weight, then specificity, then the
  /// order of the rules.
  void match(const Normalised& reply, const Environment& environment, std::vector<Matched>& matched) const;

 private:
  struct Part {
    Phrases::Id phrase;
    /// Must follow the previous part within so many bytes; nothing: may stand anywhere.
    std::optional<std::uint32_t> reach;
  };
  struct Clause {
    std::size_t rule;
    std::vector<Part> parts;
    std::uint32_t bytes = 0;
  };
  struct CodePattern {
    std::uint8_t statusClass = 0;  // 0: any
    int subject = -1;              // -1: any
    int detail = -1;
  };

  Result<Clause> compilePattern(std::size_t rule, const std::string& pattern);
  bool holds(const Clause& clause, const std::vector<Phrases::Hit>& hits) const;
  bool conditionsHold(std::size_t rule, const Normalised& reply, const Environment& environment,
                      const std::vector<Phrases::Hit>& hits) const;

  // On the heap, so that the pointers in Matched stay valid when the Rulebook is moved.
  std::shared_ptr<const std::vector<Rule>> rules_;
  Phrases phrases_;
  std::vector<Clause> clauses_;
  std::vector<std::vector<std::uint32_t>> byFirstPhrase_;  // phrase id → clauses that begin with it
  std::vector<std::vector<Clause>> also_;                  // by rule
  std::vector<std::vector<Clause>> unless_;                // by rule
  std::vector<std::vector<CodePattern>> codes_;            // by rule
  std::multimap<std::uint32_t, std::size_t> byCode_;       // rules without words, by EnhancedCode::key()
  std::vector<std::size_t> wordless_;                      // rules without words and without a complete code
};

}  // namespace arrivald::causes
