#include "aggregate/reason.hpp"

#include <array>

namespace arrivald::aggregate {
namespace {

constexpr std::array<std::string_view, kRefusalCount> kRefusals = {
    "empty",
    "not_a_report",
    "xml_not_well_formed",
    "xml_truncated",
    "xml_too_deep",
    "doctype_not_allowed",
    "no_domain",
    "period_invalid",
    "period_in_future",
    "period_too_long",
    "archive_truncated",
    "archive_damaged",
    "archive_encrypted",
    "too_large",
    "too_many_members",
    "too_many_parts",
    "nested_too_deep",
};
constexpr std::array<std::string_view, kWarningCount> kWarnings = {
    "prolog_skipped",
    "trailing_bytes",
    "bytes_replaced",
    "text_escaped",
    "text_cut",
    "no_records",
    "org_from_email",
    "no_report_id",
    "record_without_ip",
    "record_with_bad_count",
    "disposition_contradicts",
    "policy_twice",
    "long_period",
};

}  // namespace

std::string_view name(Refusal refusal) { return kRefusals.at(static_cast<std::size_t>(refusal)); }
std::string_view name(Warning warning) { return kWarnings.at(static_cast<std::size_t>(warning)); }

}  // namespace arrivald::aggregate
