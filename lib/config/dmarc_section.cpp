#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxDomains = 200;
constexpr std::size_t kMaxSources = 200;
constexpr std::size_t kMaxDomainBytes = 253;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool isDomain(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomainBytes || text.find('.') == std::string_view::npos) return false;
  if (text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

void checkDomain(Reader& reader, std::string_view key, const std::string& domain) {
  if (!isDomain(domain))
    reader.problemAt(domain, key, phrase("expected a domain such as example.jp, found {}", shown(domain)));
}

// "192.0.2.10", "192.0.2.0/24", "2001:db8::/32".
bool isNetwork(const std::string& text) {
  const auto slash = text.find('/');
  if (!isIpAddress(text.substr(0, slash))) return false;
  if (slash == std::string::npos) return true;
  const int max = text.find(':') == std::string::npos ? 32 : 128;
  int length = 0;
  const auto* begin = text.data() + slash + 1;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, length);
  return error == std::errc() && stop == end && length >= 0 && length <= max;
}

DmarcDomain domainOf(Reader& section, const Node& item, std::size_t index, const Config& config) {
  DmarcDomain domain;
  Reader reader(item, fmt::format("dmarc.domains[{}]", index), section.context());
  if (!reader.usable()) return domain;
  if (reader.require("name")) reader.text("name", domain.name, kMaxDomainBytes);
  if (!domain.name.empty()) reader.callIt(fmt::format("dmarc.domains[{}]", domain.name));
  domain.name = lower(domain.name);
  if (!domain.name.empty()) checkDomain(reader, "name", domain.name);
  reader.texts("accounts", domain.accounts);
  std::vector<std::string> known;
  for (const auto& account : config.accounts) known.push_back(account.name);
  for (const auto& account : domain.accounts)
    if (std::ranges::find(known, account) == known.end())
      reader.problemAt(account, "accounts",
                       phrase("no account is called {}{}", shown(account), hint(account, known)));
  reader.texts("selectors", domain.selectors);
  for (const auto& selector : domain.selectors)
    if (!isDomain(selector + ".example"))
      reader.problemAt(selector, "selectors",
                       phrase("expected a selector such as s1, found {}", shown(selector)));
  reader.finish();
  return domain;
}

void readDomains(Reader& section, const Config& config, Dmarc& dmarc) {
  if (!section.require("domains")) return;
  const auto* node = section.section("domains");
  if (!node || node->kind != Node::Kind::list || node->children.empty() ||
      node->children.size() > kMaxDomains)
    return section.problem("domains",
                           phrase("expected a list of 1 to {} domains: [example.jp]", kMaxDomains));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    const auto& item = node->children[i];
    DmarcDomain domain;
    if (item.kind == Node::Kind::mapping) {
      domain = domainOf(section, item, i, config);
    } else {
      domain.name = lower(item.text);
      if (!isDomain(domain.name))
        section.problemAt(item, "domains",
                          phrase("expected a domain such as example.jp, found {}", shown(item.text)));
    }
    if (std::ranges::find(dmarc.domains, domain.name, &DmarcDomain::name) != dmarc.domains.end())
      section.problemAt(item, "domains", phrase("{} stands here twice", shown(domain.name)));
    dmarc.domains.push_back(std::move(domain));
  }
  // With one domain all mail is sent as it.
  if (dmarc.domains.size() == 1 && dmarc.domains.front().accounts.empty())
    for (const auto& account : config.accounts) dmarc.domains.front().accounts.push_back(account.name);
}

void readPost(Reader& section, Dmarc& dmarc) {
  const auto* node = section.section("post");
  if (!node) return;
  Reader reader(*node, "dmarc.post", section.context());
  if (reader.require("user")) reader.text("user", dmarc.user, 64);
  if (dmarc.user.find(':') != std::string::npos)
    reader.problem("user", phrase("a user's name must not contain a colon"));
  SecretValue password;
  if (reader.require("password") && readSecret(reader, "password", password, phrase("a password")))
    dmarc.password = std::move(password);
  reader.finish();
}

void readSources(Reader& section, Dmarc& dmarc) {
  const auto* node = section.section("sources");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMaxSources)
    return section.problem("sources",
                           phrase("expected a list of at most {} sources: {{name: office, is: ours, "
                                  "networks: [192.0.2.0/24]}}",
                                  kMaxSources));
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    Reader reader(node->children[i], fmt::format("dmarc.sources[{}]", i), section.context());
    if (!reader.usable()) continue;
    DmarcSource source;
    if (reader.require("name")) reader.text("name", source.name, 100);
    if (reader.require("is"))
      reader.choice<DmarcSourceKind>("is", source.kind,
                                     {{"ours", DmarcSourceKind::ours},
                                      {"forwarder", DmarcSourceKind::forwarder},
                                      {"not_ours", DmarcSourceKind::notOurs}});
    reader.texts("networks", source.networks);
    for (const auto& network : source.networks)
      if (!isNetwork(network))
        reader.problemAt(network, "networks",
                         phrase("expected addresses such as 192.0.2.0/24, found {}", shown(network)));
    reader.texts("domains", source.domains);
    for (auto& domain : source.domains) {
      checkDomain(reader, "domains", lower(domain));
      domain = lower(domain);
    }
    if (source.networks.empty() && source.domains.empty())
      reader.problem("networks", phrase("give networks or domains by which this source is known"));
    reader.finish();
    dmarc.sources.push_back(std::move(source));
  }
}

}  // namespace

void readDmarc(Reader& root, Config& config) {
  const auto* node = root.section("dmarc");
  if (!node) return;
  Reader reader(*node, "dmarc", root.context());
  if (!reader.usable()) return;
  Dmarc dmarc;
  readDomains(reader, config, dmarc);
  reader.text("directory", dmarc.directory, 1000);
  if (!dmarc.directory.empty() && !dmarc.directory.starts_with('/'))
    reader.problem("directory",
                   phrase("expected a path from the root such as /var/lib/arrivald/dmarc, found {}",
                          shown(dmarc.directory)));
  reader.flag("dns", dmarc.checksDns);
  readPost(reader, dmarc);
  readSources(reader, dmarc);
  if (dmarc.directory.empty() && dmarc.user.empty() && !reader.has("post"))
    reader.problem("directory", phrase("no reports can come in: give a directory, or post"));
  reader.finish();
  config.dmarc = std::move(dmarc);
}

}  // namespace arrivald::config
