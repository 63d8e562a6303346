#include "http/message.hpp"

#include <algorithm>

#include "base/hide.hpp"
#include "base/lower.hpp"
#include "base/utf8.hpp"

namespace arrivald::http {

bool equalsWithoutCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return equalsWithoutCase(field.first, name); });
  add(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& field : fields_)
    if (equalsWithoutCase(field.first, name)) return field.second;
  return std::nullopt;
}

std::string_view name(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::dns:
      return "dns";
    case Failure::Kind::connect:
      return "connect";
    case Failure::Kind::proxy:
      return "proxy";
    case Failure::Kind::tls:
      return "tls";
    case Failure::Kind::timedOut:
      return "timed_out";
    case Failure::Kind::closed:
      return "closed";
    case Failure::Kind::tooLarge:
      return "too_large";
    case Failure::Kind::protocol:
      return "protocol";
    case Failure::Kind::invalidUrl:
      return "invalid_url";
    case Failure::Kind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error toError(const Failure& failure, Party peer) {
  const auto as = [&](Error::Kind kind, Party party) {
    Error error{kind, withoutAddresses(oneLine(failure.text, 300)), party};
    error.phrase = failure.phrase;
    error.phrase.editVerbatim([](const std::string& text) { return withoutAddresses(text); });
    return error;
  };
  switch (failure.kind) {
    case Failure::Kind::dns:
    case Failure::Kind::connect:
    case Failure::Kind::proxy:
      return as(Error::Kind::unreachable, Party::network);
    case Failure::Kind::tls:
      return as(Error::Kind::tls, Party::network);
    case Failure::Kind::timedOut:
      return failure.connecting ? as(Error::Kind::unreachable, Party::network)
                                : as(Error::Kind::timedOut, peer);
    case Failure::Kind::closed:
      return as(Error::Kind::truncated, Party::network);
    case Failure::Kind::tooLarge:
      return as(Error::Kind::tooLarge, peer);
    case Failure::Kind::protocol:
      return as(Error::Kind::malformed, peer);
    case Failure::Kind::invalidUrl:
      return as(Error::Kind::invalid, Party::configuration);
    case Failure::Kind::cancelled:
      return as(Error::Kind::cancelled, Party::internal);
  }
  return as(Error::Kind::unreachable, Party::network);
}

}  // namespace arrivald::http
