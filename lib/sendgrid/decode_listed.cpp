// What SendGrid answers about one address of a list.
#include <algorithm>

#include "sendgrid/decode.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {

using suppression::Entry;
using suppression::List;

namespace {

// {"recipient_email":"taro@example.jp"}, or {} if it is not listed.
Answer<std::vector<Entry>> decodeGlobal(const nlohmann::json& document) {
  if (!document.is_object())
    return malformed(phrase("the answer about a global unsubscribe is not an object"));
  if (document.empty()) return std::vector<Entry>();
  const auto email = textOf(member(document, "recipient_email"), kMaxEmailBytes);
  if (!email || email->empty())
    return malformed(phrase("the answer about a global unsubscribe names no address"));
  Entry entry;
  entry.email = *email;
  return std::vector<Entry>{std::move(entry)};
}

// {"suppressions":[{"id":4,"name":"News","suppressed":true},…]}: every group of the account.
Answer<std::vector<Entry>> decodeGroups(const nlohmann::json& document, std::int64_t group) {
  const auto& groups = member(document, "suppressions");
  if (!groups.is_array()) return malformed(phrase("the answer about unsubscribe groups has no list of them"));
  for (const auto& row : groups) {
    if (countOf(member(row, "id")) != group || !truthOf(member(row, "suppressed"))) continue;
    Entry entry;
    entry.group = group;
    return std::vector<Entry>{std::move(entry)};
  }
  return std::vector<Entry>();
}

}  // namespace

Answer<std::vector<Entry>> decodeListed(std::string_view json, List list, std::int64_t group) {
  if (list == List::unsubscribes || list == List::groupUnsubscribes) {
    auto document = parse(json);
    if (!document.ok()) return std::move(document).error();
    return list == List::unsubscribes ? decodeGlobal(*document) : decodeGroups(*document, group);
  }
  const auto begin = std::min(json.find_first_not_of(" \t\r\n"), json.size());
  if (!json.substr(begin).starts_with('[') && !json.substr(begin).starts_with('{')) return unreadable(json);
  ListReader reader;
  ListPage page;
  std::string text(json);
  auto read = reader.read(text, page);
  if (!read.ok()) return std::move(read).error();
  if (page.malformed.badRows > 0)
    return malformed(phrase("a row of the answer about one address has no address"));
  return std::move(page.entries);
}

}  // namespace arrivald::sendgrid
