// tls: the contexts of both ends, and words for what goes wrong. Private to lib/http.
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

/// Trusts the authorities in `caFile`, or the system's if it is empty. TLS 1.2 and later.
Result<TlsContext> clientContext(const std::string& caFile);
/// Shows the certificate chain of `certificateFile`. TLS 1.2 and later.
Result<TlsContext> serverContext(const std::string& certificateFile, const std::string& keyFile);

/// Names `host` to the peer and demands a certificate for it.
void expectHost(SSL* connection, const std::string& host);

/// The reason for a handshake that failed, with the remedy.
std::string handshakeProblem(SSL* connection, const boost::system::error_code& error);
/// True for errors of TLS itself, not of the network below.
bool isTlsError(const boost::system::error_code& error);

}  // namespace arrivald::http
