#include "notify/compose.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "causes/texts.hpp"
#include "notify/change_words.hpp"

namespace arrivald::notify {

using rules::Change;

namespace {

constexpr std::size_t kRowsShown = 5;
// From this share of the failures on, a subject of the breakdown is named as the place of the problem.
constexpr double kConcentrated = 0.7;

std::int64_t failedIn(const std::vector<BreakdownRow>& breakdown) {
  std::int64_t failed = 0;
  for (const auto& part : breakdown) failed += part.failed;
  return failed;
}

// The row with most of the failures, if there is one.
struct Gathering {
  const BreakdownRow* part = nullptr;
  double share = 0;
};

Gathering gatheringOf(const std::vector<BreakdownRow>& breakdown) {
  const auto failed = failedIn(breakdown);
  const BreakdownRow* worst = nullptr;
  for (const auto& part : breakdown)
    if (!worst || part.failed > worst->failed) worst = &part;
  if (!worst || failed < 5) return {};
  const double share = static_cast<double>(worst->failed) / static_cast<double>(failed);
  return share >= kConcentrated ? Gathering{worst, share} : Gathering{};
}

// The most frequent cause, if there are enough replies to represent the failures.
std::optional<causes::Class> leadingCause(const Change& change, const Context& context) {
  constexpr std::size_t kEnough = 5;
  constexpr double kMost = 0.6;
  const auto& seen = context.causes;
  if (seen.replies < kEnough || seen.counts.empty() ||
      2 * static_cast<std::int64_t>(seen.replies) <
          rules::badMail(change.reason.evidence).value_or(rules::BadMail{}).bad)
    return std::nullopt;
  const auto& first = seen.counts.front();
  if (static_cast<double>(first.replies) < kMost * static_cast<double>(seen.replies) ||
      first.causeClass == causes::Class::unspecified)
    return std::nullopt;
  return first.causeClass;
}

std::string_view sideKey(causes::Verdict verdict) {
  switch (verdict) {
    case causes::Verdict::senderMustFix:
      return "side.cause.sender";
    case causes::Verdict::dead:
      return "side.cause.dead";
    case causes::Verdict::recipientMustAct:
      return "side.cause.recipient";
    case causes::Verdict::wait:
    case causes::Verdict::unknown:
      break;
  }
  return "side.cause.wait";
}

// Builds one notification.
class Composer {
 public:
  Composer(const Change& change, const Context& context, Language language)
      : change_(change),
        context_(context),
        language_(language),
        words_(change, context.zone, context.now, language),
        traits_(traitsOf(change.reason.evidence)),
        gathering_(gatheringOf(context.breakdown)) {
    // Replies explain failures, but not missing mail.
    if (traits_.concern == Concern::receivers && !context.heldByProvider)
      cause_ = leadingCause(change, context);
  }

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
    if (change_.kind != Change::Kind::resolved && change_.kind != Change::Kind::flapping) {
      message.side = Field{c().text("side"), side()};
      message.next = Field{c().text("next"), next()};
      addBreakdown(message);
      addCauses(message);
    }
    message.statusPage = statusPage();
    message.links = links();
    message.footer =
        words_.text(change_.reason.detected > change_.reason.since ? "footer.detected" : "footer");
    return message;
  }

 private:
  const Catalogue& c() const { return words_.catalogue(); }
  bool isOfReceiver() const {
    const auto dimension = change_.alert.key.subject.dimension;
    return dimension == delivery::Dimension::mailboxProvider || dimension == delivery::Dimension::domainGroup;
  }

  // Whose side the cause lies on.
  std::string side() const {
    if (traits_.concern == Concern::watch) return c().text("side.watch");
    if (traits_.concern == Concern::application) return c().text("side.application");
    if (traits_.concern == Concern::account) return c().text("side.account");
    if (traits_.concern == Concern::recipients) return c().text("side.recipients");
    if (context_.statusPage && context_.statusPage->troubled) return c().text("side.providerSays");
    if (traits_.concern == Concern::provider) return c().text("side.provider");
    if (context_.heldByProvider) return c().text("side.providerHolds");
    if (cause_) {
      const double share = static_cast<double>(context_.causes.counts.front().replies) /
                           static_cast<double>(context_.causes.replies);
      return c().text(
          sideKey(causes::verdictOf(*cause_)),
          {{"share", c().percent(share)}, {"cause", std::string(causes::shortName(*cause_, language_))}});
    }
    if (isOfReceiver())
      return c().text("side.receiverAlone", {{"name", oneLine(change_.alert.key.subject.name, 60)}});
    if (gathering_.part) return c().text("side.receiver", {{"name", oneLine(gathering_.part->name, 60)}});
    const bool everywhere = context_.breakdown.size() >= 3 && failedIn(context_.breakdown) >= 20;
    return c().text(everywhere ? "side.ours" : "side.unclear");
  }

  std::string next() const {
    if (cause_) {
      causes::Cause named;
      named.causeClass = *cause_;
      named.verdict = causes::verdictOf(*cause_);
      return causes::describe(named, language_).next;
    }
    const bool alone = std::holds_alternative<rules::RateEvidence>(change_.reason.evidence) &&
                       context_.breakdown.empty() &&
                       change_.alert.key.subject.dimension == delivery::Dimension::mailboxProvider;
    return alone ? c().text("next.oneReceiver") : words_.text(nextKey(change_.reason.evidence));
  }

  std::optional<Trend> trend() const {
    const bool ofRequests = traits_.trendOfRequests;
    const bool ofDrops = traits_.concern == Concern::recipients;
    const auto& values = ofRequests ? context_.requests : ofDrops ? context_.drops : context_.delivery;
    std::optional<double> low, high, last;
    std::size_t known = 0;
    for (const auto& value : values) {
      if (!value) continue;
      ++known;
      low = std::min(low.value_or(*value), *value);
      high = std::max(high.value_or(*value), *value);
      last = value;
    }
    // A trend with few known values shows nothing, and may contradict the alert.
    if (!last || known < 4 || known * 4 < values.size() || traits_.concern == Concern::watch)
      return std::nullopt;
    const auto shown = [&](double value) { return ofRequests ? c().number(value) : c().percent(value); };
    const auto span = context_.bucket * static_cast<Duration::rep>(values.size());
    return Trend{
        c().text(ofRequests ? "trend.requests"
                 : ofDrops  ? "trend.drops"
                            : "trend.delivery",
                 {{"span", c().duration(span)}, {"each", c().duration(context_.bucket)}}),
        values,
        c().text("trend.range", {{"low", shown(*low)}, {"high", shown(*high)}, {"last", shown(*last)}})};
  }

  // The row with most of the failures, and the worst rows.
  void addBreakdown(Notification& message) const {
    auto breakdown = context_.breakdown;
    std::erase_if(breakdown, [](const BreakdownRow& part) { return part.failed == 0; });
    std::sort(breakdown.begin(), breakdown.end(), [](const BreakdownRow& a, const BreakdownRow& b) {
      return std::tuple(-a.failed, a.name) < std::tuple(-b.failed, b.name);
    });
    if (breakdown.empty() || traits_.concern == Concern::watch || traits_.concern == Concern::application)
      return;
    message.breakdownLabel =
        c().text(traits_.concern == Concern::recipients ? "breakdown.drops" : "breakdown");
    message.breakdown.push_back(gatheringText());
    for (std::size_t i = 0; i < std::min(breakdown.size(), kRowsShown); ++i) {
      const auto& part = breakdown[i];
      const double rate =
          part.outcomes > 0 ? static_cast<double>(part.failed) / static_cast<double>(part.outcomes) : 0;
      message.breakdown.push_back(
          c().text("breakdown.row", {{"name", oneLine(part.name, 60)},
                                     {"failed", c().number(static_cast<double>(part.failed))},
                                     {"total", c().number(static_cast<double>(part.outcomes))},
                                     {"rate", c().percent(rate)}}));
    }
  }

  std::string gatheringText() const {
    if (context_.loss && traits_.concern != Concern::recipients) return lossText(*context_.loss);
    if (!gathering_.part) return c().text("breakdown.spread");
    return c().text("breakdown.concentrated",
                    {{"share", c().percent(gathering_.share)}, {"name", oneLine(gathering_.part->name, 60)}});
  }

  // "98 % of the failures are 550 5.7.26 at Gmail since 09:12; other receivers are as usual".
  std::string lossText(const Loss& loss) const {
    return c().text(loss.code.empty() ? "loss.withoutCode" : "loss",
                    {{"share", c().percent(loss.share)},
                     {"code", oneLine(loss.code, 20)},
                     {"name", oneLine(loss.group, 60)},
                     {"since", context_.zone.minuteText(loss.since).substr(11)},
                     {"others", loss.othersNormal ? c().text("loss.othersNormal") : std::string()}});
  }

  void addCauses(Notification& message) const {
    const auto& causes = context_.causes;
    if (causes.replies == 0 || traits_.concern == Concern::provider ||
        traits_.concern == Concern::recipients || context_.heldByProvider)
      return;
    message.causesLabel = c().text("causes");
    message.causes.push_back(c().text("causes.of", {{"n", c().number(static_cast<double>(causes.replies))},
                                                    {"window", c().duration(causes.window)}}));
    for (std::size_t i = 0; i < std::min(causes.counts.size(), kRowsShown); ++i) {
      const auto& one = causes.counts[i];
      const double share = static_cast<double>(one.replies) / static_cast<double>(causes.replies);
      message.causes.push_back(
          c().text("causes.row", {{"cause", std::string(causes::shortName(one.causeClass, language_))},
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
                                                   {"age", c().duration(said.age)}})};
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
  Gathering gathering_;
  std::optional<causes::Class> cause_;
};

}  // namespace

Notification compose(const Change& change, const Context& context, Language language) {
  return Composer(change, context, language).compose();
}

}  // namespace arrivald::notify
