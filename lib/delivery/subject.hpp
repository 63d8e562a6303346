// Subject: the account, or the part of its mail, that a number, a window or an alert refers to.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arrivald::delivery {

/// The dimensions by which an account's mail is broken down. The subjects of a dimension need not add up to
/// the account.
enum class Dimension : std::uint8_t {
  account,  ///< the whole account (the provider's parent statistics exclude its subusers)
  subuser,
  category,
  mailboxProvider,  ///< the provider's own grouping of recipients: "Gmail", "Yahoo", …
  domainGroup,      ///< stream::DomainGroups of recipients' domains; from the event stream only
  sendingDomain,    ///< a domain of senders, of which DMARC reports tell; its mail is not counted
};
inline constexpr std::size_t kDimensionCount = 6;
/// The dimensions before it are those whose mail is counted.
inline constexpr std::size_t kMailDimensionCount = 5;

/// "mailbox_provider": the spelling used in YAML, labels and the database.
std::string_view name(Dimension dimension);
std::optional<Dimension> dimensionNamed(std::string_view name);

/// Mail by where it goes, however it is grouped.
constexpr bool isReceiver(Dimension dimension) {
  return dimension == Dimension::mailboxProvider || dimension == Dimension::domainGroup;
}

struct Subject {
  std::string account;  ///< the account's name in the YAML
  Dimension dimension = Dimension::account;
  std::string name;  ///< within the dimension; empty for the account itself

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// "main", "main/category/password-reset": stable and unique, for logs, state keys and links.
std::string toText(const Subject& subject);

}  // namespace arrivald::delivery
