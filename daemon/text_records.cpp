#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <array>

#include "daemon/doctor.hpp"

namespace arrivald {
namespace {

// A TXT record is a row of strings, each behind a byte with its length; they are read as one.
std::string joined(const ns_rr& record) {
  std::string text;
  const unsigned char* data = ns_rr_rdata(record);
  const std::size_t size = ns_rr_rdlen(record);
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = std::min<std::size_t>(data[at], size - at - 1);
    text.append(reinterpret_cast<const char*>(data + at + 1), length);
    at += length + 1;
  }
  return text;
}

}  // namespace

// The resolver asks again over TCP when an answer is cut, as that about a long key is.
Result<std::vector<std::string>> textRecordsOf(const std::string& name) {
  struct Resolver {
    Resolver() { isReady = res_ninit(&state) == 0; }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    ~Resolver() {
      if (isReady) res_nclose(&state);
    }
    struct __res_state state{};
    bool isReady = false;
  } resolver;
  if (!resolver.isReady) return Error::of(Error::Kind::unreachable, phrase("the name servers are not known"));
  resolver.state.retrans = 2;
  resolver.state.retry = 2;
  std::array<unsigned char, NS_MAXMSG> answer{};
  const int size = res_nquery(&resolver.state, name.c_str(), ns_c_in, ns_t_txt, answer.data(),
                              static_cast<int>(answer.size()));
  if (size < 0) {
    const int why = resolver.state.res_h_errno;
    if (why == HOST_NOT_FOUND || why == NO_DATA) return std::vector<std::string>();
    return Error::of(Error::Kind::unreachable, phrase("no name server answers about {}", name));
  }
  std::vector<std::string> records;
  ns_msg message;
  if (ns_initparse(answer.data(), size, &message) != 0) return records;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) == 0 && ns_rr_type(record) == ns_t_txt)
      records.push_back(joined(record));
  }
  return records;
}

}  // namespace arrivald
