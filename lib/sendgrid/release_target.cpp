#include "sendgrid/release_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "http/url.hpp"

namespace arrivald::sendgrid {

using suppression::List;

namespace {

constexpr std::size_t kMaxAddressBytes = 320;  // 64 for the local part, 255 for the domain, and the @

bool isForbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  // * and % are wildcards of some of SendGrid's searches.
  return byte <= ' ' || byte == 0x7F || c == '*' || c == '%' || c == '\\';
}

// U+0080 to U+009F, and the blanks and invisible characters that a server may trim.
bool hasHiddenCharacters(std::string_view text) { return oneLine(text, text.size() + 1) != text; }

bool isDots(std::string_view text) { return text.find_first_not_of('.') == std::string_view::npos; }

// A server or proxy that decodes the segment before it takes the path apart must not be left with the path of
// the list itself, or of another folder.
bool couldShortenPath(std::string_view address) {
  if (isDots(address.substr(0, address.find_first_of("?#;")))) return true;
  for (std::size_t begin = 0; begin <= address.size();) {
    const auto end = std::min(address.find('/', begin), address.size());
    const auto segment = address.substr(begin, end - begin);
    if (isDots(segment.substr(0, segment.find_first_of("?#;")))) return true;
    begin = end + 1;
  }
  return false;
}

bool isPlausible(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return false;
  if (address.size() > kMaxAddressBytes || !isUtf8(address)) return false;
  if (std::ranges::any_of(address, isForbidden) || hasHiddenCharacters(address)) return false;
  const auto local = address.substr(0, at);
  const auto domain = address.substr(at + 1);
  return !isDots(local) && !isDots(domain) && !couldShortenPath(address) &&
         domain.find_first_of("/?#;") == std::string_view::npos;
}

std::string folderOf(List list) { return fmt::format("/v3/suppression/{}/", name(list)); }
constexpr std::string_view kGlobalFolder = "/v3/asm/suppressions/global/";

}  // namespace

ReleaseCall::ReleaseCall(Method method, std::string path, std::string body, std::string shownPath,
                         std::string scope)
    : method_(method),
      path_(std::move(path)),
      body_(std::move(body)),
      shownPath_(std::move(shownPath)),
      scope_(std::move(scope)) {}

std::string_view ReleaseCall::methodName() const {
  switch (method_) {
    case Method::get:
      return "GET";
    case Method::remove:
      return "DELETE";
    case Method::post:
      return "POST";
  }
  return "GET";
}

Result<ReleaseTarget> ReleaseTarget::of(List list, std::int64_t group, std::string_view address) {
  if (!isPlausible(address))
    return Error{Error::Kind::unsupported,
                 "no request about this address alone can be made; release it in SendGrid's own pages"};
  const bool ofGroup = list == List::groupUnsubscribes;
  if (ofGroup != (group > 0) || group < 0)
    return Error{Error::Kind::unsupported,
                 "the entry's unsubscribe group is not known; read the lists again"};
  return ReleaseTarget(list, group, std::string(address));
}

ReleaseTarget ReleaseTarget::onListOf(std::string_view subuser) const {
  auto target = *this;
  target.subuser_ = subuser;
  return target;
}

ReleaseCall ReleaseTarget::call(ReleaseCall::Method method, std::string path, std::string body,
                                std::string shownPath, std::string scope) const {
  ReleaseCall made(method, std::move(path), std::move(body), std::move(shownPath), std::move(scope));
  made.onBehalfOf_ = subuser_;
  return made;
}

ReleaseCall ReleaseTarget::about(ReleaseCall::Method method, std::string_view folder) const {
  const auto* right = method == ReleaseCall::Method::get ? "read" : "delete";
  const auto scope = list_ == List::groupUnsubscribes ? fmt::format("asm.groups.suppressions.{}", right)
                                                      : fmt::format("suppression.{}.{}", name(list_), right);
  return call(method, std::string(folder) + http::percentEncode(address_), "",
              std::string(folder) + "{address}", scope);
}

ReleaseCall ReleaseTarget::read() const {
  switch (list_) {
    case List::unsubscribes:
      return about(ReleaseCall::Method::get, kGlobalFolder);
    case List::groupUnsubscribes:
      return about(ReleaseCall::Method::get, "/v3/asm/suppressions/");
    default:
      return about(ReleaseCall::Method::get, folderOf(list_));
  }
}

ReleaseCall ReleaseTarget::remove() const {
  switch (list_) {
    case List::unsubscribes:
      return about(ReleaseCall::Method::remove, kGlobalFolder);
    case List::groupUnsubscribes:
      return about(ReleaseCall::Method::remove, fmt::format("/v3/asm/groups/{}/suppressions/", group_));
    default:
      return about(ReleaseCall::Method::remove, folderOf(list_));
  }
}

bool ReleaseTarget::canBePutBack() const {
  return list_ == List::unsubscribes || list_ == List::groupUnsubscribes;
}

ReleaseCall ReleaseTarget::readGroup() const {
  const auto path = fmt::format("/v3/asm/groups/{}", group_);
  return call(ReleaseCall::Method::get, path, "", path, "asm.groups.read");
}

ReleaseCall ReleaseTarget::putBack() const {
  assert(canBePutBack());
  const auto path = list_ == List::unsubscribes ? std::string("/v3/asm/suppressions/global")
                                                : fmt::format("/v3/asm/groups/{}/suppressions", group_);
  nlohmann::json body;
  body["recipient_emails"] = {address_};
  const auto* scope =
      list_ == List::unsubscribes ? "suppression.unsubscribes.create" : "asm.groups.suppressions.create";
  return call(ReleaseCall::Method::post, path, body.dump(), path, scope);
}

}  // namespace arrivald::sendgrid
