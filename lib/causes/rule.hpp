// Rule: one pattern of replies and the cause that it means. The built-in rules are in rules/*.rules, the
// operator's own in the YAML.
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

/// How reliable a rule is. A `decisive` rule decides whatever else matches: it knows who speaks or of whom,
/// so that other words are no evidence. A `certain` rule decides unless another certain one disagrees;
/// `strong` and `weak` ones are inputs of the model, together with the words.
enum class Weight : std::uint8_t { weak, strong, certain, decisive };

/// A rule matches when all conditions that it has are met.
///
/// `when`, `also` and `unless` are lists of patterns, of which one has to match. A pattern consists of words
/// in the form that normalise() produces ("user unknown") and may combine several parts:
///   "mailbox & full"     both, anywhere
///   "mailbox .. full"    both in this order, at most 60 bytes apart
///   "mailbox + full"     both in this order, with at most one short word between them
///   "unauthent* mail"    a word with this prefix; "*quota": a word with this suffix
/// Text of languages without spaces between words (Japanese, Chinese) matches anywhere.
struct Rule {
  std::string id;
  Class causeClass = Class::unspecified;
  Weight weight = Weight::strong;
  std::vector<std::string> when;
  std::vector<std::string> also;  ///< one of these has to match, too; empty: no such condition
  std::vector<std::string> unless;
  std::vector<std::string> status;  ///< "5.7.26", "5.7.*", "4.*": any enhanced code in the reply
  std::vector<std::string>
      replyCode;  ///< "550", "55*"; "none": the text has neither a reply code nor a status
  std::vector<std::string> provider;  ///< names of providers
  std::vector<Stage> stage;
  std::optional<bool> namesAddress;  ///< whether the reply contains an address
  bool wholeText = false;            ///< a pattern of `when` has to be all that the reply says
  /// The reply contains an address, and none that is known to be our recipient's.
  bool namesOtherOnly = false;
  std::optional<Outcome> outcome;  ///< only replies of which it is known that this became of the mail
  std::optional<Instant> before;   ///< only replies received before this; not those of unknown time
  Speaker speaker = Speaker::receiver;
  std::optional<Verdict> verdict;  ///< where it differs from that of the class
  std::string textKey;             ///< key of a text of its own; empty: the text of the class
  std::string source;              ///< where the rule's knowledge comes from
  std::string test;                ///< a reply that has to be explained as this class by this rule
  std::string testProvider;        ///< the remote host or recipient domain of that reply
  int line = 0;                    ///< line in its file, for error messages
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Reads rules written as blocks of "keyword value" lines: rule, class, weight, when, also, unless, status,
/// reply, whole (yes), provider, stage, address (yes, no, other), outcome, before, speaker, verdict, text,
/// source, test, at. `when` lines add up; patterns on one line are separated by " | ". A line "let NAME
/// pattern | pattern" before the rules names alternatives: "no {NAME}" in a pattern stands for each of them.
/// Fails with the line number and what was expected.
Result<std::vector<Rule>> parseRules(std::string_view text);

}  // namespace arrivald::causes
