#include "suppression/entry.hpp"

namespace arrivald::suppression {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"bounces", "blocks", "invalid_emails", "spam_reports",
                                                    "unsubscribes"};

}  // namespace

std::string_view name(List list) { return kNames[static_cast<std::size_t>(list)]; }

std::optional<List> listNamed(std::string_view name) {
  for (const auto list : kLists)
    if (kNames[static_cast<std::size_t>(list)] == name) return list;
  return std::nullopt;
}

std::uint64_t fingerprint(List list, std::string_view email, Instant created) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001b3ULL; };
  add(static_cast<std::uint64_t>(list) + 1);
  for (const char c : email) add(static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  hash ^= static_cast<std::uint64_t>(unixSeconds(created)) * 0x9e3779b97f4a7c15ULL;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

}  // namespace arrivald::suppression
