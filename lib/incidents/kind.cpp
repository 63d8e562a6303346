#include "incidents/kind.hpp"

namespace arrivald::incidents {
namespace {

constexpr std::string_view kUnanswered = "unanswered";
constexpr std::string_view kDeferred = "deferred";

}  // namespace

static_assert(static_cast<std::size_t>(causes::Class::unspecified) == index(Kind::unspecified));
static_assert(static_cast<std::size_t>(causes::Class::senderBlocked) == index(Kind::senderBlocked));
static_assert(static_cast<std::size_t>(causes::Class::authentication) == index(Kind::authentication));
static_assert(static_cast<std::size_t>(causes::Class::temporaryLimit) == index(Kind::temporaryLimit));
static_assert(causes::kClasses.size() == kCauseKinds);

std::string_view name(Kind kind) {
  if (kind == Kind::unanswered) return kUnanswered;
  if (kind == Kind::deferred) return kDeferred;
  return causes::name(static_cast<causes::Class>(kind));
}

std::optional<Kind> kindNamed(std::string_view wanted) {
  if (wanted == kUnanswered) return Kind::unanswered;
  if (wanted == kDeferred) return Kind::deferred;
  // classNamed() also reads letters.
  if (const auto found = causes::classNamed(wanted); found && causes::name(*found) == wanted)
    return kindOf(*found);
  return std::nullopt;
}

DecidedBy decidedBy(Kind kind) {
  switch (kind) {
    case Kind::recipientRefused:
    case Kind::senderBlocked:
    case Kind::authentication:
    case Kind::temporaryLimit:
    case Kind::network:
    case Kind::unanswered:
    case Kind::deferred:
      return DecidedBy::receiver;
    case Kind::noAddress:
    case Kind::badDomain:
    case Kind::mailboxFull:
    case Kind::mailboxDisabled:
      return DecidedBy::list;
    case Kind::content:
    case Kind::malformed:
    case Kind::unspecified:
      break;
  }
  return DecidedBy::either;
}

}  // namespace arrivald::incidents
