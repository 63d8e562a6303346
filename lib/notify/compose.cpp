#include "notify/compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/utf8.hpp"
#include "causes/texts.hpp"
#include "notify/change_words.hpp"
#include "notify/next_step.hpp"
#include "notify/side.hpp"

namespace arrivald::notify {

using rules::Change;

namespace {

constexpr std::size_t kRowsShown = 5;

// Behind "side." or "side.short.".
std::string_view causeKey(causes::Verdict verdict) {
  switch (verdict) {
    case causes::Verdict::senderMustFix:
      return "cause.sender";
    case causes::Verdict::dead:
      return "cause.dead";
    case causes::Verdict::recipientMustAct:
      return "cause.recipient";
    case causes::Verdict::wait:
    case causes::Verdict::unknown:
      break;
  }
  return "cause.receiver";
}

std::string_view sideKey(const Side& side) {
  switch (side.kind) {
    case Side::Kind::watch:
      return "watch";
    case Side::Kind::api:
      return "api";
    case Side::Kind::key:
      return "key";
    case Side::Kind::network:
      return "network";
    case Side::Kind::host:
      return "host";
    case Side::Kind::application:
      return "application";
    case Side::Kind::plan:
      return "plan";
    case Side::Kind::reputation:
      return "reputation";
    case Side::Kind::complaints:
      return "complaints";
    case Side::Kind::recipients:
      return "recipients";
    case Side::Kind::account:
      return "account";
    case Side::Kind::providerSays:
      return "providerSays";
    case Side::Kind::provider:
      return "provider";
    case Side::Kind::providerHolds:
      return "providerHolds";
    case Side::Kind::cause:
      return side.cause ? causeKey(side.cause->cause.verdict) : "unclear";
    case Side::Kind::receiverFails:
      return "receiverFails";
    case Side::Kind::receiver:
      return "receiver";
    case Side::Kind::receiverAlone:
      return "receiverAlone";
    case Side::Kind::ours:
      return "ours";
    case Side::Kind::unclear:
      break;
  }
  return "unclear";
}

// Builds one notification.
class Composer {
 public:
  Composer(const Change& change, const Context& context, Language language)
      : change_(change),
        context_(context),
        language_(language),
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
    message.fields = words_.fields();
    message.trend = trend();
    if (context_.creditsRenewed && change_.kind != Change::Kind::resolved)
      message.fields.push_back({c().text("field.renewed"), toText(*context_.creditsRenewed)});
    message.row = row("");
    if (change_.kind == Change::Kind::flapping)
      message.next = Field{c().text("next"), c().text("flapping.next", {{"page", page()}})};
    if (change_.kind != Change::Kind::resolved && change_.kind != Change::Kind::flapping) {
      addBreakdown(message);
      addCauses(message);
      const auto side = sideOf(change_, context_);
      Shown shown{!message.breakdown.empty(), !message.samples.empty(), !context_.page.empty(), renewed()};
      const Shown alone{false, false, false, renewed()};
      if (context_.brief) shown = alone;
      message.row = row(sideText(side, "side.short"));
      message.side = Field{c().text("side"), sideText(side, "side")};
      message.next = Field{c().text("next"), nextStep(change_, side, shown, words_, language_)};
      message.step = nextStep(change_, side, alone, words_, language_);
    }
    message.statusPage = statusPage();
    message.links = links();
    message.footer = words_.footer();
    return message;
  }

 private:
  const Catalogue& c() const { return words_.catalogue(); }

  std::string nameOf(const std::string& receiver) const { return oneLine(c().groupName(receiver), 60); }

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

  // Whose side the cause lies on; `form` is "side" or "side.short".
  std::string sideText(const Side& side, std::string_view form) const {
    const auto leading = side.cause.value_or(LeadingCause{});
    if (const auto own = textKey(change_.reason.evidence, "side"); form == "side" && c().has(own))
      return c().text(own);
    if (form == "side" && side.earlier) {
      auto known = side;
      known.earlier.reset();
      return sideText(known, form) + c().text("sentence.gap") + earlierText(*side.earlier);
    }
    auto key = fmt::format("{}.{}", form, sideKey(side));
    // Of mail that waits, of the whole account, or at one receiver, where there are words for it.
    const auto prefer = [&](std::string_view variant) {
      if (const auto other = fmt::format("{}.{}", key, variant); c().has(other)) key = other;
    };
    if (!side.name.empty()) prefer("at");
    if (side.ofWhole) prefer("whole");
    if (side.doubtful) prefer("doubtful");
    if (traits_.replies == MailView::Replies::deferred) prefer("late");
    return c().text(key, {{"name", nameOf(side.name)},
                          {"share", c().percent(leading.share)},
                          {"cause", std::string(causes::shortName(leading.cause, language_))}});
  }

  std::string earlierText(const EarlierMail& earlier) const {
    const auto& [refused, others] = earlier;
    const auto shown = [&](std::int64_t value) { return c().number(static_cast<double>(value)); };
    const auto key = 2 * refused.accepted > refused.looked ? "side.earlier.most"
                     : refused.accepted > 0                ? "side.earlier.few"
                                                           : "side.earlier.none";
    return c().text(key, {{"n", shown(refused.looked)},
                          {"took", shown(refused.accepted)},
                          {"m", shown(others.looked)},
                          {"others", shown(others.accepted)}});
  }

  std::optional<Trend> trend() const {
    if (!traits_.trend) return std::nullopt;
    const bool ofShare = rules::unit(*traits_.trend) == rules::Unit::share;
    std::optional<double> low, high, last;
    std::size_t known = 0;
    for (const auto& value : context_.trend) {
      if (!value) continue;
      ++known;
      low = std::min(low.value_or(*value), *value);
      high = std::max(high.value_or(*value), *value);
      last = value;
    }
    // A trend with few known values shows nothing, and may contradict the alert.
    if (!last || known < 4 || known * 4 < context_.trend.size()) return std::nullopt;
    const auto shown = [&](double value) { return ofShare ? c().percent(value) : c().number(value); };
    const auto span = context_.bucket * static_cast<Duration::rep>(context_.trend.size());
    return Trend{
        c().text(fmt::format("trend.{}", rules::name(*traits_.trend)),
                 {{"span", c().duration(span)}, {"each", c().duration(context_.bucket)}}),
        context_.trend,
        c().text("trend.range", {{"low", shown(*low)}, {"high", shown(*high)}, {"last", shown(*last)}})};
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
    const auto& causes = context_.causes;
    if (causes.replies == 0 || !traits_.replies || context_.heldByProvider) return;
    const bool dropped = *traits_.replies == MailView::Replies::dropped;
    const bool waiting = *traits_.replies == MailView::Replies::deferred;
    message.causesLabel = c().text(dropped ? "causes.dropped" : waiting ? "causes.deferred" : "causes");
    message.causes.push_back(c().text("causes.of", {{"n", c().number(static_cast<double>(causes.replies))},
                                                    {"window", c().duration(causes.window)}}));
    for (std::size_t i = 0; i < std::min(causes.counts.size(), kRowsShown); ++i) {
      const auto& one = causes.counts[i];
      const double share = static_cast<double>(one.replies) / static_cast<double>(causes.replies);
      message.causes.push_back(
          c().text("causes.row", {{"cause", std::string(causes::shortName(causeOf(one), language_))},
                                  {"share", c().percent(share)},
                                  {"n", c().number(static_cast<double>(one.replies))}}));
    }
    for (const auto& sample : causes.samples) message.samples.push_back(oneLine(sample, 200));
  }

  std::optional<Field> statusPage() const {
    if (!context_.statusPage) return std::nullopt;
    const auto& said = *context_.statusPage;
    const bool trouble = said.troubled && !said.incident.empty();
    return Field{c().text("statuspage"), c().text(trouble ? "statuspage.trouble" : "statuspage.none",
                                                  {{"description", oneLine(said.description, 120)},
                                                   {"incident", oneLine(said.incident, 200)},
                                                   {"at", words_.time(context_.now - said.age)}})};
  }

  std::vector<Link> links() const {
    std::vector<Link> links;
    const auto add = [&](std::string_view label, const std::string& url) {
      if (!url.empty()) links.push_back({c().text(label), url});
    };
    add("link.page", context_.page);
    add("link.dashboard", context_.dashboard);
    add("link.runbook", context_.runbook);
    add("link.statuspage", context_.statusPageUrl);
    return links;
  }

  const Change& change_;
  const Context& context_;
  Language language_;
  ChangeWords words_;
  KindTraits traits_;
};

}  // namespace

Notification compose(const Change& change, const Context& context, Language language) {
  return Composer(change, context, language).compose();
}

}  // namespace arrivald::notify
