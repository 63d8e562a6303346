#include "delivery/subject.hpp"

#include <array>

namespace arrivald::delivery {
namespace {

constexpr std::array<std::string_view, kDimensionCount> kDimensionNames = {
    "account", "subuser", "category", "mailbox_provider", "domain_group", "sending_domain"};

}  // namespace

std::string_view name(Dimension dimension) { return kDimensionNames[static_cast<std::size_t>(dimension)]; }

std::optional<Dimension> dimensionNamed(std::string_view name) {
  for (std::size_t i = 0; i < kDimensionCount; ++i)
    if (kDimensionNames[i] == name) return static_cast<Dimension>(i);
  return std::nullopt;
}

std::string toText(const Subject& subject) {
  if (subject.dimension == Dimension::account) return subject.account;
  std::string text = subject.account;
  text += '/';
  text += name(subject.dimension);
  text += '/';
  text += subject.name;
  return text;
}

}  // namespace arrivald::delivery
