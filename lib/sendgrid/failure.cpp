#include "sendgrid/failure.hpp"

#include <array>

namespace arrivald::sendgrid {
namespace {

constexpr std::array<std::string_view, kFailureKindCount> kNames = {
    "unauthorized", "forbidden", "not_found", "not_acceptable", "bad_request", "throttled",
    "server_error", "html",      "timed_out", "unreachable",    "tls",         "truncated",
    "empty_answer", "malformed", "too_large", "cancelled"};

Error::Kind errorKind(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::unauthorized:
    case Failure::Kind::forbidden:
      return Error::Kind::denied;
    case Failure::Kind::notFound:
      return Error::Kind::notFound;
    case Failure::Kind::notAcceptable:
    case Failure::Kind::badRequest:
    case Failure::Kind::malformed:
    case Failure::Kind::emptyAnswer:
    case Failure::Kind::tooLarge:
      return Error::Kind::invalid;
    case Failure::Kind::throttled:
      return Error::Kind::throttled;
    case Failure::Kind::timedOut:
      return Error::Kind::timedOut;
    case Failure::Kind::cancelled:
      return Error::Kind::cancelled;
    case Failure::Kind::serverError:
    case Failure::Kind::html:
    case Failure::Kind::unreachable:
    case Failure::Kind::tls:
    case Failure::Kind::truncated:
      return Error::Kind::unavailable;
  }
  return Error::Kind::unavailable;
}

}  // namespace

std::string_view name(Failure::Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Error toError(const Failure& failure) { return Error{errorKind(failure.kind), failure.text}; }

}  // namespace arrivald::sendgrid
