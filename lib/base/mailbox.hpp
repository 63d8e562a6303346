// mailbox: whether two spellings of an address are one mailbox. Used wherever addresses are compared: in
// replies, in searches, in keys.
#pragma once

#include <string>
#include <string_view>

namespace arrivald {

/// The address alone: without the name and the <> of "\"Taro\" <taro@example.jp>", blanks around it, and
/// dots at its end. Points into `text`.
std::string_view addressIn(std::string_view text);

/// One spelling for all spellings of a mailbox: lower case, without a name and <>, quotation marks, escapes
/// and "+tag"; for Gmail also without the dots that it ignores. "\"Ab..cde\"@docomo.ne.jp" →
/// "ab..cde@docomo.ne.jp". A text without @ is only put in lower case. At most the first 320 bytes count.
std::string canonicalMailbox(std::string_view address);

/// False if either is empty.
bool isSameMailbox(std::string_view one, std::string_view other);

}  // namespace arrivald
