// certificates: authorities and certificates made for one test, as PEM files that go away with it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace arrivald::testing {

/// An authority of its own and one certificate that it has signed.
class Certificates {
 public:
  struct Wanted {
    std::string names = "DNS:localhost,IP:127.0.0.1";  ///< as OpenSSL writes alternative names
    long notBefore = -3600;                            ///< seconds from now
    long notAfter = 3600;
  };

  Certificates() : Certificates(Wanted()) {}
  explicit Certificates(const Wanted& wanted) {
    auto pattern = (std::filesystem::temp_directory_path() / "arrivald-certificates-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    const Key authorityKey(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const auto authority = make("arrivald test authority", "", *authorityKey, nullptr, *authorityKey, {});
    const auto certificate =
        make("arrivald test", wanted.names, *key, authority.get(), *authorityKey, wanted);
    write(authorityFile(), [&](std::FILE* file) { return PEM_write_X509(file, authority.get()); });
    write(certificateFile(), [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
    write(keyFile(), [&](std::FILE* file) {
      return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string authorityFile() const { return folder_ + "/authority.pem"; }
  std::string certificateFile() const { return folder_ + "/certificate.pem"; }
  std::string keyFile() const { return folder_ + "/key.pem"; }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static void extend(X509& certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer ? issuer : &certificate, &certificate, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (!extension) throw std::runtime_error("no such extension: " + value);
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static Certificate make(const char* name, const std::string& alternativeNames, EVP_PKEY& key, X509* issuer,
                          EVP_PKEY& issuerKey, const Wanted& wanted) {
    static long serial = 1;
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wanted.notBefore);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wanted.notAfter);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer ? issuer : certificate.get()));
    extend(*certificate, issuer, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (!alternativeNames.empty()) extend(*certificate, issuer, NID_subject_alt_name, alternativeNames);
    if (X509_sign(certificate.get(), &issuerKey, EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
    return certificate;
  }

  template <class Writer>
  static void write(const std::string& path, Writer writer) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "w"), std::fclose);
    if (!file || writer(file.get()) == 0) throw std::runtime_error("cannot write " + path);
  }

  std::string folder_;
};

}  // namespace arrivald::testing
