#include "causes/normalise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "causes/typing_error.hpp"

namespace arrivald::causes {
namespace {

constexpr std::size_t kHead = 4096;
constexpr std::size_t kTail = 1024;
constexpr std::size_t kKept = 8;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool letter(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool hex(char c) { return digit(c) || (c >= 'a' && c <= 'f'); }
constexpr bool beyondAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
constexpr bool wordLike(char c) { return digit(c) || letter(c) || beyondAscii(c); }

// Maps accented Latin letters, U+00C0 to U+017F, to plain ones, since servers use accents inconsistently. A
// letter that is also written as a digraph becomes that digraph (ß: ss).
constexpr std::string_view kLatin1 =
    "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty";  // U+00C0–U+00FF
constexpr std::string_view kLatinA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";  // U+0100–U+017F
static_assert(kLatin1.size() == 64 && kLatinA.size() == 128);

void appendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// Converts to lower case in the alphabets that servers reply in, and punctuation of other scripts to a space.
void appendFolded(std::string& out, char32_t c) {
  if (c >= 0xC0 && c <= 0xFF) {
    if (c == 0xDF) out += 's';
    out += kLatin1[c - 0xC0];
  } else if (c >= 0x100 && c <= 0x17F) {
    out += kLatinA[c - 0x100];
  } else if ((c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {
    appendUtf8(out, c + 32);
  } else if (c == 0x401 || c == 0x451) {
    appendUtf8(out, 0x435);  // Ё and ё are often written as е
  } else if (c >= 0xFF01 && c <= 0xFF5E) {
    const char plain = static_cast<char>(c - 0xFF01 + 0x21);
    out += plain >= 'A' && plain <= 'Z' ? static_cast<char>(plain + 32) : plain;
  } else if (c == 0x2018 || c == 0x2019 || c == 0x2BC || c == 0xB4) {
    out += '\'';
  } else if (c >= 0x2010 && c <= 0x2015) {
    out += '-';
  } else if ((c >= 0x200B && c <= 0x200F) || c == 0xFEFF || c == 0xAD) {
    // Invisible characters are dropped.
  } else if (c < 0xC0 || (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x3004) ||
             (c >= 0x3008 && c <= 0x3020) || c == 0xFFFD || c == 0x30FB) {
    out += ' ';
  } else {
    appendUtf8(out, c);
  }
}

// Converts to well-formed lower case without accents; a byte that belongs to no character becomes a space.
void fold(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      char c = text[i++];
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      // A literal "\n" of two characters, as some systems store replies.
      if (c == '\\' && i < text.size() && (text[i] == 'n' || text[i] == 'r' || text[i] == 't')) {
        c = '\n';
        ++i;
      }
      out += byte < 0x20 && byte != '\n' ? ' ' : c;
      continue;
    }
    const int length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 0;
    char32_t c = length == 4 ? byte & 0x07U : length == 3 ? byte & 0x0FU : byte & 0x1FU;
    bool good = length != 0 && i + static_cast<std::size_t>(length) <= text.size();
    for (int k = 1; good && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      good = (next & 0xC0) == 0x80;
      c = (c << 6) | (next & 0x3FU);
    }
    if (!good) {
      out += ' ';
      ++i;
      continue;
    }
    appendFolded(out, c);
    i += static_cast<std::size_t>(length);
  }
}

constexpr std::array<bool, 256> delimiters() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view(" \n\t\r<>()[]{}\"`,;|!?*$"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kDelimiter = delimiters();

// Labels of host names that tell the kind of blocklist or filter that replied.
constexpr std::array<std::string_view, 40> kTellingLabels = {"spamhaus",
                                                             "spamcop",
                                                             "sorbs",
                                                             "barracuda",
                                                             "barracudacentral",
                                                             "uribl",
                                                             "surbl",
                                                             "dnsbl",
                                                             "rbl",
                                                             "invaluement",
                                                             "njabl",
                                                             "cobion",
                                                             "mailspike",
                                                             "psbl",
                                                             "uceprotect",
                                                             "backscatterer",
                                                             "spamrats",
                                                             "senderscore",
                                                             "drbl",
                                                             "cbl",
                                                             "abuseat",
                                                             "manitu",
                                                             "spfbl",
                                                             "openspf",
                                                             "dmarc",
                                                             "senderbase",
                                                             "mailabuse",
                                                             "blacklist",
                                                             "blocklist",
                                                             "xbl",
                                                             "zen",
                                                             "pbl",
                                                             "sbl",
                                                             "spfquery",
                                                             "abusix",
                                                             "mxrate",
                                                             "talosintelligence",
                                                             "ordb",
                                                             "dsbl",
                                                             "spews"};

// Top-level domains by which a dotted name is taken for a host name rather than two sentences without a
// space.
bool topLevel(std::string_view label) {
  constexpr std::array<std::string_view, 22> generic = {
      "com",     "net",     "org",  "edu",   "gov",   "mil",         "int",       "info",
      "biz",     "name",    "pro",  "local", "lan",   "localdomain", "localhost", "internal",
      "invalid", "example", "test", "cloud", "email", "arpa"};
  if (label.size() == 2) return letter(label[0]) && letter(label[1]);
  return std::find(generic.begin(), generic.end(), label) != generic.end();
}

bool isIpV4(std::string_view token) {
  int parts = 1;
  bool any = false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = token[i];
    if (c == '.') {
      if (!any) return false;
      ++parts;
      any = false;
    } else if (digit(c) || (c == 'x' && parts > 0)) {
      any = true;
    } else if (parts == 4 && any && (c == ':' || c == '/')) {
      return true;
    } else {
      return false;
    }
  }
  return parts == 4 && any;
}

bool isIpV6(std::string_view token) {
  if (token.starts_with("ipv6:")) return true;
  int colons = 0;
  int digits = 0;
  for (const char c : token) {
    if (c == ':') {
      ++colons;
    } else if (hex(c)) {
      digits += digit(c);
    } else if (c != '.' && c != '/') {
      return false;
    }
  }
  return colons >= 3 && digits > 0;
}

bool isHost(std::string_view token) {
  if (token.size() < 4 || token.size() > 253) return false;
  const auto dot = token.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !topLevel(token.substr(dot + 1))) return false;
  char before = '.';
  for (const char c : token) {
    if (!(digit(c) || letter(c) || c == '.' || c == '-' || c == '_')) return false;
    if (c == '.' && before == '.') return false;
    before = c;
  }
  return true;
}

// Whether `token` is an id of a queue, session or message: long and mixed, or a long hexadecimal number.
bool isIdentifier(std::string_view word) {
  if (word.size() < 8) return false;
  // Codes such as BL000001 are not ids.
  if (word.size() == 8 && word.substr(2, 4) == "0000") return false;
  // Nor are codes such as URLBL101: letters, then few digits.
  std::size_t letters = 0;
  while (letters < word.size() && letter(word[letters])) ++letters;
  const auto rest = word.substr(letters);
  if (letters >= 4 && rest.size() <= 4 && std::all_of(rest.begin(), rest.end(), digit)) return false;
  std::size_t digits = 0;
  bool allHex = true;
  for (const char c : word) {
    digits += digit(c);
    allHex = allHex && hex(c);
  }
  return digits != word.size() && (digits >= 3 || (allHex && digits > 0));
}

// Words that tell of an address and whether it exists. Only these are corrected, since a slip in any of them
// hides the cause.
constexpr std::array<std::string_view, 21> kOfAddress = {
    "account",  "address",   "addresses",  "addressee",  "available", "domain",      "exist",
    "existent", "existing",  "exists",     "invalid",    "mailbox",   "mailboxes",   "nonexistent",
    "receiver", "recipient", "recipients", "registered", "rejected",  "unavailable", "unknown"};
// Real words that look like a slip of one of them; "address's" loses its apostrophe.
constexpr std::array<std::string_view, 9> kNotMeant = {
    "demain", "accounts", "adresses", "exits", "invalidated", "addresss", "resisted", "rejecter", "unknowns"};

// "adress" → "address"; empty if the word is none of these or is written correctly. The first and the last
// letter have to be right: other languages' words differ there ("existe", "invalido").
std::string_view meantWord(std::string_view word) {
  if (word.size() < 5 || word.size() > 11 || !letter(word.front())) return {};
  std::string_view found;
  for (const auto meant : kOfAddress) {
    if (word.front() != meant.front()) continue;
    if (word == meant) return {};
    if (word.back() == meant.back() && isTypingError(word, meant)) found = meant;
  }
  if (found.empty() || std::find(kNotMeant.begin(), kNotMeant.end(), word) != kNotMeant.end()) return {};
  return found;
}

class Reader {
 public:
  Reader(std::string_view folded, Normalised& into) : text_(folded), into_(into) {}

  void read() {
    into_.words += ' ';
    std::size_t at = 0;
    while (at < text_.size()) {
      while (at < text_.size() && kDelimiter[static_cast<unsigned char>(text_[at])]) ++at;
      std::size_t end = at;
      while (end < text_.size() && !kDelimiter[static_cast<unsigned char>(text_[end])]) ++end;
      if (end > at) token(at, text_.substr(at, end - at));
      at = end;
    }
  }

 private:
  void emit(std::string_view word) {
    into_.words += word;
    into_.words += ' ';
  }

  // Reply codes stand at the beginning, after a line break, or after a colon, a quote or a bracket.
  bool beginsReply(std::size_t at) const {
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '#')) --at;
    if (at == 0) return true;
    const char before = text_[at - 1];
    return before == '\n' || before == ':' || before == '"' || before == '\'' || before == '[' ||
           before == '(' || before == ';';
  }

  void token(std::size_t at, std::string_view token) {
    while (!token.empty() && !wordLike(token.back()) && token.back() != '@') token.remove_suffix(1);
    while (!token.empty() && !wordLike(token.front()) && token.front() != '@') {
      token.remove_prefix(1);
      ++at;
    }
    if (token.empty()) return;
    if (digit(token.front())) {
      if (isIpV4(token)) return emit("ip");
      if (code(at, token)) return;
    }
    if (token.find(':') != std::string_view::npos) {
      if (isIpV6(token)) return emit("ip");
      if (const auto scheme = token.find("://"); scheme != std::string_view::npos)
        return url(token.substr(scheme + 3));
    }
    if (const auto sign = token.find('@'); sign != std::string_view::npos) return address(at, token, sign);
    if (token.find('.') != std::string_view::npos) {
      if (token.starts_with("www.")) return url(token);
      const auto end = token.find_first_of(":/=");
      if (const auto name = token.substr(0, end); isHost(name)) {
        host(name);
        if (end != std::string_view::npos) this->token(at + end + 1, token.substr(end + 1));
        return;
      }
      if (end != std::string_view::npos && end + 1 < token.size()) {
        words(token.substr(0, end));
        return this->token(at + end + 1, token.substr(end + 1));
      }
    }
    words(token);
  }

  // "550", "550-5.7.1", "5.7.1", "550-The …", "550.5.1.1".
  bool code(std::size_t at, std::string_view token) {
    std::size_t digits = 0;
    while (digits < token.size() && digit(token[digits])) ++digits;
    if (digits == 3 && token[0] >= '2' && token[0] <= '5') {
      const int number = (token[0] - '0') * 100 + (token[1] - '0') * 10 + (token[2] - '0');
      const bool alone = token.size() == 3;
      const bool joined =
          !alone && (token[3] == '-' || token[3] == '.' || token[3] == ':' || token[3] == '=');
      if (!alone && !joined) return false;
      if (number >= 400 && token[1] <= '9' && (beginsReply(at) || into_.replyCode == 0)) {
        if (into_.replyCode == 0 || (firstWasLoose_ && beginsReply(at))) {
          into_.replyCode = number;
          firstWasLoose_ = !beginsReply(at);
        }
        if (alone && !beginsReply(at)) emit(token);
      } else if (alone) {
        if (!beginsReply(at)) emit(token);
      }
      if (joined && token.size() > 4) this->token(at + 4, token.substr(4));
      return true;
    }
    if (digits == 1 && token.size() >= 5 && token[1] == '.') {
      const auto end = token.find_first_not_of("0123456789.");
      const auto code = readEnhancedCode(token.substr(0, end));
      if (!code.known()) return false;
      if (into_.codes.size() < kKept) into_.codes.push_back(code);
      if (end != std::string_view::npos) this->token(at + end, token.substr(end));
      return true;
    }
    return false;
  }

  void address(std::size_t at, std::string_view token, std::size_t sign) {
    std::size_t begin = token.substr(0, sign).find_last_of(":'");
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    // In "not allowed...taro@example.jp" the dots end a sentence and are not part of the address.
    if (const auto dots = token.substr(0, sign).rfind("..."); dots != std::string_view::npos && dots >= begin)
      begin = dots + 3;
    std::size_t end = sign + 1;
    while (end < token.size() &&
           (digit(token[end]) || letter(token[end]) || beyondAscii(token[end]) || token[end] == '.' ||
            token[end] == '-' || token[end] == '_' || token[end] == '*'))
      ++end;
    if (begin > 0) words(token.substr(0, begin));
    std::string_view found = token.substr(begin, end - begin);
    while (!found.empty() && found.back() == '.') found.remove_suffix(1);
    if (into_.addresses.size() < kKept && sign > begin && end > sign + 1) into_.addresses.emplace_back(found);
    emit("addr");
    if (end < token.size()) this->token(at + end, token.substr(end));
  }

  void host(std::string_view name) {
    if (into_.hosts.size() < kKept) into_.hosts.emplace_back(name);
    bool telling = false;
    for (std::size_t at = 0; at <= name.size() && !telling;) {
      const auto dot = std::min(name.find('.', at), name.size());
      const auto label = name.substr(at, dot - at);
      telling = std::find(kTellingLabels.begin(), kTellingLabels.end(), label) != kTellingLabels.end();
      at = dot + 1;
    }
    if (telling) return words(name);
    emit("host");
  }

  void url(std::string_view rest) {
    emit("url");
    const auto slash = rest.find('/');
    auto name = rest.substr(0, slash);
    if (const auto port = name.find(':'); port != std::string_view::npos) name = name.substr(0, port);
    if (into_.hosts.size() < kKept && isHost(name)) into_.hosts.emplace_back(name);
    for (std::size_t at = 0; at <= name.size();) {
      const auto dot = std::min(name.find('.', at), name.size());
      const auto label = name.substr(at, dot - at);
      if (std::find(kTellingLabels.begin(), kTellingLabels.end(), label) != kTellingLabels.end()) {
        emit(label);
      }
      at = dot + 1;
    }
    if (slash == std::string_view::npos) return;
    const auto path = rest.substr(slash);
    for (std::size_t at = 0; at < path.size();) {
      if (!letter(path[at])) {
        ++at;
        continue;
      }
      std::size_t end = at;
      bool plain = true;
      while (end < path.size() && wordLike(path[end])) plain = letter(path[end++]) && plain;
      if (plain && end - at >= 3 && end - at <= 24) emit(path.substr(at, end - at));
      at = end;
    }
  }

  // In the rest, letters and digits form words, an apostrophe is dropped, and all else separates words.
  void words(std::string_view token) {
    std::size_t at = 0;
    while (at < token.size()) {
      if (!wordLike(token[at])) {
        ++at;
        continue;
      }
      const auto begin = into_.words.size();
      while (at < token.size() && (wordLike(token[at]) ||
                                   (token[at] == '\'' && at + 1 < token.size() && wordLike(token[at + 1])))) {
        if (token[at] != '\'') into_.words += token[at];
        ++at;
      }
      const std::string_view word(into_.words.data() + begin, into_.words.size() - begin);
      if (std::all_of(word.begin(), word.end(), digit) && word.size() >= 5) {
        into_.words.resize(begin);
        into_.words += "num";
      } else if (isIdentifier(word)) {
        into_.words.resize(begin);
        into_.words += "id";
      } else if (const auto meant = meantWord(word); !meant.empty()) {
        into_.words.resize(begin);
        into_.words += meant;
      }
      into_.words += ' ';
    }
  }

  std::string_view text_;
  Normalised& into_;
  bool firstWasLoose_ = false;
};

}  // namespace

EnhancedCode readEnhancedCode(std::string_view text) {
  EnhancedCode code;
  if (text.size() < 5 || text.size() > 7 || (text[0] != '2' && text[0] != '4' && text[0] != '5') ||
      text[1] != '.')
    return {};
  if (!digit(text[2]) || text[3] != '.') return {};
  unsigned detail = 0;
  for (const char c : text.substr(4)) {
    if (!digit(c)) return {};
    detail = detail * 10 + static_cast<unsigned>(c - '0');
  }
  code.statusClass = static_cast<std::uint8_t>(text[0] - '0');
  code.subject = static_cast<std::uint8_t>(text[2] - '0');
  code.detail = static_cast<std::uint16_t>(detail);
  return code;
}

std::string toText(EnhancedCode code) {
  return fmt::format("{}.{}.{}", code.statusClass, code.subject, code.detail);
}

void normalise(std::string_view text, std::string_view status, Normalised& into) {
  into.words.clear();
  into.codes.clear();
  into.addresses.clear();
  into.hosts.clear();
  into.replyCode = 0;
  into.code = {};
  static thread_local std::string folded;
  folded.clear();
  if (text.size() <= kHead + kTail) {
    fold(text, folded);
  } else {
    fold(text.substr(0, kHead), folded);
    folded += '\n';
    fold(text.substr(text.size() - kTail), folded);
  }
  Reader(folded, into).read();

  into.codeInText = into.replyCode != 0 || !into.codes.empty();
  for (const auto& code : into.codes)
    if (code.specific() && !into.code.specific()) into.code = code;
  const auto given = readEnhancedCode(status);
  if (!into.code.specific() && given.specific()) into.code = given;
  if (!into.code.known() && !into.codes.empty()) into.code = into.codes.front();
  if (!into.code.known()) into.code = given;
  if (into.replyCode == 0 && status.size() == 3 && (status[0] == '4' || status[0] == '5') &&
      digit(status[1]) && digit(status[2]))
    into.replyCode = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
}

}  // namespace arrivald::causes
