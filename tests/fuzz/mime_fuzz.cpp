// Mails and forms of strangers: every part lies within the message, and is decoded the same however it is
// cut.
#include <cstdint>
#include <cstdlib>

#include "mime/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arrivald::mime;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  beginsLikeMail(bytes);
  beginsLikeForm(bytes);
  for (const auto& message : {parseMail(bytes), parseForm(bytes)}) {
    if (message.parts.size() > kMaxParts) std::abort();
    for (const auto& part : message.parts) {
      if (!part.body.empty() &&
          (part.body.data() < bytes.data() || part.body.data() + part.body.size() > bytes.data() + size))
        std::abort();
      Decoder decoder(part.encoding);
      std::string inPieces;
      for (std::size_t at = 0; at < part.body.size(); at += 3)
        decoder.feed(part.body.substr(at, 3), inPieces);
      decoder.finish(inPieces);
      if (inPieces != decoded(part.body, part.encoding)) std::abort();
    }
  }
  return 0;
}
