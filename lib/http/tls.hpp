// tls: TLS contexts for client and server, and texts for handshake errors. Private to lib/http.
#pragma once

#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"

typedef struct ssl_st SSL;
namespace boost::asio::ssl {
class context;
}

namespace arrivald::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// Trusts the certificate authorities in `caFile`, or the system's if it is empty. TLS 1.2 and later. Fails
/// with Error::Kind::invalid.
Result<TlsContext> clientContext(const std::string& caFile);
/// Accepts the first certificate of `certificateFile` and no other; names, issuers and dates are not looked
/// at. Fails with Error::Kind::invalid.
Result<TlsContext> pinningContext(const std::string& certificateFile);
/// Presents the certificate chain of `certificateFile`. TLS 1.2 and later. Fails with Error::Kind::invalid.
Result<TlsContext> serverContext(const std::string& certificateFile, const std::string& keyFile);

/// Sends `host` by SNI and requires a certificate that is valid for it.
void expectHost(SSL* connection, const std::string& host);

/// An error of TLS in plain words, with OpenSSL's own in brackets; other errors as they are.
Phrase tlsReason(const boost::system::error_code& error);
/// Why the handshake failed, with the remedy.
Phrase handshakeProblem(SSL* connection, const boost::system::error_code& error);
/// True for errors of TLS itself rather than of the network.
bool isTlsError(const boost::system::error_code& error);

}  // namespace arrivald::http
