// message: a mail, or a form in multipart/form-data, taken apart into its leaf parts. Made for mail of
// strangers: what a sender got wrong is read as it was meant, and nothing is an error but the stated limits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/transfer_encoding.hpp"

namespace arrivald::mime {

inline constexpr std::size_t kMaxParts = 100;
inline constexpr std::size_t kMaxMails = 10'000;  ///< of an mbox
inline constexpr int kMaxDepth = 8;               ///< of multiparts in each other

/// What is no multipart. A mail within a mail is one, too.
struct Part {
  std::string type;  ///< in lower case, without parameters: "application/gzip"; empty where none is given
  std::string name;  ///< of the field, in a form; else empty
  TransferEncoding encoding = TransferEncoding::identity;
  std::string_view body;  ///< as it was sent; a view into the message
};

struct Message {
  std::vector<Part> parts;
  bool failureReport = false;  ///< RFC 6591: about one mail, whose address and text it holds; has no parts
  bool tooManyParts = false;
  bool tooDeep = false;
};

/// Whether `bytes` begin as a mail does: with a header field, perhaps behind an mbox "From " line, and with
/// the empty line behind the header. Only the first 64 KiB are looked at.
bool beginsLikeMail(std::string_view bytes);
/// Whether `bytes` begin as a posted form does.
bool beginsLikeForm(std::string_view bytes);

/// The mails of an mbox, from its "From " lines on: more than one only if there are; the one behind kMaxMails
/// is all the rest. The views are into `bytes`.
std::vector<std::string_view> mailsOf(std::string_view bytes);
/// The parts refer to `bytes`.
Message parseMail(std::string_view bytes);
Message parseForm(std::string_view bytes);

}  // namespace arrivald::mime
