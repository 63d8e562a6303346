// What a request says of where it comes from, and what is believed of it.
#include <catch2/catch.hpp>

#include "desk/form.hpp"
#include "desk/origin.hpp"
#include "desk/page_headers.hpp"
#include "desk/proxy.hpp"

using namespace arrivald;
using namespace arrivald::desk;

TEST_CASE("only loopback names and the host of desk.url are ours") {
  const std::string url = "https://desk.example.co.jp/";
  for (const auto* host : {"127.0.0.1:9467", "localhost", "LOCALHOST:1", "[::1]:9467", "desk.example.co.jp",
                           "Desk.Example.co.jp:443"})
    CHECK(isOwnHost(host, url));
  for (const auto* host : {"", "evil.example", "desk.example.co.jp.evil.example", "192.0.2.1",
                           "127.0.0.1.evil.example", "xdesk.example.co.jp"})
    CHECK_FALSE(isOwnHost(host, url));
  CHECK_FALSE(isOwnHost("desk.example.co.jp", ""));
}

TEST_CASE("a form is taken from a page of ours only") {
  using Headers = http::Headers;
  CHECK(isSameOrigin(Headers{{"Sec-Fetch-Site", "same-origin"}}));
  for (const auto* site : {"cross-site", "same-site", "none", ""})
    CHECK_FALSE(isSameOrigin(Headers{{"Sec-Fetch-Site", site}, {"Origin", "http://h"}, {"Host", "h"}}));
  CHECK(isSameOrigin(Headers{{"Origin", "http://127.0.0.1:9467"}, {"Host", "127.0.0.1:9467"}}));
  CHECK_FALSE(isSameOrigin(Headers{{"Origin", "http://evil.example"}, {"Host", "127.0.0.1:9467"}}));
  CHECK_FALSE(isSameOrigin(Headers{{"Origin", "null"}, {"Host", "127.0.0.1:9467"}}));
  CHECK_FALSE(isSameOrigin(Headers{{"Host", "127.0.0.1:9467"}}));
}

TEST_CASE("a log-in leads to a path of ours only") {
  for (const auto* path : {"/", "/releases/7", "/?period=7d&list=blocks", "/groups/%E5%9C%B0"})
    CHECK(localPath(path) == path);
  for (const auto* path : {"", "//evil.example", "/\\evil.example", "https://evil.example", "releases",
                           "/a b", "/a\nb", "javascript:alert(1)", "/\tx"})
    CHECK(localPath(path) == "/");
  CHECK(localPath("/" + std::string(5000, 'x')) == "/");
}

TEST_CASE("cookies are found by their whole name") {
  const http::Headers headers{{"Cookie", "a=1; arrivald=token;arrivald-x=2"}, {"Cookie", "b=3"}};
  CHECK(cookieNamed(headers, "arrivald") == "token");
  CHECK(cookieNamed(headers, "b") == "3");
  CHECK(cookieNamed(headers, "rivald").empty());
  CHECK(cookieNamed({}, "a").empty());
}

TEST_CASE("the name of the user is believed from a listed proxy, once, plain and short") {
  const Proxies proxies{{"10.0.0.5"}, "X-Remote-User"};
  CHECK(identityOf(proxies, {{"x-remote-user", "ops-1"}}, "10.0.0.5").value() == "ops-1");
  CHECK(identityOf(proxies, {{"X-Remote-User", "ops-1"}}, "10.0.0.6").error().kind == Error::Kind::denied);
  const http::Headers refused[] = {
      {},
      {{"X-Remote-User", ""}},
      {{"X-Remote-User", "ops-1"}, {"X-Remote-User", "admin-1"}},
      {{"X-Remote-User", "ops-1,admin-1"}},
      {{"X-Remote-User", "ops 1"}},
      {{"X-Remote-User", std::string(129, 'x')}},
  };
  for (const auto& headers : refused) CHECK_FALSE(identityOf(proxies, headers, "10.0.0.5"));
  CHECK(identityOf(proxies, {{"X-Remote-User", std::string(128, 'x')}}, "10.0.0.5"));
}

TEST_CASE("the person is at the rightmost address that is no proxy") {
  const Proxies proxies{{"10.0.0.5", "10.0.0.6"}, ""};
  const auto from = [&](const char* header, const char* peer) {
    return addressOf(proxies, {{"X-Forwarded-For", header}}, peer);
  };
  CHECK(from("203.0.113.1, 192.0.2.7", "10.0.0.5") == "192.0.2.7");
  CHECK(from("203.0.113.1, 192.0.2.7, 10.0.0.6", "10.0.0.5") == "192.0.2.7");
  CHECK(from("2001:db8::1", "10.0.0.5") == "2001:db8::1");
  CHECK(from("203.0.113.1", "198.51.100.1") == "198.51.100.1");
  CHECK(from("203.0.113.1, <script>", "10.0.0.5") == "10.0.0.5");
  CHECK(addressOf(proxies, {}, "10.0.0.5") == "10.0.0.5");
  CHECK(isSecureAtProxy(proxies, {{"X-Forwarded-Proto", "https"}}, "10.0.0.5"));
  CHECK_FALSE(isSecureAtProxy(proxies, {{"X-Forwarded-Proto", "https"}}, "10.0.0.9"));
}

TEST_CASE("a form is decoded, and its fields are bounded") {
  const auto form = Form::parse("entry=1&entry=2&shown=1%2C2,,3&memo=a+b%26&empty&=x").value();
  CHECK(form.all("entry") == std::vector<std::string>{"1", "2"});
  CHECK(form.pieces("shown") == std::vector<std::string>{"1", "2", "3"});
  CHECK(form.text("memo") == "a b&");
  CHECK(form.has("empty"));
  CHECK(form.text("nothing").empty());
  std::string many;
  for (std::size_t i = 0; i < Form::kMaxPairs; ++i) many += "e=1&";
  CHECK(Form::parse(many));
  CHECK(Form::parse(many + "e=1").error().kind == Error::Kind::tooLarge);
  CHECK(toQuery({{"list", "blocks"}, {"none", ""}, {"domain", "a b&c"}}) == "list=blocks&domain=a%20b%26c");
}

TEST_CASE("each answer permits our own files only and is not kept") {
  http::Response response;
  addPageHeaders(response, Transport::plain);
  const auto policy = std::string(*response.headers.find("Content-Security-Policy"));
  CHECK(policy.find("default-src 'none'") == 0);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("require-trusted-types-for 'script'") != std::string::npos);
  CHECK(*response.headers.find("Cache-Control") == "no-store");
  CHECK(*response.headers.find("Referrer-Policy") == "no-referrer");
  CHECK_FALSE(response.headers.find("Strict-Transport-Security"));
  addPageHeaders(response, Transport::tls);
  CHECK(response.headers.find("Strict-Transport-Security"));
}

TEST_CASE("the cookie of a session is for this site alone, and for this host behind TLS") {
  CHECK(sessionCookie("t", CookieScope::plain) == "arrivald=t; HttpOnly; SameSite=Strict; Path=/");
  CHECK(sessionCookie("t", CookieScope::secure) ==
        "__Host-arrivald=t; HttpOnly; SameSite=Strict; Path=/; Secure");
  CHECK(endedSessionCookie(CookieScope::plain).ends_with("Max-Age=0"));
}
