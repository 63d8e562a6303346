#include "causes/wrapper.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/lower.hpp"

namespace arrivald::causes {
namespace {

constexpr std::size_t kSearched = 4096;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

// Whether a reply code (400–599) stands at `at`, alone or before '-', '.' or a line break.
bool replyCodeAt(std::string_view text, std::size_t at) {
  if (at + 3 > text.size() || (text[at] != '4' && text[at] != '5') || !digit(text[at + 1]) ||
      !digit(text[at + 2]))
    return false;
  if (at + 3 == text.size()) return true;
  const char next = text[at + 3];
  return next == ' ' || next == '-' || next == '\n' || next == '\r' || next == '\\' || next == '.';
}

std::size_t skipBlanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t' ||
                              text[at] == '\'' || text[at] == '"' || text[at] == '#'))
    ++at;
  return at;
}

// The receiver's own words begin with its reply code: nothing is wrapped around them.
bool startsWithCode(std::string_view text) {
  const auto at = skipBlanks(text, 0);
  return replyCodeAt(text, at) || (at + 5 <= text.size() && (text[at] == '4' || text[at] == '5') &&
                                   text[at + 1] == '.' && digit(text[at + 2]) && text[at + 3] == '.');
}

// Words with which sending servers introduce what the receiver said (Postfix, Exim, sendmail, qmail,
// Exchange, Google, IONOS).
constexpr std::array<std::string_view, 19> kIntroductions = {" said:",
                                                             " responded:",
                                                             " responded with",
                                                             " answered:",
                                                             "answered at connect:",
                                                             " replied:",
                                                             " reason:",
                                                             "refused to talk to me:",
                                                             "the response was:",
                                                             "remote server was:",
                                                             "response from the remote server",
                                                             "other server returned was:",
                                                             "server returned",
                                                             "diagnostic-code: smtp;",
                                                             "smtp;",
                                                             "<<<",
                                                             "smtp error from remote",
                                                             "response=",
                                                             "server response:"};

// Words with which a server that answers with a code of its own quotes the next one's reply (Exchange, its
// connectors and gateways). What is quoted follows at once.
constexpr std::array<std::string_view, 9> kQuoting = {"->",
                                                      "=>",
                                                      "returned an error:",
                                                      "remote server returned '",
                                                      "remote server returned \"",
                                                      "responded with:",
                                                      "responded with",
                                                      "failed with",
                                                      "smtp;"};

struct StageWords {
  std::string_view words;
  Stage stage;
};
// How sending servers name the command that was refused. The more telling ones first.
constexpr std::array<StageWords, 29> kStages = {{
    {"in reply to end of data", Stage::data},
    {"reply to end of data", Stage::data},
    {"after end of data", Stage::data},
    {"after pipelined end of data", Stage::data},
    {"after sending data block", Stage::data},
    {"end of message", Stage::data},
    {"in reply to rcpt to", Stage::recipient},
    {"in reply to mail from", Stage::mailFrom},
    {"in reply to data", Stage::data},
    {"in reply to ehlo", Stage::hello},
    {"in reply to helo", Stage::hello},
    {"after pipelined rcpt to", Stage::recipient},
    {"after pipelined mail from", Stage::mailFrom},
    {"after rcpt to", Stage::recipient},
    {"after mail from", Stage::mailFrom},
    {"after data", Stage::data},
    {"after ehlo", Stage::hello},
    {"after helo", Stage::hello},
    {"after initial connection", Stage::connect},
    {"answered at connect", Stage::connect},
    {"refused to talk to me", Stage::connect},
    {"for text command", Stage::data},
    {"for rcpt to command", Stage::recipient},
    {"for mail from command", Stage::mailFrom},
    {">>> data", Stage::data},
    {">>> rcpt", Stage::recipient},
    {">>> mail", Stage::mailFrom},
    {">>> ehlo", Stage::hello},
    {">>> .", Stage::data},
}};

// Which bytes a name of a stage begins with: at most places of a text there is none to be looked for.
constexpr auto kBeginsStage = [] {
  std::array<bool, 256> begins{};
  for (const auto& each : kStages) begins[static_cast<unsigned char>(each.words[0])] = true;
  return begins;
}();

Stage stageIn(std::string_view text) {
  // Of several commands the last one was refused: each before it was accepted. Where an address stands in it,
  // "rcpt to" is the later word of the same sentence.
  for (auto left = text.size(); left > 0; --left) {
    if (!kBeginsStage[static_cast<unsigned char>(text[left - 1])]) continue;
    const auto rest = text.substr(left - 1);
    for (const auto& candidate : kStages)
      if (rest.starts_with(candidate.words)) return candidate.stage;
  }
  return Stage::unknown;
}

// The first reply code after `from`, at most a host name, an address or the stage further; 0 if there is
// none, or if it is a 503, which only says that an earlier command was refused.
std::size_t codeAfter(std::string_view text, std::size_t from) {
  constexpr std::size_t kNear = 160;
  const auto end = std::min(text.size(), from + kNear);
  for (auto code = from; code < end; ++code)
    if (replyCodeAt(text, code) && !digit(text[code - 1]) && text[code - 1] != '.')
      return text.substr(code, 3) == "503" ? 0 : code;
  return 0;
}

// Whether the code at `at` is that of an answer: "550 5.1.1 …" or "554-…", and not a number in a sentence.
bool answerAt(std::string_view text, std::size_t at) { return replyCodeAt(text, at) && at + 4 < text.size(); }

// Where the last reply begins that another server's own reply quotes; 0 if there is none. A server that gave
// up says so itself: the replies that it quotes are those that it met while it tried.
std::size_t beginOfQuoted(std::string_view text) {
  constexpr std::size_t kBlanks = 4;
  std::size_t begin = 0;
  for (const auto words : kQuoting)
    for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
      const auto from = at + words.size();
      const auto code = skipBlanks(text, from);
      if (code > from + kBlanks || !answerAt(text, code)) continue;
      begin = std::max(begin, code);
    }
  return text.substr(0, begin).find("expired") == std::string_view::npos ? begin : 0;
}

// Where the receiver's words begin: at the first reply code after an introduction. 0 if there is none.
std::size_t beginOfSaid(std::string_view text) {
  std::size_t begin = 0;
  for (const auto introduction : kIntroductions) {
    const auto at = text.find(introduction);
    if (at == std::string_view::npos) continue;
    const auto code = codeAfter(text, at + introduction.size());
    if (code != 0 && (begin == 0 || code < begin)) begin = code;
  }
  if (begin == 0) return 0;
  // A relay that quotes the next server in the same form. Any other quotation is part of what was said.
  for (auto host = text.find(" host ", begin); host != std::string_view::npos;
       host = text.find(" host ", host + 1)) {
    const auto said = text.find(" said:", host);
    if (said == std::string_view::npos || said - host > 120) continue;
    if (const auto code = codeAfter(text, said + 6); code != 0) begin = code;
  }
  return begin;
}

}  // namespace

Unwrapped unwrap(std::string_view text) {
  const std::string small = lower(text.substr(0, kSearched));
  Unwrapped out{text, {}, stageIn(small), 0};
  if (startsWithCode(small)) {
    if (const auto begin = beginOfQuoted(small); begin > 0) {
      out.before = text.substr(0, begin);
      out.said = text.substr(begin);
      const auto code = skipBlanks(small, 0);
      out.codeBefore = (small[code] - '0') * 100;
      if (replyCodeAt(small, code)) out.codeBefore += (small[code + 1] - '0') * 10 + (small[code + 2] - '0');
    }
  } else {
    if (const auto begin = beginOfSaid(small); begin > 0) {
      // What it says may be another's words in turn.
      const auto quoted = beginOfQuoted(std::string_view(small).substr(begin));
      out.before = text.substr(0, begin + quoted);
      out.said = text.substr(begin + quoted);
      // In a transcript the command that was refused stands before the refusal.
      if (small.find("<<<") < begin) out.stage = stageIn(std::string_view(small).substr(0, begin));
    } else {
      constexpr std::string_view suspended = "delivery temporarily suspended:";
      if (small.starts_with(suspended)) out.said = text.substr(suspended.size());
    }
  }
  // The sender's words after it. Only in brackets: otherwise they may be the receiver's.
  const std::string_view rest = std::string_view(small).substr(
      std::min(small.size(), static_cast<std::size_t>(out.said.data() - text.data())));
  if (const auto reply = rest.rfind("(in reply to "); reply != std::string_view::npos && reply > 0)
    out.said = out.said.substr(0, reply);
  return out;
}

Stage stageNamed(std::string_view text) {
  std::string name = lower(text.substr(0, 64));
  std::string words;
  for (const char c : name)
    if (const bool letter = c >= 'a' && c <= 'z'; letter || digit(c)) {
      words += c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  for (const std::string_view before : {"smtp ", "in reply to ", "reply to ", "after ", "at ", "during "})
    if (words.starts_with(before)) words.erase(0, before.size());
  const auto begins = [&](std::string_view word) {
    return words.starts_with(word) && (words.size() == word.size() || words[word.size()] == ' ');
  };
  if (begins("rcpt") || begins("rcptto") || begins("recipient")) return Stage::recipient;
  if (begins("mail") || begins("mailfrom") || begins("sender")) return Stage::mailFrom;
  if (begins("helo") || begins("ehlo") || begins("lhlo")) return Stage::hello;
  if (begins("data") || begins("bdat") || begins("dot") || begins("eom") || begins("end of data") ||
      begins("end of message") || begins("pipelined end of data") || begins("endofdata") || begins("body"))
    return Stage::data;
  if (begins("connect") || begins("conn") || begins("connection") || begins("banner") ||
      begins("initial connection") || begins("greeting"))
    return Stage::connect;
  return Stage::unknown;
}

}  // namespace arrivald::causes
