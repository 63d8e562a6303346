// A room of Chatwork keeps the contract of every channel.
#include "chatwork/channel.hpp"

#include "channel/contract.hpp"
#include "chatwork/message.hpp"
#include "http/url.hpp"

using namespace arrivald;
using namespace arrivald::testing;

namespace {

Peer room() {
  Peer peer;
  peer.secret = "0123456789abcdef0123456789abcdef";
  peer.make = [](http::Transport& transport) -> std::unique_ptr<channel::Channel> {
    chatwork::RoomOptions options;
    options.name = "room";
    options.language = Language::japanese;
    options.token = Secret("0123456789abcdef0123456789abcdef");
    options.room = "42";
    options.mentions = {"all", "1234"};
    return std::make_unique<chatwork::RoomChannel>(transport, std::move(options));
  };
  peer.accepted = FakeTransport::reply(200, R"({"message_id": "5"})");
  peer.foreign = {FakeTransport::reply(200, "<html>Log in</html>"), FakeTransport::reply(200, ""),
                  FakeTransport::reply(200, "{}"), FakeTransport::reply(204)};
  peer.markup = {"[toall]", "[To:1234]", "[/info]", "[qt]", "[hr]"};
  peer.mention = "%5Btoall%5D%5BTo%3A1234%5D";
  peer.texts = [](const http::Request& request) {
    CHECK(request.url == "https://api.chatwork.com/v2/rooms/42/messages");
    CHECK(request.headers.find("x-chatworktoken") == "0123456789abcdef0123456789abcdef");
    CHECK(request.body.starts_with("self_unread=0&body="));
    auto text = http::percentDecode(request.body.substr(request.body.find("body=") + 5));
    // What is its own markup stands once.
    for (const std::string own : {"[toall]", "[To:1234]", "[info]", "[title]", "[/title]", "[/info]"})
      if (const auto at = text.find(own); at != std::string::npos) text.erase(at, own.size());
    return std::vector<ShownText>{{text, 20'000}};
  };
  return peer;
}

}  // namespace

TEST_CASE("a room of Chatwork fulfils the channel contract") { checkContract(room()); }

TEST_CASE("a message of Chatwork has a title, and brackets that mean nothing") {
  notify::Notification one;
  one.tone = notify::Tone::warning;
  one.badge = "警告・事案128";
  one.title = "Gmailが[toall]を断っています";
  one.sentence = "31通中6通。";
  one.next = notify::Field{"次にすること", "DNS担当に渡す"};
  one.footer = "arrivald";
  CHECK(chatwork::messageOf(one, {"all"}) ==
        "[info][title]🟠 ［警告・事案128］ Gmailが［toall］を断っています[/title]31通中6通。\n"
        "次にすること: DNS担当に渡す\narrivald[/info]");
  one.mention = true;
  CHECK(chatwork::messageOf(one, {"all", "7"}).starts_with("[toall][To:7]\n[info]"));
}
