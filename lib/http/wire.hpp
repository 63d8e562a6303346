// wire: parses and formats HTTP/1.1 messages without I/O. Private to lib/http.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace arrivald::http::wire {

/// The parsed header of a message.
struct Head {
  std::string method;   ///< requests only
  std::string target;   ///< requests only
  unsigned status = 0;  ///< responses only
  Headers headers;
  std::optional<std::uint64_t> contentLength;
  bool chunked = false;
  bool otherCoding = false;  ///< a transfer coding other than "chunked" alone
  bool keepAlive = false;
  bool http10 = false;
};

/// The size of the header at the beginning of `input`, including its empty line; empty if it is not complete.
/// The first `searched` bytes were searched before.
std::optional<std::size_t> headerSize(std::string_view input, std::size_t searched = 0);

/// False once `input` cannot be the beginning of such a message.
bool mayBeRequest(std::string_view input);
bool mayBeResponse(std::string_view input);

/// Parses a complete header. The error's text says what is malformed.
Result<Head> readRequest(std::string_view header);
Result<Head> readResponse(std::string_view header);

/// Decodes a chunked body incrementally (RFC 9112, section 7.1).
class ChunkReader {
 public:
  enum class State { more, done, malformed, tooLarge };

  /// Appends the decoded content to `body` and returns how many bytes of `input` belong to the message.
  /// Limits: `limit` bytes of body, and 4 KB for each chunk's line and for all trailers.
  std::size_t read(std::string_view input, std::string& body, std::size_t limit);
  State state() const { return state_; }

 private:
  enum class Step { size, sizeSeen, extension, sizeEnd, content, contentCr, contentLf, trailer, trailerEnd };
  void step(char c);
  State state_ = State::more;
  Step step_ = Step::size;
  std::uint64_t left_ = 0;        // remaining bytes of the chunk
  std::size_t overhead_ = 0;      // bytes of the chunk's line, or of the trailers, so far
  bool trailerLineEmpty_ = true;  // no byte of the current trailer line so far
};

/// A token of RFC 9110, section 5.6.2.
bool isToken(std::string_view text);
/// True if there is no control character but tabs.
bool isFieldValue(std::string_view text);

/// A response's header with its empty line. Content-Length, Transfer-Encoding and Connection are generated
/// and removed from `headers`. Without `length` the response has no body (204, 304).
std::string responseHead(unsigned status, const Headers& headers, std::optional<std::size_t> length,
                         bool keepAlive, bool http10);
/// The same of a response whose body comes in chunks, for HTTP/1.1.
std::string chunkedHead(unsigned status, const Headers& headers, bool keepAlive);
/// Stands before a piece of such a body of that size, and kChunkEnd behind it. A piece of size 0 ends the
/// body.
std::string chunkBegin(std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";

}  // namespace arrivald::http::wire
