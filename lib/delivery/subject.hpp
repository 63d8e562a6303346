// Subject: whose mail a number, a window or an alert is about.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald::delivery {

/// What an account's mail is broken down by. One dimension's parts need not sum up to the account.
enum class Dimension : std::uint8_t {
  account,  ///< the whole account (the provider's parent statistics exclude its subusers)
  subuser,
  category,
  mailboxProvider,  ///< the provider's own grouping of receivers: "Gmail", "Yahoo", …
  domainGroup,      ///< ours, of the recipient's domain; known from the event stream only
};
inline constexpr std::size_t kDimensionCount = 5;

/// "mailbox_provider": the spelling used in YAML, labels and the database.
std::string_view name(Dimension dimension);
std::optional<Dimension> dimensionNamed(std::string_view name);

struct Subject {
  std::string account;  ///< the account's name in the YAML
  Dimension dimension = Dimension::account;
  std::string name;  ///< empty for the account itself

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// "main", "main/category/password-reset": stable and unique, for logs, state keys and links.
std::string toText(const Subject& subject);

}  // namespace arrivald::delivery
