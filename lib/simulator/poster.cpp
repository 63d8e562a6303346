#include "simulator/poster.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "http/url.hpp"
#include "runtime/sleep.hpp"
#include "simulator/events.hpp"

namespace arrivald::simulator {

using runtime::Task;

namespace {

constexpr Duration kEvery = std::chrono::seconds(15);
constexpr std::size_t kMostAtOnce = 500;

}  // namespace

struct Poster::Key {
  Key() : pair(EVP_EC_gen("P-256")) {
    if (!pair) throw std::runtime_error("no key can be made");
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { EVP_PKEY_free(pair); }
  std::string sign(std::string_view timestamp, std::string_view body) const {
    const std::string all = std::string(timestamp) + std::string(body);
    std::string signature(200, '\0');
    std::size_t length = signature.size();
    auto* context = EVP_MD_CTX_new();
    const bool made = EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, pair) == 1 &&
                      EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                                     reinterpret_cast<const unsigned char*>(all.data()), all.size()) == 1;
    EVP_MD_CTX_free(context);
    signature.resize(made ? length : 0);
    return http::base64(signature);
  }
  EVP_PKEY* pair;
};

Poster::Poster(http::Transport& transport, Clock& clock, Account& account)
    : transport_(transport), clock_(clock), account_(account), key_(std::make_unique<Key>()) {}
Poster::~Poster() = default;

std::string Poster::publicKey() const {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key_->pair, &der);
  if (length <= 0) return "";
  auto text =
      http::base64(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return text;
}

Task<> Poster::post(std::string url) {
  for (;;) {
    co_await runtime::sleepFor(clock_, kEvery);
    account_.advance(clock_.now());
    for (;;) {
      const auto batch = account_.eventsUntil(clock_.now(), kMostAtOnce);
      if (batch.empty()) break;
      const auto body = batchOf(batch);
      for (;;) {
        const auto stamp = std::to_string(unixSeconds(clock_.now()));
        http::Request request;
        request.method = "POST";
        request.url = url;
        request.headers.add("Content-Type", "application/json");
        request.headers.add("X-Twilio-Email-Event-Webhook-Timestamp", stamp);
        request.headers.add("X-Twilio-Email-Event-Webhook-Signature", key_->sign(stamp, body));
        request.body = body;
        auto answer = co_await transport_.send(std::move(request));
        if (answer.ok() && answer->status / 100 == 2) break;
        if (!answer.ok() && answer.error().kind == http::Failure::Kind::cancelled) co_return;
        co_await runtime::sleepFor(clock_, kEvery);
      }
      acknowledged_ += batch.size();
    }
  }
}

}  // namespace arrivald::simulator
