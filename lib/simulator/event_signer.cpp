#include "simulator/event_signer.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "http/url.hpp"

namespace arrivald::simulator {

struct EventSigner::Key {
  Key() : pair(EVP_EC_gen("P-256")) {
    if (!pair) throw std::runtime_error("cannot generate a key pair");
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { EVP_PKEY_free(pair); }
  EVP_PKEY* pair;
};

EventSigner::EventSigner() : key_(std::make_unique<Key>()) {}
EventSigner::EventSigner(EventSigner&&) noexcept = default;
EventSigner& EventSigner::operator=(EventSigner&&) noexcept = default;
EventSigner::~EventSigner() = default;

std::string EventSigner::publicKey() const {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key_->pair, &der);
  if (length <= 0) return "";
  auto text =
      http::base64(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return text;
}

std::string EventSigner::sign(std::string_view timestamp, std::string_view body) const {
  const std::string all = std::string(timestamp) + std::string(body);
  std::string signature(200, '\0');
  std::size_t length = signature.size();
  auto* context = EVP_MD_CTX_new();
  const bool made = EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_->pair) == 1 &&
                    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                                   reinterpret_cast<const unsigned char*>(all.data()), all.size()) == 1;
  EVP_MD_CTX_free(context);
  signature.resize(made ? length : 0);
  return http::base64(signature);
}

}  // namespace arrivald::simulator
