// F04: whom a drop is about.
#include "stream/drop_reason.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

using namespace arrivald::stream;

TEST_CASE("each of the provider's drop reasons is about an address, a message or the account") {
  for (const auto& [reason, about] :
       {std::pair("Bounced Address", "address"), std::pair("Unsubscribed Address", "address"),
        std::pair("Spam Reporting Address", "address"), std::pair("Invalid", "address"),
        std::pair("Invalid Address", "address"), std::pair("Invalid SMTPAPI header", "message"),
        std::pair("Spam Content (if Spam Checker app is enabled)", "message"),
        std::pair("Duplicate message", "message"), std::pair("Recipient List over Package Quota", "account"),
        std::pair("RECIPIENT LIST OVER PACKAGE QUOTA", "account"),
        std::pair("User account suspended", "account"), std::pair("Missing @", "address"),
        std::pair("Something new", "other"), std::pair("", "other")}) {
    CAPTURE(reason);
    CHECK(name(aboutOf(reason)) == about);
  }
}
