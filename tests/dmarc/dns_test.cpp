// What DNS records of a domain say, and whether that is as it must be.
#include <catch2/catch.hpp>

#include "dmarc/dns_findings.hpp"

using namespace arrivald::dmarc;

namespace {

using Texts = std::vector<std::string>;

// A SubjectPublicKeyInfo is this long at 1024 and at 512 bits; what stands in it does not matter here.
std::string keyOf(std::size_t bytes) { return std::string((bytes + 2) / 3 * 4, 'A'); }
const std::string kKey1024 = keyOf(162), kKey512 = keyOf(94);

DnsFacts sound() {
  DnsFacts facts;
  facts.domain = "example.jp";
  facts.recordName = "_dmarc.example.jp";
  facts.record = readDmarcRecord({"v=DMARC1; p=none; rua=mailto:dmarc@example.jp"});
  facts.keys = {{"s1", KeyState::fine}, {"s2", KeyState::fine}};
  facts.spf = readSpfRecord({"v=spf1 include:sendgrid.net ~all"});
  facts.lookups = 3;
  return facts;
}

const DnsFinding* found(const std::vector<DnsFinding>& findings, DnsCheck check) {
  for (const auto& one : findings)
    if (one.check == check) return &one;
  return nullptr;
}

}  // namespace

TEST_CASE("a DMARC record is read as receivers read it") {
  const auto record = readDmarcRecord({"unrelated",
                                       "v=DMARC1 ; P=Quarantine; sp=reject ; rua = mailto:a@Example.JP!10m, "
                                       "mailto:b@other.example,https://x.example/r; p=none"});
  CHECK(record.state == RecordState::one);
  CHECK(record.p == "quarantine");
  CHECK(record.sp == "reject");
  CHECK(record.reportHosts == Texts{"example.jp", "other.example"});
  CHECK(readDmarcRecord({}).state == RecordState::none);
  CHECK(readDmarcRecord({"v=dmarc1; p=none"}).state == RecordState::none);  // the version is case-sensitive
  CHECK(readDmarcRecord({"p=none; v=DMARC1"}).state == RecordState::none);  // and comes first
  CHECK(readDmarcRecord({"v=DMARC1; p=none", "v=DMARC1; p=reject"}).state == RecordState::several);
  CHECK(readDmarcRecord({"v=DMARC1; p=rejekt"}).state == RecordState::broken);
  CHECK(readDmarcRecord({"v=DMARC1"}).state == RecordState::broken);
  CHECK(readDmarcRecord({"v=DMARC1; rua=mailto:a@b.jp"}).p == "none");
  CHECK(readDmarcRecord({std::string("v=DMARC1; p=none\0; rua=", 23)}).state == RecordState::broken);
}

TEST_CASE("a DKIM key is there, revoked, too short or no key") {
  CHECK(readDkimKey({}) == KeyState::none);
  CHECK(readDkimKey({"v=spf1 -all"}) == KeyState::none);
  CHECK(readDkimKey({"k=rsa; t=s; p=" + kKey1024}) == KeyState::fine);
  CHECK(readDkimKey({"v=DKIM1; p=" + kKey1024.substr(0, 100) + " " + kKey1024.substr(100)}) ==
        KeyState::fine);
  CHECK(readDkimKey({"v=DKIM1; p=" + kKey512}) == KeyState::weak);
  CHECK(readDkimKey({"v=DKIM1; p="}) == KeyState::revoked);
  CHECK(readDkimKey({"v=DKIM1; p=<key>"}) == KeyState::broken);
  CHECK(readDkimKey({"v=DKIM1; k=ed25519; p=" + keyOf(30) + "AAA="}) == KeyState::fine);
}

TEST_CASE("SPF counts what receivers look up") {
  const auto record =
      readSpfRecord({"v=spf1 a mx:mail.example.jp ip4:192.0.2.0/24 include:_spf.Example.com "
                     "?exists:%{i}.example.jp redirect=_spf.other.example"});
  CHECK(record.state == RecordState::one);
  CHECK(record.lookups == 5);
  CHECK(record.includes == Texts{"_spf.example.com", "_spf.other.example"});
  CHECK(readSpfRecord({"v=spf10 a"}).state == RecordState::none);
  CHECK(readSpfRecord({" v=spf1 a"}).state == RecordState::none);
  CHECK(readSpfRecord({"V=SPF1 -all"}).lookups == 0);
  CHECK(readSpfRecord({"v=spf1 -all", "v=spf1 a -all"}).state == RecordState::several);
  CHECK(readSpfRecord({"v=spf1 ipv4:192.0.2.1 -all"}).state == RecordState::broken);
}

TEST_CASE("what is not as it must be is told with its name; what nobody answered is unknown") {
  auto facts = sound();
  CHECK(stateOf(judgeDns(facts)) == State::met);
  struct Row {
    std::function<void(DnsFacts&)> change;
    DnsCheck check;
    State state;
    std::string reason, subject;
  };
  const std::vector<Row> rows = {
      {[](DnsFacts& f) { f.record = readDmarcRecord({}); }, DnsCheck::record, State::unmet, "none",
       "_dmarc.example.jp"},
      {[](DnsFacts& f) { f.record.reset(); }, DnsCheck::record, State::unknown, "unknown",
       "_dmarc.example.jp"},
      {[](DnsFacts& f) { f.record = readDmarcRecord({"v=DMARC1; p=none"}); }, DnsCheck::reports, State::unmet,
       "no_address", "_dmarc.example.jp"},
      {[](DnsFacts& f) { f.takers["other.example"] = false; }, DnsCheck::reports, State::unmet, "not_taken",
       "example.jp._report._dmarc.other.example"},
      {[](DnsFacts& f) { f.takers["other.example"] = std::nullopt; }, DnsCheck::reports, State::unknown,
       "unknown", "example.jp._report._dmarc.other.example"},
      {[](DnsFacts& f) { f.keys["s1"] = KeyState::revoked; }, DnsCheck::key, State::unmet, "revoked",
       "s1._domainkey.example.jp"},
      {[](DnsFacts& f) { f.keys["s1"] = std::nullopt; }, DnsCheck::key, State::unknown, "unknown",
       "s1._domainkey.example.jp"},
      {[](DnsFacts& f) { f.keys["s1"] = f.keys["s2"] = KeyState::none; }, DnsCheck::key, State::unknown,
       "elsewhere", "s1._domainkey.example.jp, s2._domainkey.example.jp"},
      {[](DnsFacts& f) { f.lookups = 11; }, DnsCheck::spf, State::unmet, "many", "example.jp"},
      {[](DnsFacts& f) { f.lookups.reset(); }, DnsCheck::spf, State::unknown, "unknown", "example.jp"},
  };
  for (const auto& row : rows) {
    auto changed = sound();
    row.change(changed);
    const auto findings = judgeDns(changed);
    CAPTURE(row.reason, row.subject);
    const auto* one = found(findings, row.check);
    REQUIRE(one != nullptr);
    CHECK(one->state == row.state);
    CHECK(one->reason == row.reason);
    CHECK(one->subject == row.subject);
    CHECK(stateOf(findings) == row.state);
  }
  // A key that the operator has named must be there.
  facts.selectorsGiven = true;
  facts.keys = {{"mail", KeyState::none}};
  CHECK(stateOf(judgeDns(facts)) == State::unmet);
  // SPF is not needed where the return path is another domain.
  facts = sound();
  facts.spf = SpfRecord{};
  facts.lookups.reset();
  CHECK(stateOf(judgeDns(facts)) == State::met);
}
