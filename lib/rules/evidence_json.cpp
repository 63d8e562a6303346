// The stored form of evidence: one list of fields per kind serves writing and reading.
#include <nlohmann/json.hpp>

#include "rules/evidence.hpp"
#include "rules/json_fields.hpp"

namespace arrivald::rules {
namespace {

using fields::json;

struct Writer {
  json& to;
  template <class T>
  void operator()(const char* field, const T& value) {
    fields::put(to, field, value);
  }
};

struct Taker {
  const json& from;
  template <class T>
  void operator()(const char* field, T& value) {
    fields::get(from, field, value);
  }
};

// The fields of one kind; `E` is const where they are written.
template <class E, class Field>
concept Of = std::is_same_v<std::remove_const_t<E>, Field>;

template <class Each, Of<std::monostate> E>
void eachField(Each, E&) {}
template <class Each, Of<RateEvidence> E>
void eachField(Each each, E& e) {
  each("input", e.input);
  each("bad", e.mails.bad);
  each("total", e.mails.total);
  each("bound", e.bound);
  each("threshold", e.threshold);
  each("usual", e.usual);
  each("window", e.window);
  each("basis", e.basis);
  each("configured", e.configured);
  each("learning", e.learning);
}
template <class Each, Of<NumberEvidence> E>
void eachField(Each each, E& e) {
  each("input", e.input);
  each("side", e.side);
  each("value", e.value);
  each("limit", e.limit);
  each("delivered", e.delivered);
  each("window", e.window);
  each("error", e.error);
  each("basis", e.basis);
  each("undelivered", e.undelivered);
  each("unproven", e.unproven);
}
template <class Each, Of<StallEvidence> E>
void eachField(Each each, E& e) {
  each("requests", e.requests);
  each("outcomes", e.outcomes);
  each("usual_share", e.usualShare);
  each("chance", e.chance);
  each("window", e.window);
  each("lag", e.lag);
  each("basis", e.basis);
}
template <class Each, Of<SilenceEvidence> E>
void eachField(Each each, E& e) {
  each("quiet", e.quiet);
  each("min_quiet", e.minQuiet);
  each("window", e.window);
  each("expected", e.expected);
  each("chance", e.chance);
}
template <class Each, Of<ReadingEvidence> E>
void eachField(Each each, E& e) {
  each("source", e.source);
  each("age", e.age);
  each("limit", e.limit);
  each("error", e.error);
  each("ever_read", e.everRead);
  each("others", e.others);
  each("all", e.all);
  each("streamed", e.streamed);
}
template <class Each, Of<StreamSilenceEvidence> E>
void eachField(Each each, E& e) {
  each("quiet", e.quiet);
  each("limit", e.limit);
  each("outcomes", e.outcomes);
  each("error", e.error);
  each("refused", e.refused);
}
template <class Each, Of<OverdueEvidence> E>
void eachField(Each each, E& e) {
  each("overdue", e.overdue);
  each("processed", e.processed);
  each("oldest", e.oldest);
  each("after", e.after);
  each("chance", e.chance);
  each("window", e.window);
}
template <class Each, Of<DriftEvidence> E>
void eachField(Each each, E& e) {
  each("input", e.input);
  each("bad", e.mails.bad);
  each("total", e.mails.total);
  each("usual", e.usual);
  each("threshold", e.threshold);
  each("score", e.score);
  each("window", e.window);
}
template <class Each, Of<BurnEvidence> E>
void eachField(Each each, E& e) {
  each("input", e.input);
  each("bad", e.mails.bad);
  each("total", e.mails.total);
  each("bound", e.bound);
  each("threshold", e.threshold);
  each("window", e.window);
  each("basis", e.basis);
}
template <class Each, Of<FirstBlockEvidence> E>
void eachField(Each each, E& e) {
  each("blocks", e.blocks);
  each("outcomes", e.outcomes);
  each("min_mails", e.minMails);
  each("window", e.window);
  each("basis", e.basis);
}
template <class Each, Of<CauseEvidence> E>
void eachField(Each each, E& e) {
  each("replies", e.replies);
  each("min_mails", e.minMails);
  each("window", e.window);
  each("causes", e.causes);
}
template <class Each, Of<DifferenceEvidence> E>
void eachField(Each each, E& e) {
  each("statistics", e.statistics);
  each("events", e.events);
  each("limit", e.limit);
  each("lacking", e.lacking);
  each("zone", e.zone);
}
template <class Each, Of<SettingsEvidence> E>
void eachField(Each each, E& e) {
  each("wrong", e.wrong);
}
template <class Each, Of<StatusEvidence> E>
void eachField(Each each, E& e) {
  each("status", e.status);
}

template <class Each, Of<DmarcEvidence> E>
void eachField(Each each, E& e) {
  each("sign", e.sign);
  each("source", e.source);
  each("before", e.before);
  each("day", e.day);
  each("mails", e.mails);
  each("total", e.total);
  each("others", e.others);
  each("usual", e.usual);
  each("limit", e.limit);
  each("quiet", e.quiet);
  each("quiet_limit", e.quietLimit);
  each("passes", e.passes);
  each("began", e.began);
}

template <class Each, Of<StandstillEvidence> E>
void eachField(Each each, E& e) {
  each("quiet", e.quiet);
  each("limit", e.limit);
  each("mails", e.mails);
  each("expected", e.expected);
}

template <std::size_t I = 1>
Evidence evidenceOf(const std::string& kind, const json& from) {
  if constexpr (I < std::variant_size_v<Evidence>) {
    std::variant_alternative_t<I, Evidence> evidence;
    if (decltype(evidence)::Of::kName != kind) return evidenceOf<I + 1>(kind, from);
    eachField(Taker{from}, evidence);
    return evidence;
  }
  return {};
}

}  // namespace

std::string toJson(const Evidence& evidence) {
  json to = json::object();
  if (const auto kind = kindName(evidence); !kind.empty()) to["kind"] = kind;
  std::visit([&](const auto& e) { eachField(Writer{to}, e); }, evidence);
  return to.dump(-1, ' ', false, json::error_handler_t::replace);
}

Evidence evidenceFromJson(std::string_view text) {
  const json from = json::parse(text, nullptr, false);
  std::string kind;
  if (from.is_object()) fields::get(from, "kind", kind);
  return evidenceOf(kind, from);
}

}  // namespace arrivald::rules
