// JsonSchema: the part of JSON Schema that lib/desk/openapi.json uses, checked by other code than makes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace arrivald::testing {

/// Value; `document` holds what "$ref" refers to.
class JsonSchema {
 public:
  explicit JsonSchema(nlohmann::json document) : document_(std::move(document)) {}
  const nlohmann::json& document() const { return document_; }

  /// What is wrong with `value`, each with its place; empty: nothing.
  std::vector<std::string> problems(const nlohmann::json& schema, const nlohmann::json& value) const {
    std::vector<std::string> found;
    check(schema, value, "", found);
    return found;
  }

 private:
  using Json = nlohmann::json;

  static bool isOf(const std::string& type, const Json& value) {
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "array") return value.is_array();
    return type == "object" && value.is_object();
  }
  static bool isOfAny(const Json& types, const Json& value) {
    if (types.is_string()) return isOf(types.get<std::string>(), value);
    for (const auto& type : types)
      if (isOf(type.get<std::string>(), value)) return true;
    return false;
  }
  void checkObject(const Json& schema, const Json& value, const std::string& place,
                   std::vector<std::string>& found) const {
    for (const auto& key : schema.value("required", Json::array()))
      if (!value.contains(key.get<std::string>()))
        found.push_back(place + ": lacks " + key.get<std::string>());
    const auto properties = schema.value("properties", Json::object());
    for (const auto& [key, member] : value.items()) {
      const auto known = properties.find(key);
      if (known != properties.end())
        check(*known, member, place + "/" + key, found);
      else
        found.push_back(place + ": is not described: " + key);
    }
  }
  void check(const Json& schema, const Json& value, const std::string& place,
             std::vector<std::string>& found) const {
    if (schema.contains("$ref")) {
      const Json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
      return check(document_.at(target), value, place, found);
    }
    if (schema.contains("type") && !isOfAny(schema["type"], value)) {
      found.push_back(place + ": is no " + schema["type"].dump() + ": " + value.dump());
      return;
    }
    if (schema.contains("enum")) {
      const auto& all = schema["enum"];
      if (std::find(all.begin(), all.end(), value) == all.end())
        found.push_back(place + ": is none of the values: " + value.dump());
    }
    if (value.is_object()) checkObject(schema, value, place, found);
    if (value.is_array() && schema.contains("items"))
      for (std::size_t i = 0; i < value.size(); ++i)
        check(schema["items"], value[i], place + "/" + std::to_string(i), found);
  }

  Json document_;
};

}  // namespace arrivald::testing
