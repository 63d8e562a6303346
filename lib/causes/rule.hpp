// Rule: one thing known about replies, as data. The built-in ones stand in rules/*.rules, the users' own in
// YAML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "causes/cause.hpp"
#include "causes/reply.hpp"

namespace arrivald::causes {

/// How much a rule knows. A `certain` rule decides unless another certain one disagrees; `strong` and `weak`
/// ones are weighed against each other and against the words.
enum class Weight : std::uint8_t { weak, strong, certain };

/// A rule applies when every condition that is given holds.
///
/// `when` and `unless` are lists of patterns, one is enough. A pattern is words as normalise() leaves them
/// ("user unknown"), and may join several parts:
///   "mailbox & full"     both, anywhere
///   "mailbox .. full"    both in this order, at most 60 bytes between
///   "unauthent* mail"    a word that begins so; "*quota": a word that ends so
/// Text without blanks between words (Japanese, Chinese) is found anywhere.
struct Rule {
  std::string id;
  Class causeClass = Class::unspecified;
  Weight weight = Weight::strong;
  std::vector<std::string> when;
  std::vector<std::string> unless;
  std::vector<std::string> status;     ///< "5.7.26", "5.7.*", "4.*": of any enhanced code in the reply
  std::vector<std::string> replyCode;  ///< "550", "55*"
  std::vector<std::string> provider;   ///< names of providers
  std::vector<Stage> stage;
  std::optional<bool> namesAddress;  ///< the reply holds an address
  std::optional<Instant> before;     ///< replies given before, or of unknown time: no
  std::string textKey;               ///< a text of its own in the tables; empty: the class's
  std::string source;                ///< where this is known from
  std::string test;                  ///< a reply that it must explain, as this class
  std::string testProvider;          ///< the remote host or recipient domain of that reply
  int line = 0;                      ///< where it stands, for errors
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Reads rules written as blocks of "word value" lines: rule, class, weight, when, unless, status, reply,
/// provider, stage, address, before, text, source, test, at. `when` lines add up; patterns on one line are
/// parted by " | ". Fails with the line number and what was expected.
Result<std::vector<Rule>> parseRules(std::string_view text);

}  // namespace arrivald::causes
