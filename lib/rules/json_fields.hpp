// Fields of stored JSON. Readers ignore unknown fields and leave missing ones at their defaults, so that
// newer and older versions can read each other's data.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "rules/bad_share.hpp"
#include "rules/facts.hpp"
#include "rules/input.hpp"
#include "rules/rule.hpp"

namespace arrivald::rules::fields {

using nlohmann::json;

// Conversion of each type to JSON.
inline json spelled(const std::string& value) { return value; }
inline json spelled(double value) { return value; }
inline json spelled(int value) { return value; }
inline json spelled(std::int64_t value) { return value; }
inline json spelled(bool value) { return value; }
inline json spelled(const std::vector<std::string>& value) { return value; }
inline json spelled(Instant value) { return unixMilliseconds(value); }
inline json spelled(Duration value) { return value.count(); }
inline json spelled(BadShare value) { return value.value(); }
inline json spelled(Input value) { return name(value); }
inline json spelled(Source value) { return name(value); }
inline json spelled(Severity value) { return name(value); }
inline json spelled(Basis value) { return name(value); }
inline json spelled(Error::Kind value) { return name(value); }
inline json spelled(LackingPart value) { return name(value); }
inline json spelled(DmarcSign value) { return name(value); }
inline json spelled(Threshold::Side value) { return value == Threshold::Side::above ? "above" : "below"; }

// Conversion from JSON; `value` keeps its default if the JSON has another type.
inline void take(const json& from, std::string& value) {
  if (from.is_string()) value = from.get<std::string>();
}
inline void take(const json& from, double& value) {
  if (from.is_number()) value = from.get<double>();
}
inline void take(const json& from, std::int64_t& value) {
  if (from.is_number_integer()) value = from.get<std::int64_t>();
}
inline void take(const json& from, int& value) {
  std::int64_t wide = value;
  take(from, wide);
  if (wide >= 0 && wide <= 1'000'000) value = static_cast<int>(wide);
}
inline void take(const json& from, bool& value) {
  if (from.is_boolean()) value = from.get<bool>();
}
// All of them or none.
inline void take(const json& from, std::vector<std::string>& value) {
  const auto isText = [](const json& one) { return one.is_string(); };
  if (from.is_array() && std::all_of(from.begin(), from.end(), isText))
    value = from.get<std::vector<std::string>>();
}
inline void take(const json& from, Instant& value) {
  if (from.is_number_integer()) value = fromUnixMilliseconds(from.get<std::int64_t>());
}
inline void take(const json& from, Duration& value) {
  if (from.is_number_integer()) value = Duration(from.get<std::int64_t>());
}
inline void take(const json& from, BadShare& value) {
  if (from.is_number()) value = BadShare(from.get<double>());
}
template <class T, class Named>
void takeName(const json& from, T& value, Named named) {
  if (from.is_string()) value = named(from.get_ref<const std::string&>()).value_or(value);
}
inline void take(const json& from, Input& value) { takeName(from, value, inputNamed); }
inline void take(const json& from, Source& value) { takeName(from, value, sourceNamed); }
inline void take(const json& from, Severity& value) { takeName(from, value, severityNamed); }
inline void take(const json& from, Basis& value) { takeName(from, value, basisNamed); }
inline void take(const json& from, LackingPart& value) { takeName(from, value, lackingPartNamed); }
inline void take(const json& from, DmarcSign& value) { takeName(from, value, dmarcSignNamed); }
// Of a kind that is not known any more the failure stays known.
inline void take(const json& from, Error::Kind& value) {
  value = Error::Kind::unavailable;
  takeName(from, value, errorKindNamed);
}
inline void take(const json& from, Threshold::Side& value) {
  if (from == "above") value = Threshold::Side::above;
  if (from == "below") value = Threshold::Side::below;
}

template <class T>
void put(json& to, const char* field, const T& value) {
  to[field] = spelled(value);
}
template <class T>
void put(json& to, const char* field, const std::optional<T>& value) {
  if (value) put(to, field, *value);
}
template <class T>
void get(const json& from, const char* field, T& value) {
  if (const auto found = from.find(field); found != from.end()) take(*found, value);
}
template <class T>
void get(const json& from, const char* field, std::optional<T>& value) {
  if (!from.contains(field)) return;
  T inner{};
  get(from, field, inner);
  value = inner;
}

}  // namespace arrivald::rules::fields
