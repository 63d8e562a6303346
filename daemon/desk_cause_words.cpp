#include "daemon/desk_cause_words.hpp"

#include <fmt/format.h>

#include "causes/texts.hpp"

namespace arrivald {

using suppression::Advice;

namespace {

bool isUnknownAddress(const causes::Cause& cause) {
  return cause.causeClass == causes::Class::noAddress && cause.speaker == causes::Speaker::receiver &&
         cause.details.meantDomain.empty();
}

CauseWords wordsOf(const causes::Cause& cause, suppression::List list, const causes::MatchContext& context,
                   std::int64_t acceptedSince, Language language) {
  const auto& texts = pages::Texts::of(language);
  if (suppression::isWish(list))
    return {texts.text(fmt::format("headline.{}", name(list))), texts.text("row.wish"),
            texts.text("todo.wish"), ""};
  auto words = causes::describeShort(cause, language, context, acceptedSince);
  // Of a domain that somebody mistyped, a failed look-up is no fault of the receiver's.
  const bool isMistyped = !cause.details.meantDomain.empty() && cause.causeClass == causes::Class::network;
  const auto shown = isMistyped ? causes::Class::badDomain : cause.causeClass;
  return {std::string(causes::shortName(shown, language)), std::move(words.row), std::move(words.todo),
          std::move(words.said)};
}

}  // namespace

CauseWords causeWordsOf(const desk::ListedEntry& entry, Language language) {
  return wordsOf(entry.cause, entry.list, {entry.entry.email, name(entry.list)}, entry.acceptedSince,
                 language);
}

ReleaseConsequence consequenceOf(const suppression::ReleaseItem& item, const causes::Cause& cause,
                                 std::int64_t acceptedSince, Language language) {
  const auto& texts = pages::Texts::of(language);
  const auto& shown = item.shown;
  const auto words =
      wordsOf(cause, shown.list, {shown.entry.email, name(shown.list)}, acceptedSince, language);
  switch (shown.advice) {
    case Advice::safe:
      return {texts.text("will.safe"), words.row, ""};
    case Advice::onceConfirmed:
      return {texts.text(fmt::format("will.{}", name(cause.causeClass))), words.row, words.said};
    case Advice::noDifference:
      return {texts.text("will.no_difference"), texts.text("will.no_difference.text"), ""};
    case Advice::doNot:
      if (item.failedAgain) return {texts.text("will.do_not.again"), texts.text("will.do_not.text"), ""};
      // Only of an address that does not exist has the receiver said so.
      return {isUnknownAddress(cause) ? texts.text("will.do_not") : words.row, texts.text("will.do_not.text"),
              ""};
    case Advice::adminOnly:
      break;
  }
  return {texts.text("will.admin_only"), texts.text("will.admin_only.text"), ""};
}

}  // namespace arrivald
