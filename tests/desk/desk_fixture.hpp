// DeskFixture: an account's lists as the desk reads them.
#pragma once

#include "desk/entries.hpp"
#include "watch/provider_fixture.hpp"

namespace arrivald::testing {

struct DeskFixture : ProviderFixture {
  /// An address whose next mail after a release failed.
  struct History final : desk::ReleaseHistory {
    std::map<std::string, Instant> failed;
    std::vector<desk::PastRelease> past;
    std::optional<Instant> failedAgain(std::string_view, std::string_view email) const override {
      const auto found = failed.find(std::string(email));
      return found == failed.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<desk::PastRelease> of(std::string_view) const override { return past; }
  };
  History history;

  desk::Entries entries() { return desk::Entries(owners(), &history); }
  void add(suppression::List list, const std::string& email, const std::string& reason, Duration ago,
           const std::string& account = "main") {
    std::vector<suppression::Entry> page{{email, clock.now() - ago, reason, "", "", 0}};
    REQUIRE(owners().lists().add(account, list, page));
  }
  /// All lists of an account are read to their end.
  void readLists(const std::string& account = "main") {
    for (const auto list : suppression::kLists) {
      owners().lists().beginCrawl(account, list);
      REQUIRE(
          owners().lists().finishCrawl(account, list, clock.now(), watch::SuppressionLists::Missing::kept));
    }
  }
  desk::Page page(const desk::QueryAsked& asked) {
    auto read = entries().page(entries().query(asked));
    REQUIRE(read);
    return *read;
  }
  std::vector<std::string> emails(const desk::QueryAsked& asked) {
    std::vector<std::string> all;
    for (const auto& row : page(asked).rows) all.push_back(row.entry.email);
    return all;
  }
};

}  // namespace arrivald::testing
