#include "http/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

namespace arrivald::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Error unusable(const Phrase& what, const error_code& error) {
  return Error::of(Error::Kind::invalid, phrase("{} cannot be used: {}", what, tlsReason(error)));
}

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Certificate readCertificate(const std::string& file) {
  const std::unique_ptr<BIO, int (*)(BIO*)> content(BIO_new_file(file.c_str(), "r"), BIO_free);
  return Certificate(content ? PEM_read_bio_X509(content.get(), nullptr, nullptr, nullptr) : nullptr);
}

// A context and the certificate that it compares with, which must live as long.
struct Pinning {
  Certificate expected;
  asio::ssl::context context{asio::ssl::context::tls_client};
};

// Takes the place of the verification of a chain.
int isExpected(X509_STORE_CTX* presented, void* expected) {
  const auto* leaf = X509_STORE_CTX_get0_cert(presented);
  const bool same = leaf && X509_cmp(leaf, static_cast<const X509*>(expected)) == 0;
  X509_STORE_CTX_set_error(presented, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return same ? 1 : 0;
}

}  // namespace

Result<TlsContext> pinningContext(const std::string& certificateFile) {
  auto pinning = std::make_shared<Pinning>();
  pinning->expected = readCertificate(certificateFile);
  if (!pinning->expected)
    return Error::of(Error::Kind::invalid,
                     phrase("the certificate {} cannot be read by this user", certificateFile));
  auto* native = pinning->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  error_code error;
  pinning->context.set_verify_mode(asio::ssl::verify_peer, error);
  SSL_CTX_set_cert_verify_callback(native, isExpected, pinning->expected.get());
  if (error) return unusable(phrase("the certificate {}", certificateFile), error);
  auto* context = &pinning->context;
  return TlsContext(std::move(pinning), context);
}

Result<TlsContext> clientContext(const std::string& caFile) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->set_verify_mode(asio::ssl::verify_peer, error);
  if (caFile.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(caFile, error);
  }
  if (!error) return context;
  return unusable(caFile.empty() ? phrase("the file of certificate authorities of the system")
                                 : phrase("the file of certificate authorities {}", caFile),
                  error);
}

Result<TlsContext> serverContext(const std::string& certificateFile, const std::string& keyFile) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  error_code error;
  context->use_certificate_chain_file(certificateFile, error);
  if (error) return unusable(phrase("the certificate {}", certificateFile), error);
  context->use_private_key_file(keyFile, asio::ssl::context::pem, error);
  if (error) return unusable(phrase("the private key {}", keyFile), error);
  return context;
}

void expectHost(SSL* connection, const std::string& host) {
  error_code notLiteral;
  asio::ip::make_address(host, notLiteral);
  auto* expected = SSL_get0_param(connection);
  if (!notLiteral) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str());
    return;  // SNI does not allow IP addresses (RFC 6066, section 3)
  }
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size());
  SSL_set_tlsext_host_name(connection, host.c_str());
}

bool isTlsError(const error_code& error) { return error.category() == asio::error::get_ssl_category(); }

Phrase tlsReason(const error_code& error) {
  if (!isTlsError(error)) return verbatim(error.message());
  const auto original = error.message();
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
      return phrase("it does not support TLS 1.2 or later ({})", original);
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
      return phrase("it does not speak TLS at this port ({}): is http:// meant?", original);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_NO_SHARED_CIPHER:
      return phrase("the two sides agree on no way to encrypt ({})", original);
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      return phrase("it wants a certificate of this side, which arrivald does not have ({})", original);
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      return phrase("it does not know this host name ({}): is the address right?", original);
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return phrase("the other side ended the encrypted connection ({})", original);
    default:
      return phrase("the encrypted connection (TLS) fails ({})", original);
  }
}

Phrase handshakeProblem(SSL* connection, const error_code& error) {
  const auto verified = SSL_get_verify_result(connection);
  const std::string reason = X509_verify_cert_error_string(verified);
  switch (verified) {
    case X509_V_OK:
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return phrase("its certificate is for another name ({}): is the address right?", reason);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return phrase("its certificate is not valid now ({}): is this machine's clock right?", reason);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return phrase(
          "its certificate, or its authority's, is signed by itself ({}): if it is your own, or a proxy "
          "inspects TLS, name that certificate in http.ca_file",
          reason);
    case X509_V_ERR_CERT_REVOKED:
      return phrase("its certificate was revoked ({})", reason);
    case X509_V_ERR_CERT_REJECTED:
      return phrase("it presents another certificate than the one that is configured");
    default:
      return phrase(
          "its certificate is not signed by a trusted authority ({}): if a proxy inspects TLS, or the "
          "authority is your own, name its certificate in http.ca_file",
          reason);
  }
  return tlsReason(error);
}

}  // namespace arrivald::http
