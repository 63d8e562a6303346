// Replies of receiving servers, whatever bytes they hold.
#include <cstdlib>

#include "causes/explain.hpp"
#include "causes/texts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace arrivald::causes;
  static const auto explainer = Explainer::make().value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reply reply;
  reply.text = text;
  reply.status = text.substr(0, size / 3);
  reply.recipient = text.substr(size / 2);
  reply.recipientDomain = text.substr(size / 4, size / 4);
  const auto cause = explainer.explain(reply);
  if (!(cause.confidence >= 0 && cause.confidence <= 1)) std::abort();
  if (describe(cause, arrivald::Language::japanese, {reply.recipient, "blocks"}).headline.empty())
    std::abort();
  return 0;
}
