#include "http/wire.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>

namespace arrivald::http::wire {

namespace beast = boost::beast;
using beast::string_view;
using boost::system::error_code;

namespace {

constexpr std::size_t kChunkOverhead = 4096;

// Uses Beast's parser and stores the fields directly into Head. It gets a complete header at once and never a
// body.
template <bool isRequest>
class Parser final : public beast::http::basic_parser<isRequest> {
 public:
  explicit Parser(Head& head) : head_(head) {
    this->header_limit(0xFFFFFFFF);  // the caller enforces its own limit
    this->skip(true);
  }

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code& error) override {
    error = {};
    head_.method.assign(method.data(), method.size());
    head_.target.assign(target.data(), target.size());
    head_.http10 = version == 10;
  }
  void on_response_impl(int status, string_view, int version, error_code& error) override {
    error = {};
    head_.status = static_cast<unsigned>(status);
    head_.http10 = version == 10;
  }
  void on_field_impl(beast::http::field, string_view field, string_view value, error_code& error) override {
    error = {};
    head_.headers.add(std::string(field.data(), field.size()), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override { error = {}; }
  std::size_t on_body_impl(string_view body, error_code& error) override {
    error = {};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
    error = {};
    return body.size();
  }
  void on_finish_impl(error_code& error) override { error = {}; }

 private:
  Head& head_;
};

template <bool isRequest>
Result<Head> readHead(std::string_view header) {
  Head head;
  Parser<isRequest> parser(head);
  error_code error;
  parser.put(boost::asio::const_buffer(header.data(), header.size()), error);
  if (error) return Error{Error::Kind::invalid, error.message()};
  if (!parser.is_header_done()) return Error{Error::Kind::invalid, "incomplete header"};
  head.chunked = parser.chunked();
  if (const auto length = parser.content_length()) head.contentLength = *length;
  head.otherCoding = !head.chunked && head.headers.find("Transfer-Encoding").has_value();
  head.keepAlive = parser.keep_alive();
  return head;
}

bool isTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::size_t> headerSize(std::string_view input, std::size_t searched) {
  // The final line ends may begin within the last three bytes that were searched.
  const auto at = input.find("\r\n\r\n", searched < 3 ? 0 : searched - 3);
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

bool mayBeRequest(std::string_view input) {
  const auto method = input.substr(0, input.find(' '));
  return method.size() <= 32 && (method.empty() ? input.empty() : isToken(method));
}

bool mayBeResponse(std::string_view input) {
  constexpr std::string_view kBegin = "HTTP/1.";
  return input.substr(0, kBegin.size()) == kBegin.substr(0, input.size());
}

Result<Head> readRequest(std::string_view header) { return readHead<true>(header); }
Result<Head> readResponse(std::string_view header) { return readHead<false>(header); }

// Handles one byte of anything but content.
void ChunkReader::step(char c) {
  if (++overhead_ > kChunkOverhead) {
    state_ = State::tooLarge;
    return;
  }
  const auto malformed = [this] { state_ = State::malformed; };
  switch (step_) {
    case Step::size:
    case Step::sizeSeen:
      if (const int digit = hexValue(c); digit >= 0) {
        if (left_ >> 60 != 0) return malformed();
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        step_ = Step::sizeSeen;
      } else if (step_ == Step::size) {
        malformed();
      } else if (c == '\r') {
        step_ = Step::sizeEnd;
      } else if (c == ';' || c == ' ' || c == '\t') {
        step_ = Step::extension;
      } else {
        malformed();
      }
      return;
    case Step::extension:
      if (c == '\r') step_ = Step::sizeEnd;
      if (c == '\n') malformed();
      return;
    case Step::sizeEnd:
      if (c != '\n') return malformed();
      overhead_ = 0;
      trailerLineEmpty_ = true;
      step_ = left_ > 0 ? Step::content : Step::trailer;
      return;
    case Step::contentCr:
      if (c != '\r') return malformed();
      step_ = Step::contentLf;
      return;
    case Step::contentLf:
      if (c != '\n') return malformed();
      overhead_ = 0;
      step_ = Step::size;
      return;
    case Step::trailer:
      if (c == '\n') return malformed();
      if (c == '\r') {
        step_ = Step::trailerEnd;
      } else {
        trailerLineEmpty_ = false;
      }
      return;
    case Step::trailerEnd:
      if (c != '\n') return malformed();
      if (trailerLineEmpty_) state_ = State::done;
      trailerLineEmpty_ = true;
      step_ = Step::trailer;
      return;
    case Step::content:
      return;
  }
}

std::size_t ChunkReader::read(std::string_view input, std::string& body, std::size_t limit) {
  std::size_t used = 0;
  while (state_ == State::more && used < input.size()) {
    if (step_ != Step::content) {
      step(input[used++]);
      if (step_ == Step::content && left_ > limit - std::min(limit, body.size())) state_ = State::tooLarge;
      continue;
    }
    const auto piece =
        input.substr(used, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
    body.append(piece);
    used += piece.size();
    left_ -= piece.size();
    if (left_ == 0) step_ = Step::contentCr;
  }
  return used;
}

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}

bool isFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

namespace {

// Up to where the framing of the body stands.
std::string headBegin(unsigned status, const Headers& headers) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(status);
  head += ' ';
  const auto known = beast::http::int_to_status(status);
  if (known != beast::http::status::unknown) {
    const auto reason = beast::http::obsolete_reason(known);
    head.append(reason.data(), reason.size());
  }
  head += "\r\n";
  for (const auto& [field, value] : headers) {
    if (equalsWithoutCase(field, "Content-Length") || equalsWithoutCase(field, "Transfer-Encoding") ||
        equalsWithoutCase(field, "Connection"))
      continue;
    head.append(field).append(": ").append(value).append("\r\n");
  }
  if (!headers.find("X-Content-Type-Options")) head += "X-Content-Type-Options: nosniff\r\n";
  return head;
}

}  // namespace

std::string responseHead(unsigned status, const Headers& headers, std::optional<std::size_t> length,
                         bool keepAlive, bool http10) {
  auto head = headBegin(status, headers);
  if (length) head.append("Content-Length: ").append(std::to_string(*length)).append("\r\n");
  if (!keepAlive) {
    head += "Connection: close\r\n";
  } else if (http10) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

std::string chunkedHead(unsigned status, const Headers& headers, bool keepAlive) {
  auto head = headBegin(status, headers);
  head += "Transfer-Encoding: chunked\r\n";
  if (!keepAlive) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

std::string chunkBegin(std::size_t size) {
  std::array<char, 2 * sizeof(size)> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end) + std::string(kChunkEnd);
}

}  // namespace arrivald::http::wire
