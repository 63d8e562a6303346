// Wrapper: separates what the receiving server said from what the sending server wrote around it.
#pragma once

#include <string_view>

#include "causes/reply.hpp"

namespace arrivald::causes {

/// "host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)" is the
/// receiver's "550 5.1.1 User unknown" at the stage `recipient`, with the sender's words around it.
struct Unwrapped {
  /// What the receiver said; the whole text if it has no wrapper, or if the sender's words are all there is
  /// ("connect to mx.example.com: Connection timed out"). A view into the text.
  std::string_view said;
  /// The sender's words before it: they name the server, but nothing in them is the receiver's reason.
  std::string_view before;
  /// The SMTP command that the words name; `unknown` if they name none.
  Stage stage = Stage::unknown;
  /// The reply code that the sender's words themselves begin with, as Exchange's "550 5.0.350 Remote server
  /// returned an error -> 421 …": it tells what becomes of the mail. 0: none.
  int codeBefore = 0;
};

/// Work is bounded: only the first 4 KiB are searched. Never fails, whatever the bytes are.
Unwrapped unwrap(std::string_view text);

}  // namespace arrivald::causes
