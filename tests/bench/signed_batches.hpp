// signed_batches: realistic, signed batches of the event stream, some 500 bytes an event.
#pragma once

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

#include "base/instant.hpp"
#include "http/url.hpp"

namespace arrivald::bench {

inline constexpr const char* kTimestamp = "1700000000";

class Signer {
 public:
  Signer() : key_(EVP_EC_gen("P-256")) {}
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer() { EVP_PKEY_free(key_); }
  std::string publicKey() const {
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key_, &der);
    auto text =
        http::base64(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
    OPENSSL_free(der);
    return text;
  }
  std::string sign(const std::string& body) const {
    const std::string all = kTimestamp + body;
    std::string signature(200, '\0');
    std::size_t length = signature.size();
    auto* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                   reinterpret_cast<const unsigned char*>(all.data()), all.size());
    EVP_MD_CTX_free(context);
    signature.resize(length);
    return http::base64(signature);
  }

 private:
  EVP_PKEY* key_;
};

/// Each mail is processed and, in the next event, delivered. `serial` goes on from batch to batch.
inline std::string batchOf(std::size_t events, std::size_t& serial, Instant now) {
  std::string body = "[";
  for (std::size_t i = 0; i < events; ++i, ++serial) {
    if (i > 0) body += ",\r\n";
    const auto message = serial / 2;
    body += fmt::format(
        R"({{"email":"citizen{}@{}","timestamp":{},"smtp-id":"<{}@ismtpd0039p1iad1.sendgrid.net>","event":"{}","category":["notice","town-{}"],"sg_event_id":"ZXZlbnQt{}LTE5OTQyMTEyLXFOd0JfTkhTdE9HaFE0a29mU20","sg_message_id":"LRzXl_NHStOGhQ4kofSm{}.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","response":"250 2.0.0 OK 1600112502 a12si1234567qkb.123 - gsmtp","ip":"192.0.2.7","tls":1,"tenant":"town-office-{}"}})",
        message,
        message % 3 == 0   ? "gmail.com"
        : message % 3 == 1 ? "docomo.ne.jp"
                           : "ezweb.ne.jp",
        unixSeconds(now) - 10, serial, serial % 2 == 0 ? "processed" : "delivered", message % 7, serial,
        message, message % 50);
  }
  return body + "]\r\n";
}

}  // namespace arrivald::bench
