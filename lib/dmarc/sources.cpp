#include "dmarc/sources.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "dmarc/services.hpp"

namespace arrivald::dmarc {
namespace {

constexpr std::size_t kMaxNetworks = 10;
constexpr int kV4Offset = 96;  // bits of an IPv4 address in its IPv6 form

bool sameBits(const aggregate::IpAddress& a, const aggregate::IpAddress& b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<std::size_t>(i / 8);
    const auto mask = static_cast<unsigned>(0x80 >> i % 8);
    if ((a.bytes[byte] & mask) != (b.bytes[byte] & mask)) return false;
  }
  return true;
}

bool matches(const NamedSource& named, const Sender& sender) {
  const int known = sender.network.isV4() ? kV4Offset + 24 : 48;
  for (const auto& network : named.networks)
    if (network.address.isV4() == sender.network.isV4() &&
        sameBits(network.address, sender.network, std::min(network.length, known)))
      return true;
  return std::ranges::any_of(named.domains, [&](const std::string& domain) {
    return isWithin(sender.spf, domain) || isWithin(sender.dkim, domain);
  });
}

// The return path that SendGrid makes for a domain: em1234.example.jp.
bool isSendGridsReturnPath(std::string_view host) {
  if (!host.starts_with("em")) return false;
  const auto label = host.substr(2, host.find('.') - 2);
  return !label.empty() && std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

// SendGrid signs a second time for itself.
bool isBySendGrid(const Sender& sender) {
  return isSendGridsReturnPath(sender.spf) || serviceOf(sender.spf) == "SendGrid" ||
         serviceOf(sender.dkim) == "SendGrid";
}

bool isRefused(aggregate::Disposition disposition) {
  return disposition == aggregate::Disposition::quarantine || disposition == aggregate::Disposition::reject;
}

struct Verdict {
  std::string name;
  Origin origin;
  Evidence evidence;
  auto operator<=>(const Verdict&) const = default;
};

/// Judges the senders of one domain.
class Judge {
 public:
  Judge(std::string_view domain, const std::vector<KnownSender>& senders, const std::vector<Sum>& sums,
        const std::vector<NamedSource>& named)
      : domain_(domain), named_(named) {
    for (const auto& sender : senders) {
      known_[sender.id] = &sender;
      if (sender.sender.isRest()) continue;
      const bool spf = sender.ever == Aligned::spf || sender.ever == Aligned::both;
      if (spf) ownNetworks_.insert(sender.sender.network);
    }
    for (const auto& sum : sums) {
      const auto* sender = find(sum.sender);
      if (!sender || sum.fate.aligned == Aligned::none || sum.messages == 0) continue;
      passedNetworks_.insert(sender->sender.network);
      if (const auto name = hostName(sender->sender)) passedHosts_.insert(*name);
    }
  }
  const KnownSender* find(std::int64_t id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : found->second;
  }
  Verdict of(const Sender& sender, const Fate& fate) const;

 private:
  bool isForeign(const std::string& host) const { return !host.empty() && !isWithin(host, domain_); }
  /// Whom SPF names as the sending host, if it is somebody else.
  std::optional<std::string> hostName(const Sender& sender) const {
    if (!isForeign(sender.spf)) return std::nullopt;
    if (const auto service = serviceOf(sender.spf)) return std::string(*service);
    return organisationOf(sender.spf);
  }
  std::string ownName(const Sender& sender) const;

  std::string_view domain_;
  const std::vector<NamedSource>& named_;
  std::unordered_map<std::int64_t, const KnownSender*> known_;
  std::set<aggregate::IpAddress> ownNetworks_, passedNetworks_;
  std::set<std::string> passedHosts_;
};

std::string Judge::ownName(const Sender& sender) const {
  if (isSendGridsReturnPath(sender.spf)) return "SendGrid";
  if (const auto service = serviceOf(sender.dkim)) return std::string(*service);
  return networkText(sender.network);
}

Verdict Judge::of(const Sender& sender, const Fate& fate) const {
  if (sender.isRest()) return {"other", Origin::unknown, Evidence::tooMany};
  const bool fails = fate.aligned == Aligned::none;
  const auto host = hostName(sender);
  const auto found =
      std::ranges::find_if(named_, [&](const NamedSource& named) { return matches(named, sender); });
  if (found != named_.end() && found->origin == Origin::own)
    return {found->name, Origin::own, Evidence::configured};
  if (found != named_.end() && found->origin)
    return {found->name, fails ? Origin::relayThatBreaks : Origin::forwarded, Evidence::configured};
  if (found != named_.end()) return {found->name, Origin::spoofed, Evidence::configured};
  // Networks of a service are shared: who passes there for somebody else is not us.
  if (!host && ownNetworks_.contains(sender.network))
    return {ownName(sender), Origin::own, Evidence::spfPassed};
  const bool signs = fate.aligned == Aligned::dkim || fate.aligned == Aligned::both;
  if (signs && isForeign(sender.spf) && serviceOf(sender.spf))
    return {*host, Origin::own, Evidence::serviceSigns};
  const auto where = host ? *host : networkText(sender.network);
  if (!fails) return {where, Origin::forwarded, Evidence::signatureLives};
  if (fate.relayed) return {where, Origin::relayThatBreaks, Evidence::receiverSays};
  const auto bySpf = isForeign(sender.spf) ? serviceOf(sender.spf) : std::nullopt;
  const auto service = bySpf ? bySpf : serviceOf(sender.dkim);
  if (!service && (passedNetworks_.contains(sender.network) || (host && passedHosts_.contains(*host))))
    return {where, Origin::relayThatBreaks, Evidence::passedThere};
  if (service) return {std::string(*service), Origin::unknownService, Evidence::serviceForItself};
  if (!host && !sender.dkim.empty()) return {organisationOf(sender.dkim), Origin::spoofed, Evidence::nothing};
  return {where, Origin::spoofed, Evidence::nothing};
}

void extend(Source& source, const KnownSender& sender) {
  if (source.networks.empty()) {
    source.firstDay = sender.firstDay;
    source.lastDay = sender.lastDay;
  }
  source.firstDay = std::min(source.firstDay, sender.firstDay);
  source.lastDay = std::max(source.lastDay, sender.lastDay);
  const auto network = networkText(sender.sender.network);
  if (source.networks.size() < kMaxNetworks &&
      std::ranges::find(source.networks, network) == source.networks.end())
    source.networks.push_back(network);
}

}  // namespace

std::string_view name(Origin origin) {
  static constexpr std::array<std::string_view, kOriginCount> kNames = {
      "own", "forwarded", "relay_that_breaks", "unknown_service", "spoofed", "unknown"};
  return kNames.at(static_cast<std::size_t>(origin));
}

std::string_view name(Evidence evidence) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "configured",   "spf_passed",         "service_signs", "signature_lives", "receiver_says",
      "passed_there", "service_for_itself", "nothing",       "too_many"};
  return kNames.at(static_cast<std::size_t>(evidence));
}

std::optional<NamedSource::Network> parseNetwork(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = aggregate::parseIpAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  NamedSource::Network network{*address, 128};
  if (slash == std::string_view::npos) return network;
  const auto digits = text.substr(slash + 1);
  int length = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc() || stop != digits.data() + digits.size() || length < 0) return std::nullopt;
  network.length = std::min(128, address->isV4() ? length + kV4Offset : length);
  return network;
}

void Dispositions::add(aggregate::Disposition disposition, std::uint64_t messages) {
  if (disposition == aggregate::Disposition::quarantine)
    quarantined += messages;
  else if (disposition == aggregate::Disposition::reject)
    rejected += messages;
  else
    none += messages;
}

Tally DaySums::total() const {
  Tally total;
  for (const auto& tally : byOrigin) total += tally;
  return total;
}

std::uint64_t DaySums::of(Origin origin) const {
  return byOrigin.at(static_cast<std::size_t>(origin)).messages();
}

Sources judge(std::string_view domain, const std::vector<KnownSender>& senders, const std::vector<Sum>& sums,
              const std::vector<NamedSource>& named, Date from) {
  const Judge judge(domain, senders, sums, named);
  std::map<std::pair<std::string, Origin>, Source> sources;
  Sources result;
  for (const auto& sum : sums) {
    const auto* sender = judge.find(sum.sender);
    if (!sender || sum.day < from || sum.messages == 0) continue;
    const auto verdict = judge.of(sender->sender, sum.fate);
    auto& source = sources[{verdict.name, verdict.origin}];
    source.name = verdict.name;
    source.origin = verdict.origin;
    source.evidence = verdict.evidence;
    extend(source, *sender);
    source.tally.add(sum.fate.aligned, sum.messages);
    source.days[sum.day].add(sum.fate.aligned, sum.messages);
    source.dispositions.add(sum.fate.disposition, sum.messages);
    if (sum.fate.cause) source.causes.at(static_cast<std::size_t>(*sum.fate.cause)) += sum.messages;
    auto& day = result.days[sum.day];
    day.byOrigin.at(static_cast<std::size_t>(verdict.origin)).add(sum.fate.aligned, sum.messages);
    day.dispositions.add(sum.fate.disposition, sum.messages);
    if (verdict.origin != Origin::own) continue;
    if (isBySendGrid(sender->sender)) day.ownBySendGrid += sum.messages;
    if (isRefused(sum.fate.disposition)) day.ownRefused += sum.messages;
  }
  for (auto& [key, source] : sources) result.sources.push_back(std::move(source));
  std::sort(result.sources.begin(), result.sources.end(), [](const Source& a, const Source& b) {
    return std::tuple(b.tally.messages(), a.name, a.origin) <
           std::tuple(a.tally.messages(), b.name, b.origin);
  });
  return result;
}

}  // namespace arrivald::dmarc
