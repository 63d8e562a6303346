#include "notify/compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/utf8.hpp"
#include "notify/change_words.hpp"
#include "notify/message_parts.hpp"
#include "notify/next_step.hpp"
#include "notify/side.hpp"
#include "notify/side_words.hpp"

namespace arrivald::notify {

using rules::Change;

namespace {

constexpr std::size_t kRowsShown = 5;

// Builds one notification.
class Composer {
 public:
  Composer(const Change& change, const Context& context, Language language)
      : change_(change),
        context_(context),
        words_(change, context.zone, context.now, language, placeOf(change, context)),
        traits_(traitsOf(change.reason.evidence)) {}

  Notification compose() {
    Notification message;
    message.id = change_.id;
    message.tone = words_.tone();
    message.mention = message.tone == Tone::critical &&
                      (change_.kind == Change::Kind::fired || change_.kind == Change::Kind::worsened);
    message.badge = words_.badge();
    message.title = words_.title();
    message.fallback = words_.fallback();
    message.sentence = words_.sentence();
    if (isRecovering()) {
      message.title = c().text("recovering.title", {{"title", message.title}});
      message.sentence =
          words_.recoveringSentence(recoveringWords(change_.alert, *context_.recovering, context_.zone, c()));
    }
    message.fields = words_.fields();
    message.trend = trend();
    if (context_.creditsRenewed && change_.kind != Change::Kind::resolved)
      message.fields.push_back({c().text("field.renewed"), toText(*context_.creditsRenewed)});
    message.row = row("");
    if (change_.kind == Change::Kind::resolved && hasRecovered(change_))
      if (const auto key = stepAfterKey(change_.reason.worst); !key.empty())
        message.next = Field{c().text("next"), c().text(key)};
    if (change_.kind == Change::Kind::flapping)
      message.next = Field{c().text("next"), c().text("flapping.next", {{"page", page()}})};
    if (change_.kind != Change::Kind::resolved && change_.kind != Change::Kind::flapping) {
      addBreakdown(message);
      addCauses(message);
      const auto side = sideOf(change_, context_);
      Shown shown{.breakdown = !message.breakdown.empty(),
                  .replies = !message.samples.empty(),
                  .page = !context_.page.empty(),
                  .trace = context_.streamed,
                  .renewed = renewed()};
      const Shown alone{.breakdown = false,
                        .replies = false,
                        .page = false,
                        .trace = context_.streamed,
                        .renewed = renewed()};
      if (context_.brief) shown = alone;
      message.row = row(sideText(side, "side.short"));
      message.side = Field{c().text("side"), sideText(side, "side")};
      message.next = Field{c().text("next"), nextStep(change_, side, shown, words_)};
      message.step = nextStep(change_, side, alone, words_);
    }
    message.statusPage = statusPart(context_, c());
    message.links = linkPart(context_, c());
    message.footer = words_.footer();
    return message;
  }

 private:
  const Catalogue& c() const { return words_.catalogue(); }

  std::string nameOf(const std::string& receiver) const { return oneLine(c().groupName(receiver), 60); }

  bool isRecovering() const {
    return context_.recovering && change_.kind != Change::Kind::resolved &&
           change_.kind != Change::Kind::flapping;
  }

  // Where the present state can be seen.
  std::string page() const {
    return c().text(context_.page.empty() ? "next.page.elsewhere" : "next.page.below");
  }

  std::string renewed() const {
    if (!context_.creditsRenewed) return {};
    return c().text("next.renewed", {{"date", toText(*context_.creditsRenewed)}});
  }

  // The alert as a line among others; `side` is empty where none is named.
  std::string row(const std::string& side) const {
    const bool over = change_.kind == Change::Kind::resolved;
    return words_.row(over ? "group.row.over" : side.empty() ? "group.row.since" : "group.row.side", side);
  }

  // Although something cannot be read, the event stream tells whether mail arrives.
  bool isMailSeen() const {
    const auto* reading = std::get_if<rules::ReadingEvidence>(&change_.reason.evidence);
    return reading != nullptr && reading->streamed;
  }

  // Whose side the cause lies on; `form` is "side" or "side.short".
  std::string sideText(const Side& side, std::string_view form) const {
    if (const auto own = textKey(change_.reason.evidence, form); c().has(own)) return c().text(own);
    const bool waiting = traits_.replies == MailView::Replies::deferred;
    auto words = sideWords(side, form, waiting ? Waits::yes : Waits::no, c());
    if (form == "side" && traits_.concern == Concern::watch && !isMailSeen())
      words += c().text("sentence.gap") + c().text("side.mail_unknown");
    return words;
  }

  std::optional<Trend> trend() const {
    return traits_.trend ? trendPart(context_, *traits_.trend, c()) : std::nullopt;
  }

  // Where what the alert is about gathers, and the worst rows.
  void addBreakdown(Notification& message) const {
    auto breakdown = context_.breakdown;
    std::erase_if(breakdown, [](const BreakdownRow& part) { return part.failed == 0; });
    std::sort(breakdown.begin(), breakdown.end(), [](const BreakdownRow& a, const BreakdownRow& b) {
      return std::tuple(-a.failed, a.name) < std::tuple(-b.failed, b.name);
    });
    if (breakdown.empty()) return;
    message.breakdownLabel = c().text(textOfMail("breakdown"));
    message.breakdown.push_back(gatheringText());
    for (std::size_t i = 0; i < std::min(breakdown.size(), kRowsShown); ++i) {
      const auto& part = breakdown[i];
      const double rate =
          part.outcomes > 0 ? static_cast<double>(part.failed) / static_cast<double>(part.outcomes) : 0;
      message.breakdown.push_back(
          c().text(textOfMail("breakdown.row"), {{"name", nameOf(part.name)},
                                                 {"failed", c().number(static_cast<double>(part.failed))},
                                                 {"total", c().number(static_cast<double>(part.outcomes))},
                                                 {"rate", c().percent(rate)}}));
    }
  }

  // "breakdown.dropped" where the alert is about dropped mail, and likewise for complaints.
  std::string textOfMail(std::string_view key) const {
    if (traits_.concern == Concern::recipients) return fmt::format("{}.dropped", key);
    return fmt::format("{}{}", key, traits_.concern == Concern::complaints ? ".reported" : "");
  }

  std::string gatheringText() const {
    if (context_.loss) return lossText(*context_.loss);
    const auto gathering = gatheringOf(context_.breakdown);
    if (!gathering) return c().text("breakdown.spread");
    return c().text(textOfMail("breakdown.concentrated"),
                    {{"share", c().percent(gathering->share)}, {"name", nameOf(gathering->part.name)}});
  }

  // "98 % of the failures are 550 5.7.26 at Gmail since 2026-11-24 09:12 JST. Other receivers are as usual."
  std::string lossText(const Loss& loss) const {
    return c().text(loss.code.empty() ? "loss.withoutCode" : "loss",
                    {{"share", c().percent(loss.share)},
                     {"code", oneLine(loss.code, 20)},
                     {"name", nameOf(loss.group)},
                     {"since", words_.time(loss.since)},
                     {"others", loss.othersNormal ? c().text("loss.othersNormal") : std::string()}});
  }

  void addCauses(Notification& message) const {
    if (!traits_.replies || context_.heldByProvider) return;
    const bool dropped = *traits_.replies == MailView::Replies::dropped;
    const bool waiting = *traits_.replies == MailView::Replies::deferred;
    notify::addCauses(message, context_.causes,
                      dropped   ? "causes.dropped"
                      : waiting ? "causes.deferred"
                                : "causes",
                      c());
  }

  const Change& change_;
  const Context& context_;
  ChangeWords words_;
  KindTraits traits_;
};

}  // namespace

Notification compose(const Change& change, const Context& context, Language language) {
  return Composer(change, context, language).compose();
}

}  // namespace arrivald::notify
