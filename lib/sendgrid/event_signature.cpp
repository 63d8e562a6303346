#include "sendgrid/event_signature.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>

#include <array>
#include <optional>
#include <string>

#include "base/number.hpp"

namespace arrivald::sendgrid {
namespace {

constexpr std::size_t kMaxKeyText = 4096;
constexpr std::size_t kMaxSignatureText = 256;

// Strict base64: only characters of the alphabet, padded, nothing after the padding.
std::optional<std::string> decodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const bool known =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!known) return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

}  // namespace

struct EventKey::Handles {
  EVP_PKEY* key = nullptr;
  EVP_MD_CTX* context = nullptr;
  ~Handles() {
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
  }
};

EventKey::EventKey(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
EventKey::EventKey(EventKey&&) noexcept = default;
EventKey& EventKey::operator=(EventKey&&) noexcept = default;
EventKey::~EventKey() = default;

Result<EventKey> EventKey::parse(std::string_view given) {
  const auto refuse = [](const char* why) { return Error{Error::Kind::invalid, why}; };
  if (given.size() > kMaxKeyText) return refuse("too long for a public key");
  std::string text;
  for (std::size_t at = 0; at < given.size();) {
    const auto end = std::min(given.find('\n', at), given.size());
    const auto line = given.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("-----")) continue;
    for (const char c : line)
      if (c != ' ' && c != '\r' && c != '\t') text += c;
  }
  const auto der = decodeBase64(text);
  if (!der)
    return refuse("not base64; expected the verification key as SendGrid shows it, beginning with MFkw");
  const auto* bytes = reinterpret_cast<const unsigned char*>(der->data());
  auto handles = std::make_unique<Handles>();
  handles->key = d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der->size()));
  handles->context = EVP_MD_CTX_new();
  ERR_clear_error();
  if (!handles->key || !handles->context)
    return refuse("not a public key; expected the verification key as SendGrid shows it");
  std::array<char, 64> curve{};
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(handles->key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(handles->key, curve.data(), curve.size(), &length) != 1 ||
      std::string_view(curve.data(), length) != SN_X9_62_prime256v1)
    return refuse("a public key of another kind; SendGrid's are ECDSA keys on the curve P-256");
  return EventKey(std::move(handles));
}

bool EventKey::verifies(std::string_view signature, std::string_view timestamp, std::string_view body) const {
  if (signature.size() > kMaxSignatureText) return false;
  const auto der = decodeBase64(signature);
  if (!der) return false;
  auto* context = handles_->context;
  EVP_MD_CTX_reset(context);
  const bool verified =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, handles_->key) == 1 &&
      EVP_DigestVerifyUpdate(context, timestamp.data(), timestamp.size()) == 1 &&
      EVP_DigestVerifyUpdate(context, body.data(), body.size()) == 1 &&
      EVP_DigestVerifyFinal(context, reinterpret_cast<const unsigned char*>(der->data()), der->size()) == 1;
  ERR_clear_error();
  return verified;
}

bool looksSigned(std::string_view signature, std::string_view timestamp) {
  constexpr std::size_t kMinBytes = 8, kMaxBytes = 72;  // of two numbers up to 2^256, as DER
  constexpr unsigned char kSequence = 0x30, kInteger = 0x02;
  if (signature.size() > kMaxSignatureText || !numberIn<std::int64_t>(timestamp)) return false;
  const auto der = decodeBase64(signature);
  if (!der || der->size() < kMinBytes || der->size() > kMaxBytes) return false;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>((*der)[at]); };
  return byte(0) == kSequence && byte(1) + 2U == der->size() && byte(2) == kInteger;
}

bool isEventSender(std::string_view userAgent) { return userAgent.starts_with("SendGrid"); }

}  // namespace arrivald::sendgrid
