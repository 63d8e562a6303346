#include "sendgrid/scopes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace arrivald::sendgrid {
namespace {

/// One scope that a feature needs. `narrow` is the one to enable; `wide`, if not empty, also suffices.
struct Need {
  Feature feature;
  std::string_view narrow;
  std::string_view wide;
};

constexpr std::string_view kLists = "suppression.read";
constexpr std::array kNeeds = {
    Need{Feature::statistics, "stats.read", "stats.global.read"},
    Need{Feature::mailboxProviders, "mailbox_providers.stats.read", ""},
    Need{Feature::categories, "categories.read", ""},
    Need{Feature::categories, "categories.stats.read", ""},
    Need{Feature::subusers, "subusers.read", ""},
    Need{Feature::subusers, "subusers.stats.read", ""},
    Need{Feature::bounces, "suppression.bounces.read", kLists},
    Need{Feature::blocks, "suppression.blocks.read", kLists},
    Need{Feature::invalidEmails, "suppression.invalid_emails.read", kLists},
    Need{Feature::spamReports, "suppression.spam_reports.read", kLists},
    Need{Feature::unsubscribes, "suppression.unsubscribes.read", kLists},
    Need{Feature::eventWebhookSettings, "user.webhooks.event.settings.read", ""},
    Need{Feature::credits, "user.credits.read", ""},
    Need{Feature::reputation, "user.account.read", ""},
    Need{Feature::groupUnsubscribes, "asm.groups.read", ""},
};

struct Loss {
  Feature feature;
  std::string_view english;
  std::string_view japanese;
};

constexpr std::array<Loss, kFeatureCount> kLosses = {
    Loss{Feature::statistics,
         "No delivery rates, no alerts about stalls or silence: without the account's statistics nothing is "
         "watched.",
         "アカウントの統計を読めないため、到達率も停滞・途絶の検知も動きません。監視そのものができません。"},
    Loss{Feature::mailboxProviders,
         "A problem at a single receiver such as Gmail is not distinguished from a general one.",
         "Gmail など特定の受信側だけの障害を、全体の障害と区別できません。"},
    Loss{Feature::categories, "Rates and alerts by category are missing.",
         "カテゴリごとの到達率とアラートが出ません。"},
    Loss{Feature::subusers, "Rates and alerts by subuser are missing.",
         "サブユーザーごとの到達率とアラートが出ません。"},
    Loss{Feature::bounces, "The bounce list is neither counted nor shown, and its growth raises no alert.",
         "バウンスリストの件数と一覧が得られず、急増も検知できません。"},
    Loss{Feature::blocks, "The block list is neither counted nor shown, and its growth raises no alert.",
         "ブロックリストの件数と一覧が得られず、急増も検知できません。"},
    Loss{Feature::invalidEmails, "The list of invalid addresses is neither counted nor shown.",
         "無効なアドレスのリストの件数と一覧が得られません。"},
    Loss{Feature::spamReports,
         "The list of spam reports is neither counted nor shown, and its growth raises no alert.",
         "迷惑メール報告リストの件数と一覧が得られず、急増も検知できません。"},
    Loss{Feature::unsubscribes, "The list of global unsubscribes is neither counted nor shown.",
         "配信停止リスト（グローバル）の件数と一覧が得られません。"},
    Loss{Feature::eventWebhookSettings,
         "It goes unnoticed when the event webhook is switched off or loses event types.",
         "Event Webhook が無効にされたり、イベントの種類が外されたりしても気付けません。"},
    Loss{Feature::credits,
         "It goes unnoticed that the plan's credits run out, after which SendGrid takes no mail.",
         "プランの送信枠（クレジット）が尽きてSendGridがメールを受け付けなくなっても、事前に気付けません。"},
    Loss{Feature::reputation, "A falling reputation of the account goes unnoticed.",
         "アカウントの評価（レピュテーション）が下がっても気付けません。"},
    Loss{Feature::groupUnsubscribes, "Unsubscribes from groups of mail are neither counted nor shown.",
         "グループごとの配信停止の件数と一覧が得られません。"},
};

std::string_view loss(Feature feature, Language language) {
  const auto found =
      std::find_if(kLosses.begin(), kLosses.end(), [&](const Loss& l) { return l.feature == feature; });
  return language == Language::japanese ? found->japanese : found->english;
}

}  // namespace

std::vector<MissingScope> missingScopes(const std::vector<std::string>& granted,
                                        const std::vector<Feature>& wanted, Language language) {
  const auto has = [&](std::string_view scope) {
    return !scope.empty() && std::find(granted.begin(), granted.end(), scope) != granted.end();
  };
  std::vector<MissingScope> missing;
  for (const auto feature : wanted)
    for (const auto& need : kNeeds)
      if (need.feature == feature && !has(need.narrow) && !has(need.wide))
        missing.push_back({feature, std::string(need.narrow), std::string(loss(feature, language))});
  return missing;
}

std::vector<MissingScope> missingReleaseScopes(const std::vector<std::string>& granted, Releasable wanted,
                                               Language language) {
  struct Release {
    Feature feature;
    std::string_view list;
  };
  constexpr std::array kReleases = {Release{Feature::bounces, "bounces"}, Release{Feature::blocks, "blocks"},
                                    Release{Feature::invalidEmails, "invalid_emails"},
                                    Release{Feature::spamReports, "spam_reports"},
                                    Release{Feature::unsubscribes, "unsubscribes"}};
  constexpr std::size_t kFailures = 3;
  const auto count = wanted == Releasable::wishesToo ? kReleases.size() : kFailures;
  const auto has = [&](const std::string& scope) {
    return std::find(granted.begin(), granted.end(), scope) != granted.end();
  };
  std::vector<MissingScope> missing;
  for (std::size_t i = 0; i < count; ++i)
    for (const auto* action : {"read", "delete"}) {
      auto narrow = fmt::format("suppression.{}.{}", kReleases[i].list, action);
      if (has(narrow) || has(fmt::format("suppression.{}", action))) continue;
      missing.push_back({kReleases[i].feature, std::move(narrow),
                         language == Language::japanese ? "デスクからこのリストの宛先を解除できません。"
                                                        : "The desk cannot release entries of this list."});
    }
  return missing;
}

std::string_view lossOf(std::string_view scope, Language language) {
  const auto need =
      std::find_if(kNeeds.begin(), kNeeds.end(), [&](const Need& n) { return n.narrow == scope; });
  return need == kNeeds.end() ? std::string_view() : loss(need->feature, language);
}

}  // namespace arrivald::sendgrid
