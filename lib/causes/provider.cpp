#include "causes/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/lower.hpp"
#include "base/word_table.hpp"
#include "causes/embedded.hpp"

namespace arrivald::causes {
namespace {

std::string canonical(std::string_view host) {
  auto out = lower(host.substr(0, 255));
  while (!out.empty() && (out.back() == '.' || out.back() == ',' || out.back() == ' ')) out.pop_back();
  return out;
}

}  // namespace

Result<Providers> Providers::parse(std::string_view text) {
  const auto rows = parseWordTable(text, "name: domain domain …");
  if (!rows) return rows.error();
  Providers providers;
  for (const auto& row : *rows) {
    const auto index = providers.names_.size();
    providers.names_.emplace_back(row.name);
    for (const auto word : row.words) {
      if (word.front() == '=') {
        std::string alias(word.substr(1));
        std::replace(alias.begin(), alias.end(), '_', ' ');
        providers.aliases_.emplace(std::move(alias), index);
      } else if (word.ends_with(".*")) {
        providers.labels_.emplace(word.substr(0, word.size() - 2), index);
      } else {
        providers.domains_.emplace(word, index);
      }
    }
  }
  return providers;
}

std::string_view Providers::of(std::string_view domainOrHost) const {
  if (domainOrHost.empty()) return {};
  const auto host = canonical(domainOrHost);
  const std::string_view name = host;
  if (const auto alias = aliases_.find(name); alias != aliases_.end()) return names_[alias->second];
  if (name.find('.') == std::string::npos) return {};
  for (std::size_t at = 0; at < name.size();) {
    if (const auto found = domains_.find(name.substr(at)); found != domains_.end())
      return names_[found->second];
    const auto dot = name.find('.', at);
    if (dot == std::string::npos) break;
    if (const auto found = labels_.find(name.substr(at, dot - at)); found != labels_.end())
      return names_[found->second];
    at = dot + 1;
  }
  return {};
}

bool Providers::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

const Providers& builtInProviders() {
  static const Providers providers = [] {
    auto read = Providers::parse(providersTable());
    if (!read) throw std::logic_error("providers.txt: " + read.error().text);
    return std::move(read).value();
  }();
  return providers;
}

std::string_view providerOf(const Providers& providers, const Reply& reply, const Normalised& normalised) {
  if (const auto found = providers.of(reply.recipientDomain); !found.empty()) return found;
  if (const auto found = providers.of(reply.remoteHost); !found.empty()) return found;
  for (const auto& host : normalised.hosts)
    if (const auto found = providers.of(host); !found.empty()) return found;
  if (normalised.words.find(" gsmtp ") != std::string::npos) return "gmail";
  for (const auto& address : normalised.addresses)
    if (const auto found = providers.of(std::string_view(address).substr(address.rfind('@') + 1));
        !found.empty())
      return found;
  return {};
}

}  // namespace arrivald::causes
