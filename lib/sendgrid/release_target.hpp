// ReleaseTarget: one entry of one list, and the only requests that can be made about it.
//
// SendGrid's DELETE of a list's own path, with a body or without one, can take thousands of entries off the
// list at once. Here no such request can be made: every ReleaseCall comes from a ReleaseTarget, which holds a
// plausible address, and that address is a segment of the path. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "suppression/entry.hpp"

namespace arrivald::sendgrid {

class ReleaseTarget;

/// A request without its host and its key. Made by ReleaseTarget only.
class ReleaseCall {
 public:
  enum class Method : std::uint8_t { get, remove, post };

  Method method() const { return method_; }
  /// "GET", "DELETE" or "POST".
  std::string_view methodName() const;
  /// Absolute, without a query.
  const std::string& path() const { return path_; }
  /// Empty but for a post.
  const std::string& body() const { return body_; }
  /// For logs and errors: the path with "{address}" in place of the address.
  const std::string& shownPath() const { return shownPath_; }
  const std::string& scope() const { return scope_; }
  /// The subuser whose list it is; empty: as the account says.
  const std::string& onBehalfOf() const { return onBehalfOf_; }

 private:
  friend class ReleaseTarget;
  ReleaseCall(Method method, std::string path, std::string body, std::string shownPath, std::string scope);
  Method method_;
  std::string path_;
  std::string body_;
  std::string shownPath_;
  std::string scope_;
  std::string onBehalfOf_;
};

/// A value.
class ReleaseTarget {
 public:
  /// `group`: of unsubscribes of a group its id, else 0. Error::Kind::unsupported, with what to do, for an
  /// address of which a request could be about anything else than this one entry: without a local part or a
  /// domain, longer than 320 bytes, no UTF-8, with blanks or control characters, with * or %, and where what
  /// stands before or after a slash could shorten the path.
  static Result<ReleaseTarget> of(suppression::List list, std::int64_t group, std::string_view address);
  /// The same on a list of that subuser; empty: of the account.
  ReleaseTarget onListOf(std::string_view subuser) const;

  suppression::List list() const { return list_; }
  std::int64_t group() const { return group_; }
  const std::string& address() const { return address_; }

  /// Reads the entry.
  ReleaseCall read() const;
  /// Deletes it.
  ReleaseCall remove() const;

  /// Whether the API can put the entry back: unsubscribes only.
  bool canBePutBack() const;
  /// Reads the unsubscribe group: a POST to one that does not exist unsubscribes from everything.
  ReleaseCall readGroup() const;
  /// Requires canBePutBack(), and of a group that it exists.
  ReleaseCall putBack() const;

 private:
  ReleaseTarget(suppression::List list, std::int64_t group, std::string address)
      : list_(list), group_(group), address_(std::move(address)) {}
  ReleaseCall call(ReleaseCall::Method method, std::string path, std::string body, std::string shownPath,
                   std::string scope) const;
  ReleaseCall about(ReleaseCall::Method method, std::string_view folder) const;

  suppression::List list_;
  std::int64_t group_;
  std::string address_;
  std::string subuser_;
};

}  // namespace arrivald::sendgrid
