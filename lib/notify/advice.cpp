#include "notify/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "causes/texts.hpp"
#include "notify/incident_side.hpp"

namespace arrivald::notify {
namespace {

// Stored: what a place here means does not change.
constexpr std::array<std::pair<Side::Kind, std::string_view>, 26> kKinds{{
    {Side::Kind::watch, "watch"},
    {Side::Kind::api, "api"},
    {Side::Kind::apiSays, "api_says"},
    {Side::Kind::statistics, "statistics"},
    {Side::Kind::apiOrNetwork, "api_or_network"},
    {Side::Kind::key, "key"},
    {Side::Kind::limit, "limit"},
    {Side::Kind::network, "network"},
    {Side::Kind::host, "host"},
    {Side::Kind::application, "application"},
    {Side::Kind::plan, "plan"},
    {Side::Kind::reputation, "reputation"},
    {Side::Kind::complaints, "complaints"},
    {Side::Kind::recipients, "recipients"},
    {Side::Kind::account, "account"},
    {Side::Kind::domain, "domain"},
    {Side::Kind::providerSays, "provider_says"},
    {Side::Kind::provider, "provider"},
    {Side::Kind::providerHolds, "provider_holds"},
    {Side::Kind::cause, "cause"},
    {Side::Kind::receiverFails, "receiver_fails"},
    {Side::Kind::receiver, "receiver"},
    {Side::Kind::receiverAlone, "receiver"},
    {Side::Kind::ours, "ours"},
    {Side::Kind::sender, "sender"},
    {Side::Kind::unclear, "unclear"},
}};

std::string_view nameOf(Side::Kind kind) {
  return std::ranges::find(kKinds, kind, &std::pair<Side::Kind, std::string_view>::first)->second;
}

// Fewer replies deny nothing.
constexpr std::size_t kEnough = 5;

// What the sender has to correct is said as exactly as the replies tell: another text is another step.
// Replies that share no text any more take nothing back.
std::string causeOf(const incidents::Incident& incident, const causes::Cause& cause) {
  const std::string name(causes::name(cause.causeClass));
  if (cause.verdict != causes::Verdict::senderMustFix) return name;
  if (!cause.textKey.empty()) return fmt::format("{}:{}", name, cause.textKey);
  if (!incident.notified) return name;
  const std::string_view told = incident.notified->advised.told;
  const auto begin = told.find('|');
  const auto former = begin == std::string_view::npos
                          ? std::string_view()
                          : told.substr(begin + 1, told.find('|', begin + 1) - begin - 1);
  return former.starts_with(name + ":") ? std::string(former) : name;
}

// Of two causes there are two steps.
std::string causesOf(const incidents::Incident& incident, const Side& side) {
  const auto& kinds = incident.root.kinds;
  if (kinds.size() == 2 && (isOpen(side) || side.cause)) {
    const auto [first, second] = std::minmax(kinds.front(), kinds.back());
    return fmt::format("{}+{}", name(first), name(second));
  }
  return side.cause ? causeOf(incident, side.cause->cause) : std::string();
}

}  // namespace

bool isOpen(const Side& side) {
  return side.kind == Side::Kind::unclear || side.kind == Side::Kind::receiver ||
         side.kind == Side::Kind::receiverAlone;
}

incidents::Advice adviceOf(const incidents::Incident& incident, const IncidentContext& context) {
  const auto side = sideOf(incident, context);
  const bool isDenied = context.around.causes.replies >= kEnough;
  return {fmt::format("{}|{}|{}|{}", nameOf(side.kind), causesOf(incident, side),
                      side.doubtful && isOpen(side) ? "doubtful" : "", side.name),
          !isOpen(side) || isDenied};
}

Side sideOfAdvice(std::string_view key) {
  std::array<std::string_view, 3> parts;
  for (auto& part : parts) {
    const auto end = std::min(key.find('|'), key.size());
    part = key.substr(0, end);
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  Side side;
  side.name = key;
  if (const auto known =
          std::ranges::find(kKinds, parts[0], &std::pair<Side::Kind, std::string_view>::second);
      known != kKinds.end())
    side.kind = known->first;
  side.doubtful = parts[2] == "doubtful";
  if (side.kind != Side::Kind::cause) return side;
  const auto named = causes::classNamed(parts[1].substr(0, parts[1].find_first_of("+:")));
  if (!named) return {};
  causes::Cause cause;
  cause.causeClass = *named;
  cause.verdict = causes::verdictOf(*named);
  side.cause = LeadingCause{cause, 0};
  return side;
}

}  // namespace arrivald::notify
