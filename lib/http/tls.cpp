#include "http/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

namespace arrivald::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Error unusable(std::string_view what, const std::string& file, const error_code& error) {
  return {Error::Kind::invalid, fmt::format("the {} {} cannot be used: {}", what, file, error.message())};
}

}  // namespace

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
  return unusable("file of certificate authorities", caFile.empty() ? "of the system" : caFile, error);
}

Result<TlsContext> serverContext(const std::string& certificateFile, const std::string& keyFile) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  error_code error;
  context->use_certificate_chain_file(certificateFile, error);
  if (error) return unusable("certificate", certificateFile, error);
  context->use_private_key_file(keyFile, asio::ssl::context::pem, error);
  if (error) return unusable("private key", keyFile, error);
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

std::string handshakeProblem(SSL* connection, const error_code& error) {
  const auto verified = SSL_get_verify_result(connection);
  const std::string reason = X509_verify_cert_error_string(verified);
  switch (verified) {
    case X509_V_OK:
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is for another name (" + reason + "): is the address right?";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid now (" + reason + "): is this machine's clock right?";
    default:
      return "its certificate is not signed by a trusted authority (" + reason +
             "): if a proxy inspects TLS, or the authority is your own, name its certificate in http.ca_file";
  }
  if (isTlsError(error)) {
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      case SSL_R_VERSION_TOO_LOW:
        return "it does not support TLS 1.2 or later (" + error.message() + ")";
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
      case SSL_R_HTTP_REQUEST:
        return "it does not speak TLS at this port (" + error.message() + "): is http:// meant?";
      default:
        break;
    }
  }
  return error.message();
}

}  // namespace arrivald::http
