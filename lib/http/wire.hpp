// wire: messages as they stand on the wire, made and read without any I/O. Private to lib/http.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace arrivald::http::wire {

/// What the header of a message says.
struct Head {
  std::string method;   ///< of a request
  std::string target;   ///< of a request
  unsigned status = 0;  ///< of a response
  Headers headers;
  std::optional<std::uint64_t> contentLength;
  bool chunked = false;
  bool otherCoding = false;  ///< a transfer coding that is not "chunked" alone
  bool keepAlive = false;
  bool http10 = false;
};

/// The size of the header at the begin of `input` with its empty line; nothing if it is not complete. The
/// first `searched` bytes have been looked at before.
std::optional<std::size_t> headerSize(std::string_view input, std::size_t searched = 0);

/// False once `input` cannot become such a message any more, however it goes on.
bool mayBeRequest(std::string_view input);
bool mayBeResponse(std::string_view input);

/// Reads a complete header. The error's text says what is wrong with it.
Result<Head> readRequest(std::string_view header);
Result<Head> readResponse(std::string_view header);

/// Takes apart a body in chunks, however it is cut on its way.
class ChunkReader {
 public:
  enum class State { more, done, malformed, tooLarge };

  /// Appends the contents to `body` and gives the number of bytes of `input` that belong to the message. At
  /// most `limit` bytes of body, and 4 KB of each chunk's line and of all trailers.
  std::size_t read(std::string_view input, std::string& body, std::size_t limit);
  State state() const { return state_; }

 private:
  enum class Step { size, sizeSeen, extension, sizeEnd, content, contentCr, contentLf, trailer, trailerEnd };
  void step(char c);
  State state_ = State::more;
  Step step_ = Step::size;
  std::uint64_t left_ = 0;        // of the chunk
  std::size_t overhead_ = 0;      // bytes of the line, or of the trailers, that were seen
  bool trailerLineEmpty_ = true;  // since its begin
};

bool isToken(std::string_view text);
/// No control character but a tab.
bool isFieldValue(std::string_view text);

/// A response's header with its empty line. Fields that say how the body is sent are ours and left out of
/// `headers`. Without `length` the answer has no body (204, 304).
std::string responseHead(unsigned status, const Headers& headers, std::optional<std::size_t> length,
                         bool keepAlive, bool http10);

}  // namespace arrivald::http::wire
