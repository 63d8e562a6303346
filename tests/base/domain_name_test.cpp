#include "base/domain_name.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;

TEST_CASE("a domain of another script, as mail carries it and as people read it") {
  const std::pair<const char*, const char*> domains[] = {
      {"xn--wgv71a119e.jp", "日本語.jp"},
      {"mail.xn--bcher-kva.example", "mail.bücher.example"},
      {"xn--eckwd4c7c.xn--zckzah", "ドメイン.テスト"},
      {"xn--fiqs8s.example", "中国.example"},
      // RFC 3492, section 7.1 (L).
      {"xn--3b-ww4c5e180e575a65lsy2b.example", "3年b組金八先生.example"},
      {"xn--i-7iq.example", "i❤.example"},
      {"xn--vi8h.example", "🍕.example"},
  };
  for (const auto& [ascii, readable] : domains) {
    CHECK(readableDomain(ascii) == readable);
    CHECK(asciiDomain(readable) == ascii);
  }
  CHECK(readableDomain("XN--WGV71A119E.JP") == "日本語.jp");
  CHECK(asciiDomain("Town.Example.JP") == "town.example.jp");
}

TEST_CASE("what is no such domain stays as it is") {
  for (const auto* domain : {"example.jp", "", ".", "xn--", "xn--.jp", "xn--a.jp", "xn--abc-.jp",
                             "xn--99999999999.jp", "xn--\xff.jp",
                             // An override of the direction of text, and a zero width space.
                             "xn--ab-m1t.jp", "xn--ab-j1t.jp"}) {
    CAPTURE(domain);
    CHECK(readableDomain(domain).empty());
  }
  CHECK(asciiDomain("\xff.jp") == "\xff.jp");
  const std::string tooLong = [] {
    std::string label;
    for (int i = 0; i < 70; ++i) label += "語";
    return label + ".jp";
  }();
  CHECK(asciiDomain(tooLong) == tooLong);
}
