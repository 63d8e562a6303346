#include "mime/message.hpp"

#include <algorithm>
#include <map>

#include "mime/text.hpp"

namespace arrivald::mime {
namespace {

constexpr std::size_t kLookedAt = 64 * 1024;
// No header field that says something about a part is longer.
constexpr std::size_t kMaxField = 16 * 1024;

// A value with parameters: "multipart/mixed; boundary=x".
struct Value {
  std::string word;  // in lower case
  std::map<std::string, std::string, std::less<>> parameters;

  std::string_view parameter(std::string_view name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
  }
};

// Takes a value up to the next semicolon, with or without quotation marks.
std::string takeParameterValue(std::string_view& rest) {
  std::string value;
  rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (rest.starts_with('"')) {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
      value += rest[i];
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
  } else {
    value = trimmed(rest.substr(0, rest.find(';')));
  }
  const auto end = rest.find(';');
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return value;
}

Value parseValue(std::string_view text) {
  Value value;
  const auto end = text.find(';');
  value.word = lower(trimmed(text.substr(0, end)));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto semicolon = text.find(';');
    if (equals == std::string_view::npos || semicolon < equals) {
      text.remove_prefix(semicolon == std::string_view::npos ? text.size() : semicolon + 1);
      continue;
    }
    auto name = lower(trimmed(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    auto piece = takeParameterValue(text);
    // RFC 2231: "boundary*0" and "boundary*1" are one value.
    if (const auto star = name.find('*'); star != std::string::npos) {
      name.resize(star);
      value.parameters[name] += piece;
    } else {
      value.parameters.try_emplace(name, std::move(piece));
    }
  }
  return value;
}

// What is read of a part's header.
struct Header {
  Value type;
  Value disposition;
  TransferEncoding encoding = TransferEncoding::identity;
};

void readField(std::string_view name, std::string_view value, Header& header) {
  if (sameWord(name, "Content-Type") && header.type.word.empty()) header.type = parseValue(value);
  if (sameWord(name, "Content-Disposition")) header.disposition = parseValue(value);
  if (sameWord(name, "Content-Transfer-Encoding"))
    header.encoding = transferEncodingNamed(value.substr(0, value.find(';')));
}

bool isFieldName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; });
}

// Takes the header and the empty line behind it. A line that belongs to no header ends it, too: then the body
// was sent without the empty line.
Header takeHeader(std::string_view& rest) {
  Header header;
  std::string name, value;
  const auto flush = [&] {
    if (!name.empty()) readField(name, value, header);
    name.clear();
    value.clear();
  };
  while (!rest.empty()) {
    auto behind = rest;
    const auto line = takeLine(behind);
    if (line.empty()) {
      rest = behind;
      break;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (!name.empty() && value.size() + line.size() <= kMaxField)
        value.append(1, ' ').append(trimmed(line));
    } else {
      flush();
      const auto colon = line.find(':');
      if (colon == std::string_view::npos || !isFieldName(trimmed(line.substr(0, colon)))) break;
      name = trimmed(line.substr(0, colon));
      value = line.substr(colon + 1).substr(0, kMaxField);
    }
    rest = behind;
  }
  flush();
  return header;
}

// "From dmarc@example.net Mon Sep 21 03:00:00 2026", perhaps with a zone.
bool isMboxLine(std::string_view line) {
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  const auto time = line.find(':');
  return line.starts_with("From ") && time != std::string_view::npos && time > 2 &&
         line.find(':', time + 1) == time + 3 && isDigit(line[time - 1]) && isDigit(line[time + 1]) &&
         isDigit(line[time + 2]);
}

// Without a byte order mark, the "From " line of an mbox and empty lines before the header.
std::string_view atHeader(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const auto begin = bytes.find_first_not_of("\r\n");
  bytes.remove_prefix(begin == std::string_view::npos ? bytes.size() : begin);
  if (bytes.starts_with("From ") || bytes.starts_with(">From ")) takeLine(bytes);
  return bytes;
}

enum class Delimiter { none, next, last };

// `dashed` is the boundary with its two dashes.
Delimiter delimiterOf(std::string_view line, std::string_view dashed) {
  if (!line.starts_with(dashed)) return Delimiter::none;
  line.remove_prefix(dashed.size());
  const bool last = line.starts_with("--");
  if (last) line.remove_prefix(2);
  if (!trimmed(line).empty()) return Delimiter::none;
  return last ? Delimiter::last : Delimiter::next;
}

// Each piece between the delimiters. A missing last delimiter is the end.
std::vector<std::string_view> piecesOf(std::string_view body, const std::string& dashed) {
  std::vector<std::string_view> pieces;
  const char* begin = nullptr;
  std::size_t at = 0;
  while (at < body.size()) {
    // Only lines that begin with a dash are looked at.
    if (body[at] != '-') {
      at = body.find("\n-", at);
      if (at == std::string_view::npos) break;
      ++at;
    }
    auto rest = body.substr(at);
    const auto line = takeLine(rest);
    const auto kind = delimiterOf(line, dashed);
    if (kind != Delimiter::none) {
      if (begin != nullptr) {
        std::string_view piece(begin, static_cast<std::size_t>(body.data() + at - begin));
        // The line break before a delimiter belongs to it.
        if (piece.ends_with('\n')) piece.remove_suffix(1);
        if (piece.ends_with('\r')) piece.remove_suffix(1);
        pieces.push_back(piece);
      }
      begin = rest.data();
      if (kind == Delimiter::last || pieces.size() > kMaxParts) return pieces;
    }
    at = body.size() - rest.size();
  }
  if (begin != nullptr)
    pieces.emplace_back(begin, static_cast<std::size_t>(body.data() + body.size() - begin));
  return pieces;
}

// For a multipart that does not name its boundary: the first line that can be one.
std::string guessedBoundary(std::string_view body) {
  while (!body.empty()) {
    const auto line = trimmed(takeLine(body));
    if (line.size() > 2 && line.size() <= 72 && line.starts_with("--") && !line.starts_with("-- "))
      return std::string(line.substr(2));
  }
  return "";
}

bool saysFailureReport(const Header& header) {
  return header.type.word == "message/feedback-report" ||
         (header.type.word == "multipart/report" &&
          sameWord(header.type.parameter("report-type"), "feedback-report"));
}

void addPart(const Header& header, std::string_view body, Message& message) {
  if (message.parts.size() >= kMaxParts) {
    message.tooManyParts = true;
    return;
  }
  message.parts.push_back(
      {header.type.word, std::string(header.disposition.parameter("name")), header.encoding, body});
}

// `bytes`: a header and its body.
void collect(std::string_view bytes, int depth, Message& message) {
  const auto header = takeHeader(bytes);
  if (saysFailureReport(header)) {
    message.failureReport = true;
    return;
  }
  if (!header.type.word.starts_with("multipart/")) {
    addPart(header, bytes, message);
    return;
  }
  if (depth >= kMaxDepth) {
    message.tooDeep = true;
    return;
  }
  std::string boundary(header.type.parameter("boundary"));
  auto pieces = boundary.empty() ? std::vector<std::string_view>() : piecesOf(bytes, "--" + boundary);
  if (pieces.empty()) {
    boundary = guessedBoundary(bytes);
    if (!boundary.empty()) pieces = piecesOf(bytes, "--" + boundary);
  }
  if (pieces.empty()) addPart({}, bytes, message);
  for (const auto piece : pieces) {
    if (message.tooManyParts || message.failureReport) return;
    collect(piece, depth + 1, message);
  }
}

}  // namespace

bool beginsLikeMail(std::string_view bytes) {
  auto rest = atHeader(bytes.substr(0, kLookedAt));
  bool field = false;
  while (!rest.empty()) {
    const auto line = takeLine(rest);
    if (line.empty()) return field;
    if (line.front() == ' ' || line.front() == '\t') {
      if (!field) return false;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !isFieldName(trimmed(line.substr(0, colon)))) return false;
    field = true;
  }
  return field && bytes.size() > kLookedAt;
}

bool beginsLikeForm(std::string_view bytes) {
  if (!bytes.starts_with("--")) return false;
  auto rest = bytes.substr(0, 4096);
  takeLine(rest);
  while (!rest.empty()) {
    const auto line = takeLine(rest);
    if (line.empty()) return false;
    if (lower(line).find("form-data") != std::string::npos) return true;
  }
  return false;
}

std::vector<std::string_view> mailsOf(std::string_view bytes) {
  std::vector<std::string_view> mails;
  std::size_t begin = 0;
  if (bytes.starts_with("From ")) {
    for (std::size_t at = 0; (at = bytes.find("\nFrom ", at)) != std::string_view::npos; ++at) {
      auto rest = bytes.substr(at + 1);
      // Behind an empty line; in a text the words are escaped, or stand in no such line.
      const bool emptyLine = at > 0 && (bytes[at - 1] == '\n' || bytes.substr(0, at).ends_with("\n\r"));
      if (!emptyLine || !isMboxLine(takeLine(rest))) continue;
      mails.push_back(bytes.substr(begin, at + 1 - begin));
      begin = at + 1;
      if (mails.size() > kMaxMails) break;
    }
  }
  mails.push_back(bytes.substr(begin));
  return mails;
}

Message parseMail(std::string_view bytes) {
  Message message;
  collect(atHeader(bytes), 0, message);
  if (message.failureReport) message.parts.clear();
  return message;
}

Message parseForm(std::string_view bytes) {
  Message message;
  auto rest = bytes;
  const std::string dashed(trimmed(takeLine(rest)));
  for (auto piece : piecesOf(bytes, dashed)) {
    const auto header = takeHeader(piece);
    addPart(header, piece, message);
  }
  return message;
}

}  // namespace arrivald::mime
