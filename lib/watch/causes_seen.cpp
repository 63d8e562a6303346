#include "watch/causes_seen.hpp"

#include <algorithm>
#include <array>

#include "base/mask.hpp"
#include "base/utf8.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMostSeen = 5000;
constexpr Duration kRemembered = std::chrono::hours(24);
constexpr std::size_t kSampleBytes = 200;
constexpr std::size_t kSamples = 3;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The provider's statistics call some receivers otherwise than we do.
std::string ourName(std::string_view mailboxProvider) {
  auto name = lower(mailboxProvider);
  if (name == "outlook" || name == "hotmail" || name == "office 365" || name == "outlook.com")
    return "microsoft";
  if (name == "google" || name == "google apps") return "gmail";
  if (name == "aol" || name == "yahoo!" || name == "verizon media") return "yahoo";
  if (name == "icloud") return "apple";
  if (name == "yahoo! japan" || name == "yahoo japan") return "yahoo-japan";
  return name;
}

}  // namespace

CausesSeen::CausesSeen() : explainer_(causes::Explainer::make().value()) {}

Done CausesSeen::use(const std::vector<causes::Rule>& own) {
  if (own == own_) return done();
  auto made = causes::Explainer::make(own);
  if (!made) return Error(std::move(made).error());
  explainer_ = std::move(made).value();
  own_ = own;
  return done();
}

std::optional<causes::Cause> CausesSeen::note(const std::string& account, suppression::List list,
                                              const suppression::Entry& entry, Instant now) {
  if (list != suppression::List::bounces && list != suppression::List::blocks &&
      list != suppression::List::invalidEmails)
    return std::nullopt;
  causes::Reply reply;
  reply.text = entry.reason;
  reply.status = entry.status;
  reply.recipient = entry.email;
  if (const auto at = entry.email.rfind('@'); at != std::string::npos)
    reply.recipientDomain = std::string_view(entry.email).substr(at + 1);
  reply.at = entry.created;
  auto cause = explainer_.explain(reply);
  if (entry.created > now - kRemembered && entry.created <= now + std::chrono::minutes(5)) {
    seen_.push_back({account, entry.created, cause.klass, cause.provider,
                     oneLine(maskAddresses(entry.reason), kSampleBytes)});
    while (seen_.size() > kMostSeen || (!seen_.empty() && seen_.front().created < now - kRemembered))
      seen_.pop_front();
  }
  return cause;
}

CausesSeen::Summary CausesSeen::summary(std::string_view account, std::string_view provider, Duration window,
                                        Instant now) const {
  const auto wanted = ourName(provider);
  std::array<std::size_t, causes::kClasses.size()> counts{};
  Summary summary;
  const auto fits = [&](const Seen& seen) {
    return seen.account == account && seen.created > now - window && seen.created <= now &&
           (wanted.empty() || seen.provider == wanted);
  };
  for (const auto& seen : seen_) {
    if (!fits(seen)) continue;
    ++summary.entries;
    ++counts[static_cast<std::size_t>(seen.klass)];
  }
  for (const auto klass : causes::kClasses)
    if (const auto count = counts[static_cast<std::size_t>(klass)]; count > 0)
      summary.shares.push_back({klass, count});
  std::stable_sort(summary.shares.begin(), summary.shares.end(),
                   [](const Share& a, const Share& b) { return a.count > b.count; });
  if (summary.shares.empty()) return summary;
  for (auto seen = seen_.rbegin(); seen != seen_.rend() && summary.samples.size() < kSamples; ++seen) {
    if (!fits(*seen) || seen->klass != summary.shares.front().klass || seen->reply.empty()) continue;
    if (std::find(summary.samples.begin(), summary.samples.end(), seen->reply) == summary.samples.end())
      summary.samples.push_back(seen->reply);
  }
  return summary;
}

}  // namespace arrivald::watch
