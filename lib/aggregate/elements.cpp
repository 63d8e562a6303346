#include "aggregate/elements.hpp"

#include <algorithm>
#include <array>

namespace arrivald::aggregate {
namespace {

struct Child {
  Element parent;
  std::string_view name;
  Element element;
};

// By parent.
constexpr std::array kChildren = {
    Child{Element::document, "feedback", Element::feedback},
    Child{Element::feedback, "record", Element::record},
    Child{Element::feedback, "report_metadata", Element::metadata},
    Child{Element::feedback, "policy_published", Element::policyPublished},
    Child{Element::metadata, "org_name", Element::orgName},
    Child{Element::metadata, "email", Element::email},
    Child{Element::metadata, "extra_contact_info", Element::extraContactInfo},
    Child{Element::metadata, "report_id", Element::reportId},
    Child{Element::metadata, "date_range", Element::dateRange},
    Child{Element::metadata, "error", Element::error},
    Child{Element::metadata, "generator", Element::generator},
    Child{Element::dateRange, "begin", Element::begin},
    Child{Element::dateRange, "end", Element::end},
    Child{Element::policyPublished, "domain", Element::policyDomain},
    Child{Element::policyPublished, "adkim", Element::adkim},
    Child{Element::policyPublished, "aspf", Element::aspf},
    Child{Element::policyPublished, "p", Element::p},
    Child{Element::policyPublished, "sp", Element::sp},
    Child{Element::policyPublished, "np", Element::np},
    Child{Element::policyPublished, "pct", Element::pct},
    Child{Element::policyPublished, "fo", Element::fo},
    Child{Element::policyPublished, "testing", Element::testing},
    Child{Element::policyPublished, "discovery_method", Element::discoveryMethod},
    Child{Element::record, "row", Element::row},
    Child{Element::record, "identifiers", Element::identifiers},
    Child{Element::record, "auth_results", Element::authResults},
    Child{Element::record, "identities", Element::identifiers},  // two mail systems write it so
    Child{Element::row, "source_ip", Element::sourceIp},
    Child{Element::row, "count", Element::count},
    Child{Element::row, "policy_evaluated", Element::policyEvaluated},
    Child{Element::policyEvaluated, "disposition", Element::disposition},
    Child{Element::policyEvaluated, "dkim", Element::evaluatedDkim},
    Child{Element::policyEvaluated, "spf", Element::evaluatedSpf},
    Child{Element::policyEvaluated, "reason", Element::reason},
    Child{Element::reason, "type", Element::reasonType},
    Child{Element::reason, "comment", Element::reasonComment},
    Child{Element::identifiers, "header_from", Element::headerFrom},
    Child{Element::identifiers, "envelope_from", Element::envelopeFrom},
    Child{Element::identifiers, "envelope_to", Element::envelopeTo},
    Child{Element::authResults, "dkim", Element::dkim},
    Child{Element::authResults, "spf", Element::spf},
    Child{Element::dkim, "domain", Element::dkimDomain},
    Child{Element::dkim, "selector", Element::dkimSelector},
    Child{Element::dkim, "result", Element::dkimResult},
    Child{Element::spf, "domain", Element::spfDomain},
    Child{Element::spf, "scope", Element::spfScope},
    Child{Element::spf, "result", Element::spfResult},
};

struct Range {
  std::uint8_t begin = 0, end = 0;
};

constexpr std::array<Range, kElementCount> childRanges() {
  std::array<Range, kElementCount> ranges{};
  for (std::size_t i = 0; i < kChildren.size(); ++i) {
    auto& range = ranges[static_cast<std::size_t>(kChildren[i].parent)];
    if (range.end == 0) range.begin = static_cast<std::uint8_t>(i);
    range.end = static_cast<std::uint8_t>(i + 1);
  }
  return ranges;
}
constexpr auto kRanges = childRanges();
static_assert(kRanges[static_cast<std::size_t>(Element::spf)].end == kChildren.size());

}  // namespace

Element childOf(Element parent, std::string_view localName) {
  const auto range = kRanges[static_cast<std::size_t>(parent)];
  for (std::size_t i = range.begin; i < range.end; ++i)
    if (kChildren[i].name == localName) return kChildren[i].element;
  return Element::none;
}

bool holdsText(Element element) { return kRanges[static_cast<std::size_t>(element)].end == 0; }

}  // namespace arrivald::aggregate
