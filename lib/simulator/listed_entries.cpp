#include "simulator/listed_entries.hpp"

#include <nlohmann/json.hpp>

#include "http/url.hpp"

namespace arrivald::simulator {

using http::Response;
using http::ServerRequest;
using nlohmann::json;
using suppression::Entry;
using suppression::List;

namespace {

Response answer(unsigned status, const json& body) {
  Response response{status, {{"Content-Type", "application/json"}}, body.dump()};
  return response;
}

Response failure(unsigned status, const char* message) {
  return answer(status, {{"errors", json::array({{{"field", nullptr}, {"message", message}}})}});
}

// The folder of a path names its list; those of the unsubscribes are others.
List listOf(std::string_view folder) {
  if (folder == "/v3/asm/suppressions" || folder.starts_with("/v3/asm/groups/"))
    return List::groupUnsubscribes;
  for (const auto list : suppression::kLists)
    if (folder.ends_with("/" + std::string(name(list)))) return list;
  return List::unsubscribes;
}

json rowOf(List list, const Entry& entry) {
  json row{{"created", unixSeconds(entry.created)}, {"email", entry.email}};
  if (list == List::spamReports) {
    row["ip"] = entry.ip;
    return row;
  }
  row["reason"] = entry.reason;
  if (list != List::invalidEmails) row["status"] = entry.status;
  return row;
}

// All groups of the account, each with whether the address has unsubscribed from it.
Response groupsOf(const Account& account, const std::string& email) {
  json row{{"id", Account::kUnsubscribeGroupId}, {"name", Account::kUnsubscribeGroup}, {"description", ""}};
  row["is_default"] = true;
  row["suppressed"] = !account.lists().find(List::groupUnsubscribes, email).empty();
  return answer(200, {{"suppressions", json::array({row})}});
}

Response listed(const Account& account, List list, const std::string& email) {
  if (list == List::groupUnsubscribes) return groupsOf(account, email);
  json rows = json::array();
  for (const auto& entry : account.lists().find(list, email)) rows.push_back(rowOf(list, entry));
  if (list != List::unsubscribes) return answer(200, rows);
  return answer(200, rows.empty() ? json::object() : json{{"recipient_email", email}});
}

Response putBack(Account& account, std::string_view body, Instant now) {
  const auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("recipient_emails") || !parsed["recipient_emails"].is_array())
    return failure(400, "recipient_emails is required");
  for (const auto& email : parsed["recipient_emails"])
    if (email.is_string())
      account.lists().add(List::unsubscribes, {email.get<std::string>(), now, "", "", ""});
  return answer(201, parsed);
}

}  // namespace

Response answerAboutEntry(Account& account, const ServerRequest& request, Instant now) {
  if (request.method == "POST") return putBack(account, request.body, now);
  const auto slash = request.path.rfind('/');
  const auto list = listOf(request.path.substr(0, slash));
  const auto email = http::percentDecode(request.path.substr(slash + 1));
  // At the provider this may empty the list; arrivald must never send it.
  if (email.empty()) return failure(400, "an address is required");
  if (request.method == "GET") return listed(account, list, email);
  const bool removed = account.release(list, email, now);
  // The provider answers 204 about a global unsubscribe that does not exist.
  if (!removed && list != List::unsubscribes) return failure(404, "not found");
  return Response{204, {}, ""};
}

}  // namespace arrivald::simulator
