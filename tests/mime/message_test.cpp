// Mails as they are, not as they should be.
#include "mime/message.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace arrivald;
using namespace arrivald::mime;

namespace {

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::vector<std::string> bodiesOf(const Message& message) {
  std::vector<std::string> bodies;
  for (const auto& part : message.parts) bodies.push_back(decoded(part.body, part.encoding));
  return bodies;
}

using Bodies = std::vector<std::string>;

const std::string kTwoParts =
    "From: a@example.net\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=\"b 1\"\n"
    "\n"
    "preamble\n"
    "--b 1\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "\n"
    "text\n"
    "--b 1\n"
    "Content-Type: application/gzip\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "SGVs\nbG8=\n"
    "--b 1--\n"
    "epilogue\n";

}  // namespace

TEST_CASE("a mail is taken apart, with either end of lines") {
  for (const auto& mail : {kTwoParts, crlf(kTwoParts)}) {
    CHECK(beginsLikeMail(mail));
    const auto message = parseMail(mail);
    CHECK(bodiesOf(message) == Bodies{"text", "Hello"});
    CHECK(message.parts[0].type == "text/plain");
    CHECK(message.parts[1].type == "application/gzip");
  }
}

TEST_CASE("a mail that is no multipart is one part") {
  const std::string mail = "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\n";
  CHECK(bodiesOf(parseMail(mail)) == Bodies{"Hello"});
}

TEST_CASE("what senders get wrong is read as it was meant") {
  const auto with = [](const std::string& from, const std::string& to) {
    auto mail = kTwoParts;
    const auto at = mail.find(from);
    REQUIRE(at != std::string::npos);
    return mail.replace(at, from.size(), to);
  };
  const Bodies both = {"text", "Hello"};
  CHECK(bodiesOf(parseMail(with("--b 1--\nepilogue\n", ""))) == Bodies{"text", "Hello"});
  CHECK(bodiesOf(parseMail(with("MIME-Version: 1.0\n", ""))) == both);
  CHECK(bodiesOf(parseMail(with("From: ", "From a@example.net Mon Sep 21 03:00:00 2026\nFrom: "))) == both);
  CHECK(bodiesOf(parseMail(with("mixed; boundary=\"b 1\"", "mixed;\n\tcharset=x;\n boundary=\"b 1\""))) ==
        both);
  CHECK(bodiesOf(parseMail(with("boundary=\"b 1\"", "BOUNDARY*0=\"b \"; boundary*1=1"))) == both);
  CHECK(bodiesOf(parseMail(with("; boundary=\"b 1\"", ""))) == both);              // it names no boundary
  CHECK(bodiesOf(parseMail(with("boundary=\"b 1\"", "boundary=other"))) == both);  // it names another
  CHECK(bodiesOf(parseMail(with("--b 1\nContent-Type: text", "--b 1 \t\nContent-Type: text"))) == both);
  const auto mistyped = with("Content-Type: application/gzip", "ContentType: application/gzip");
  const auto typo = parseMail(mistyped);
  CHECK(bodiesOf(typo) == both);
  CHECK(typo.parts[1].type.empty());
}

TEST_CASE("multiparts in each other are taken apart, also if the inner one does not end") {
  const std::string mail =
      "Content-Type: multipart/mixed; boundary=out\n\n"
      "--out\nContent-Type: multipart/alternative; boundary=outer\n\n"
      "--outer\n\none\n--outer\n\ntwo\n"
      "--out\n\nthree\n--out--\n";
  CHECK(bodiesOf(parseMail(mail)) == Bodies{"one", "two", "three"});
}

TEST_CASE("a mail within a mail is one part, and begins like a mail") {
  const auto mail = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n" +
                    kTwoParts + "\n--o--\n";
  const auto message = parseMail(mail);
  REQUIRE(message.parts.size() == 1);
  CHECK(message.parts[0].type == "message/rfc822");
  CHECK(beginsLikeMail(message.parts[0].body));
  CHECK(bodiesOf(parseMail(message.parts[0].body)) == Bodies{"text", "Hello"});
}

TEST_CASE("a report about a single mail is recognised, and nothing of it is taken") {
  const std::string whole =
      "Content-Type: multipart/report; report-type=\"feedback-report\"; boundary=b\n\n--b\n\ntext\n--b--\n";
  const std::string part =
      "Content-Type: multipart/report; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: "
      "message/feedback-report\n\nFeedback-Type: auth-failure\n\n--b--\n";
  for (const auto& mail : {whole, part}) {
    const auto message = parseMail(mail);
    CHECK(message.failureReport);
    CHECK(message.parts.empty());
  }
}

TEST_CASE("parts and depth are limited") {
  std::string many = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 150; ++i) many += "--b\n\nx\n";
  const auto parts = parseMail(many);
  CHECK(parts.tooManyParts);
  CHECK(parts.parts.size() == kMaxParts);
  std::string deep;
  for (int i = 0; i < 20; ++i)
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) +
            "\n";
  CHECK(parseMail(deep).tooDeep);
}

TEST_CASE("an mbox is cut where its mails begin, and nowhere else") {
  const std::string line = "From a@example.net Mon Sep 21 03:00:00 2026\n";
  const auto first = line + "Subject: x\n\nFrom here on\n\nFrom now: 1\n\n>From a b 03:00:00\n\n",
             second = line + kTwoParts;
  CHECK(mailsOf(first + second) == std::vector<std::string_view>{first, second});
  CHECK(mailsOf(crlf(first + second)).size() == 2);
  CHECK(mailsOf(kTwoParts + "\n" + line) ==
        std::vector<std::string_view>{kTwoParts + "\n" + line});  // no mbox
  CHECK(mailsOf("").size() == 1);
}

TEST_CASE("a mailbox may hold more mails than a mail may have parts, up to a limit") {
  const std::string mail = "From a@example.net Mon Sep 21 03:00:00 2026\nSubject: x\n\nx\n\n";
  std::string mails;
  for (int i = 0; i < 150; ++i) mails += mail;
  CHECK(mailsOf(mails).size() == 150);
  for (std::size_t i = 0; i < kMaxMails + 10; ++i) mails += mail;
  CHECK(mailsOf(mails).size() == kMaxMails + 2);  // the last one is the rest
}

TEST_CASE("what begins like a mail, and what does not") {
  CHECK(beginsLikeMail("Received: x\n y\nFrom: a\n\nbody"));
  CHECK(beginsLikeMail("\r\nSubject: \x93\xFA\x96\x7B\r\n\r\n"));
  CHECK_FALSE(beginsLikeMail("Dear all: this is text\nand more\n\n"));
  CHECK_FALSE(beginsLikeMail("Subject: without a body"));
  CHECK_FALSE(beginsLikeMail(" Subject: x\n\n"));
  CHECK_FALSE(beginsLikeMail(""));
  CHECK(beginsLikeForm("--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"));
  CHECK_FALSE(beginsLikeForm("--x\r\nContent-Type: text/plain\r\n\r\n"));
}

TEST_CASE("the fields of a form have their names, and their bytes as they are") {
  const std::string form =
      "--xYz\r\nContent-Disposition: form-data; name=\"from\"\r\n\r\na@example.net\r\n"
      "--xYz\r\nContent-Disposition: form-data; name=\"attachment1\"; filename=\"a;b.gz\"\r\nContent-Type: "
      "application/gzip\r\n\r\n\x1f\x8b\r\n\r\n--x\r\n--xYz--\r\n";
  const auto message = parseForm(form);
  REQUIRE(message.parts.size() == 2);
  CHECK(message.parts[0].name == "from");
  CHECK(message.parts[1].name == "attachment1");
  CHECK(message.parts[1].body == "\x1f\x8b\r\n\r\n--x");
}

TEST_CASE("no bytes make it fail, and every part lies within the message") {
  std::mt19937 random(1);
  const std::vector<std::string> pieces = {"--b",
                                           "\n",
                                           "\r\n",
                                           "Content-Type: ",
                                           "multipart/mixed; boundary=b",
                                           "--b--",
                                           "\n\n",
                                           ": ",
                                           "\"",
                                           "=",
                                           "base64",
                                           "message/",
                                           "x",
                                           "\t",
                                           std::string(1, '\0')};
  for (int round = 0; round < 3000; ++round) {
    std::string mail;
    for (auto n = random() % 60; n > 0; --n) mail += pieces[random() % pieces.size()];
    for (const auto& message : {parseMail(mail), parseForm(mail)})
      for (const auto& part : message.parts) {
        if (part.body.empty()) continue;
        REQUIRE(part.body.data() >= mail.data());
        REQUIRE(part.body.data() + part.body.size() <= mail.data() + mail.size());
      }
    beginsLikeMail(mail);
    beginsLikeForm(mail);
  }
}
