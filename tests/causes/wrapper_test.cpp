// What the receiving server said, told apart from what the sending server wrote around it.
#include "causes/wrapper.hpp"

#include <catch2/catch.hpp>

using namespace arrivald::causes;

TEST_CASE("the receiver's words stand behind those of the sending server") {
  struct Case {
    std::string_view text, said;
    Stage stage;
  };
  for (const auto& [text, said, stage] : std::vector<Case>{
           {"550 5.1.1 User unknown", "550 5.1.1 User unknown", Stage::unknown},
           {"host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
            "550 5.1.1 User unknown ", Stage::recipient},
           {"host a.example[192.0.2.1] said: 550 host b.example[192.0.2.2] said: 552 full (in reply to end "
            "of "
            "DATA command)",
            "552 full ", Stage::data},
           {"delivery temporarily suspended: host mx.example[192.0.2.1] refused to talk to me: 554 go away",
            "554 go away", Stage::connect},
           {"delivery temporarily suspended: connect to mx.example[192.0.2.1]:25: Connection timed out",
            " connect to mx.example[192.0.2.1]:25: Connection timed out", Stage::unknown},
           {"SMTP error from remote mail server after end of data: host mx.example [192.0.2.1]: 550 : no",
            "550 : no", Stage::data},
           {">>> RCPT TO:<a@example.com>\n<<< 550 User unknown\n>>> DATA\n<<< 503 Need RCPT",
            "550 User unknown\n>>> DATA\n<<< 503 Need RCPT", Stage::recipient},
           // What the receiver itself quotes is part of what it said.
           {"550 Return address <a@example.jp> was asked at your server, which said: 550 unknown",
            "550 Return address <a@example.jp> was asked at your server, which said: 550 unknown",
            Stage::unknown},
           // A server that answers with a code of its own and passes on another's.
           {"550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown", "550 5.1.1 User unknown",
            Stage::unknown},
           {"5.0.350 Remote server returned an error -> 552 5.2.2 full", "552 5.2.2 full", Stage::unknown},
           {"Remote Server returned '554 5.0.350 < #5.1.1 smtp; 550 5.1.1 unknown'", "550 5.1.1 unknown'",
            Stage::unknown},
           {"451 4.4.0 Primary target IP address responded with: \"421 4.7.0 later\"", "421 4.7.0 later\"",
            Stage::unknown},
           {"550 5.4.300 Message expired -> 421 4.4.1 Connection timed out",
            "550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", Stage::unknown},
           {"550 mail from a -> b is refused -> 5", "550 mail from a -> b is refused -> 5", Stage::unknown},
           {"", "", Stage::unknown}}) {
    INFO(text);
    const auto unwrapped = unwrap(text);
    CHECK(unwrapped.said == said);
    CHECK(unwrapped.stage == stage);
  }
}

TEST_CASE("the code before a quoted reply tells what becomes of the mail") {
  CHECK(unwrap("550 5.0.350 Remote server returned an error -> 421 4.7.0 later").codeBefore == 550);
  CHECK(unwrap("5.0.350 Remote server returned an error -> 421 4.7.0 later").codeBefore == 500);
  CHECK(unwrap("550 5.1.1 User unknown").codeBefore == 0);
  CHECK(unwrap("host a.example[192.0.2.1] said: 550 full").codeBefore == 0);
}

TEST_CASE("an SMTP command is recognised in all its spellings") {
  for (const auto text : {"RCPT", "rcpt to", "RCPT TO:", "in reply to RCPT TO command", "Rcpt"})
    CHECK(stageNamed(text) == Stage::recipient);
  for (const auto text : {"MAIL", "MAIL FROM", "mail from:", "MailFrom"})
    CHECK(stageNamed(text) == Stage::mailFrom);
  for (const auto text :
       {"DATA", "end of DATA", "end-of-data", "End of message", "BDAT", "after DATA", "dot"})
    CHECK(stageNamed(text) == Stage::data);
  for (const auto text : {"HELO", "EHLO", "ehlo command", "LHLO"}) CHECK(stageNamed(text) == Stage::hello);
  for (const auto text : {"CONNECT", "connection", "banner"}) CHECK(stageNamed(text) == Stage::connect);
  for (const auto text : {"", "QUIT", "database", "mailbox", "recipients"})
    CHECK(stageNamed(text) == Stage::unknown);
}
