// The event stream's JSON and signatures, whatever a stranger posts.
#include <cstdlib>
#include <string>

#include "sendgrid/event_signature.hpp"
#include "sendgrid/events.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static arrivald::sendgrid::EventReader reader;
  static const auto key = arrivald::sendgrid::EventKey::parse(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/"
      "7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==");
  std::string body(reinterpret_cast<const char*>(data), size);
  body.append(64, '\0');
  const std::string_view view(body.data(), size);
  std::size_t sum = 0;
  for (const auto& event : reader.read(view).events)
    sum += event.email.size() + event.reason.size() + event.categories().size();
  if (sum > 64 * (size + 64)) std::abort();
  // Nobody can sign without the private key.
  if (key->verifies(view.substr(0, 96), "1600112502", view)) std::abort();
  static_cast<void>(arrivald::sendgrid::EventKey::parse(view));
  return 0;
}
