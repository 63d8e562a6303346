// Addresses of suppression lists, whatever bytes they hold: a request made of one is about that entry and
// nothing else.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sendgrid/decode.hpp"
#include "support/release_paths.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arrivald;
  using suppression::List;
  if (size == 0) return 0;
  const auto list = static_cast<List>(data[0] % 6);
  const std::string_view address(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto entries = sendgrid::decodeListed(address, list, 4);
  if (entries.ok() && entries->size() > size) std::abort();
  const auto target = sendgrid::ReleaseTarget::of(list, list == List::groupUnsubscribes ? 4 : 0, address);
  if (!target.ok()) return 0;
  for (const auto& call : {target->read(), target->remove()})
    if (!testing::faultOf(call, address).empty()) std::abort();
  if (target->canBePutBack()) {
    const auto body = nlohmann::json::parse(target->putBack().body());
    const auto wanted = nlohmann::json{{"recipient_emails", {std::string(address)}}};
    if (body != wanted) std::abort();
  }
  return 0;
}
