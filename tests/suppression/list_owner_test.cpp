// Whose a list is: an account's, or a subuser's.
#include "suppression/list_owner.hpp"

#include <catch2/catch.hpp>

using namespace arrivald::suppression;

TEST_CASE("a list belongs to an account or to a subuser of it, whatever the subuser is called") {
  CHECK(ownerName("main", "") == "main");
  CHECK(accountOf("main") == "main");
  CHECK(subuserOf("main").empty());
  for (const std::string subuser : {"city", "a/b", "city@example.jp", "account-id 1"}) {
    const auto owner = ownerName("main", subuser);
    CHECK(accountOf(owner) == "main");
    CHECK(subuserOf(owner) == subuser);
  }
}
