#include "causes/texts.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "causes/embedded.hpp"

namespace arrivald::causes {
namespace {

class Table {
 public:
  explicit Table(std::string_view json) {
    const auto read = nlohmann::json::parse(json);
    for (const auto& [key, value] : read.items()) {
      if (value.is_string()) {
        texts_[key] = value.get<std::string>();
      } else {
        for (const auto& [part, text] : value.items()) texts_[key + "." + part] = text.get<std::string>();
      }
    }
  }

  static const Table& of(Language language) {
    static const Table japanese(textsJapanese());
    static const Table english(textsEnglish());
    return language == Language::japanese ? japanese : english;
  }

  // Empty if there is none.
  std::string_view find(const std::string& key) const {
    const auto found = texts_.find(key);
    return found == texts_.end() ? std::string_view() : std::string_view(found->second);
  }

  // The text of the first key that has this part.
  std::string part(std::initializer_list<std::string_view> keys, std::string_view name) const {
    for (const auto key : keys)
      if (!key.empty())
        if (const auto text = find(std::string(key) + "." + std::string(name)); !text.empty())
          return std::string(text);
    throw std::logic_error("texts: no \"" + std::string(name) + "\"");
  }

 private:
  std::map<std::string, std::string> texts_;
};

std::string filled(std::string_view pattern, std::string_view name, std::string_view value) {
  std::string out(pattern);
  const auto hole = "{" + std::string(name) + "}";
  if (const auto at = out.find(hole); at != std::string::npos) out.replace(at, hole.size(), value);
  return out;
}

// "a..b@docomo.ne.jp" → "\"a..b\"@docomo.ne.jp"
std::string quoted(std::string_view address) {
  const auto at = address.rfind('@');
  return "\"" + std::string(address.substr(0, at)) + "\"" +
         std::string(at == std::string_view::npos ? "" : address.substr(at));
}

bool isCarrier(std::string_view provider) {
  constexpr std::array<std::string_view, 6> carriers = {"docomo",   "au",      "uqmobile",
                                                        "softbank", "ymobile", "rakuten"};
  for (const auto carrier : carriers)
    if (carrier == provider) return true;
  return false;
}

struct ProviderNames {
  std::string_view provider, english, japanese;
};
constexpr std::array<ProviderNames, 30> kProviders = {
    {{"gmail", "Gmail", "Gmail"},
     {"microsoft", "Microsoft (Outlook)", "Microsoft(Outlook)"},
     {"yahoo", "Yahoo", "Yahoo(米国)"},
     {"yahoo-japan", "Yahoo! JAPAN", "Yahoo! JAPAN"},
     {"apple", "Apple (iCloud)", "Apple(iCloud)"},
     {"docomo", "docomo", "ドコモ"},
     {"au", "au", "au"},
     {"uqmobile", "UQ mobile", "UQモバイル"},
     {"softbank", "SoftBank", "ソフトバンク"},
     {"ymobile", "Y!mobile", "ワイモバイル"},
     {"rakuten", "Rakuten", "楽天"},
     {"nifty", "@nifty", "@nifty"},
     {"biglobe", "BIGLOBE", "BIGLOBE"},
     {"ocn", "OCN", "OCN"},
     {"so-net", "So-net", "So-net"},
     {"plala", "plala", "ぷらら"},
     {"jcom", "J:COM", "J:COM"},
     {"iij", "IIJ", "IIJ"},
     {"godaddy", "GoDaddy", "GoDaddy"},
     {"facebook", "Facebook", "Facebook"},
     {"comcast", "Comcast", "Comcast"},
     {"gmx", "GMX / IONOS", "GMX / IONOS"},
     {"t-online", "Deutsche Telekom", "ドイツテレコム"},
     {"orange", "Orange", "Orange"},
     {"mimecast", "Mimecast", "Mimecast"},
     {"proofpoint", "Proofpoint", "Proofpoint"},
     {"barracuda", "Barracuda", "Barracuda"},
     {"trendmicro", "Trend Micro", "トレンドマイクロ"},
     {"qq", "QQ Mail", "QQメール"},
     {"netease", "NetEase (163)", "NetEase(163)"}}};

struct ShortNames {
  std::string_view english, japanese;
};
constexpr std::array<ShortNames, kClasses.size()> kShort = {
    {{"no such address", "宛先なし"},
     {"no such domain", "ドメインなし"},
     {"mailbox full", "受信箱がいっぱい"},
     {"mailbox suspended", "アドレス停止中"},
     {"refused by the recipient", "受信設定で拒否"},
     {"our server is blocked", "送信元が拒否"},
     {"our domain's authentication failed", "送信ドメイン認証の失敗"},
     {"judged spam or unsafe", "内容が迷惑メール判定"},
     {"too large or malformed", "サイズ・形式の問題"},
     {"temporary limit", "一時的な受信制限"},
     {"receiver or network fault", "相手側・通信の障害"},
     {"no reason given", "理由の記載なし"}}};

}  // namespace

std::string_view providerName(std::string_view provider, Language language) {
  for (const auto& names : kProviders)
    if (names.provider == provider) return language == Language::japanese ? names.japanese : names.english;
  return provider;
}

std::string_view shortName(Class c, Language language) {
  const auto& names = kShort[static_cast<std::size_t>(c)];
  return language == Language::japanese ? names.japanese : names.english;
}

std::string_view guessMark(Language language) { return Table::of(language).find("note.guess"); }

Text describe(const Cause& cause, Language language, const MatchContext& context) {
  const Table& table = Table::of(language);
  const std::string_view forwarded = cause.forwardedTo.empty() ? "" : "forwarded";
  const auto part = [&](std::string_view name_) {
    return table.part({forwarded, cause.textKey, name(cause.causeClass)}, name_);
  };
  Text text{part("headline"), part("detail"), part("next"), part("whom"), part("remove"), part("resend"), {}};

  const auto note = [&](const std::string& key) { return std::string(table.find("note." + key)); };
  if (!cause.provider.empty())
    text.notes.push_back(filled(note("provider"), "provider", providerName(cause.provider, language)));
  if (!cause.blocklist.empty()) text.notes.push_back(filled(note("blocklist"), "blocklist", cause.blocklist));
  if (cause.retryAfter) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(*cause.retryAfter).count();
    text.notes.push_back(filled(note("retry_after"), "minutes", std::to_string(minutes)));
  }
  if (!cause.meantDomain.empty())
    text.notes.push_back(filled(note("meant_domain"), "domain", cause.meantDomain));
  if (cause.needsQuoting && !context.recipient.empty())
    text.notes.push_back(filled(note("quoting"), "quoted", quoted(context.recipient)));
  if (isCarrier(cause.provider) && cause.verdict == Verdict::recipientMustAct)
    text.notes.push_back(note("perhaps_not_seen"));
  if (context.list == "blocks") text.notes.push_back(note("list.blocks"));
  if (context.list == "spam_reports") {
    text.notes.push_back(note("list.spam_reports"));
    text.remove = note("list.spam_reports");
  }
  return text;
}

}  // namespace arrivald::causes
