#include "daemon/desk_refusal_words.hpp"

#include <fmt/format.h>

#include "pages/texts.hpp"

namespace arrivald {

using desk::Refusal;

namespace {

std::string numberOf(std::size_t n) { return pages::numberText(static_cast<std::int64_t>(n)); }

}  // namespace

std::string refusalWords(Language language, const Refusal& refusal, const std::string& owner) {
  const auto& texts = pages::Texts::of(language);
  switch (refusal.kind) {
    case Refusal::Kind::numberWrong:
      return texts.text("wrong_number", {{"typed", refusal.typed}, {"n", numberOf(refusal.wanted)}});
    case Refusal::Kind::numberMissing:
      return texts.text("no_number", {{"n", numberOf(refusal.wanted)}});
    case Refusal::Kind::motiveMissing:
      return texts.text("no_reason");
    case Refusal::Kind::decided:
      return texts.text("result.asked_already");
    case Refusal::Kind::changed:
      return texts.text("changed_draft");
    case Refusal::Kind::overLimit:
      if (!refusal.limit) break;
      if (refusal.limit->of == suppression::OverLimit::Of::request)
        return texts.text("over_request",
                          {{"limit", numberOf(refusal.limit->max)}, {"n", numberOf(refusal.limit->wanted)}});
      return texts.text("over_day",
                        {{"left", numberOf(refusal.limit->fits)}, {"n", numberOf(refusal.limit->wanted)}});
    case Refusal::Kind::notYours:
      if (owner.empty()) return texts.text("refused.not_yours.other");
      return texts.text("refused.not_yours", {{"user", owner}});
    case Refusal::Kind::needsAdmin:
      return texts.text("lock.second");
    case Refusal::Kind::noKey:
      return texts.text("read_only");
    case Refusal::Kind::mayNot:
      return texts.text("problem.denied.text");
    default:
      break;
  }
  const auto key = fmt::format("refused.{}", name(refusal.kind));
  return texts.text(texts.has(key) ? key : "refused.other");
}

}  // namespace arrivald
