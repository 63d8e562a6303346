#include "causes/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "causes/embedded.hpp"

namespace arrivald::causes {
namespace {

std::string_view suffixOf(Outcome outcome) {
  return outcome == Outcome::retried ? ".retried" : outcome == Outcome::ended ? ".ended" : "";
}

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

  // The text of the first key that has this part; for each key first as it reads after `outcome`.
  std::string part(std::initializer_list<std::string_view> keys, std::string_view name,
                   Outcome outcome) const {
    const auto suffix = suffixOf(outcome);
    for (const auto key : keys) {
      if (key.empty()) continue;
      const auto plain = fmt::format("{}.{}", key, name);
      if (!suffix.empty())
        if (const auto text = find(plain + std::string(suffix)); !text.empty()) return std::string(text);
      if (const auto text = find(plain); !text.empty()) return std::string(text);
    }
    throw std::logic_error("texts: no \"" + std::string(name) + "\"");
  }

  // The text of the first key that has this part, which may be empty; empty if none has it. As part() it
  // prefers the one for `outcome`.
  std::string_view shortPart(std::initializer_list<std::string_view> keys, std::string_view name,
                             Outcome outcome) const {
    for (const auto key : keys) {
      const auto plain = fmt::format("{}.{}", key, name);
      for (const auto& each : {plain + std::string(suffixOf(outcome)), plain})
        if (const auto found = texts_.find(each); found != texts_.end()) return found->second;
    }
    return {};
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const auto& [name, text] : texts_)
      if (name.ends_with(".headline")) keys.push_back(name.substr(0, name.size() - 9));
    return keys;
  }
  bool differs(const std::string& key, Outcome outcome) const {
    return !find(key + ".headline" + (outcome == Outcome::retried ? ".retried" : ".ended")).empty();
  }

 private:
  std::map<std::string, std::string> texts_;
};

std::string filled(std::string_view pattern, std::string_view name, std::string_view value) {
  std::string out(pattern);
  const auto hole = "{" + std::string(name) + "}";
  for (auto at = out.find(hole); at != std::string::npos; at = out.find(hole, at + value.size()))
    out.replace(at, hole.size(), value);
  return out;
}

// "30 MB", "1.5 MB", "500 KB".
std::string size(std::uint64_t bytes) {
  constexpr double kKilo = 1024;
  const double mega = static_cast<double>(bytes) / kKilo / kKilo;
  if (mega < 1) return fmt::format("{:.0f} KB", static_cast<double>(bytes) / kKilo);
  return mega < 9.95 && mega - std::floor(mega) > 0.05 ? fmt::format("{:.1f} MB", mega)
                                                       : fmt::format("{:.0f} MB", mega);
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
     {"our server is blocked", "送信元が拒否された"},
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

std::string_view shortName(const Cause& cause, Language language) {
  const auto own = Table::of(language).find(cause.textKey + ".label");
  return own.empty() ? shortName(cause.causeClass, language) : own;
}

std::string_view guessMark(Language language) { return Table::of(language).find("note.guess"); }

namespace {

void fillHoles(const Cause& cause, Language language, Text& text) {
  const auto& details = cause.details;
  const std::string domain = details.senderDomain.empty() ? details.meantDomain : details.senderDomain;
  for (auto* part : {&text.headline, &text.detail, &text.next, &text.resend}) {
    if (!domain.empty()) *part = filled(*part, "domain", domain);
    if (!details.newAddress.empty()) *part = filled(*part, "address", details.newAddress);
    if (cause.perhaps) *part = filled(*part, "guess", shortName(*cause.perhaps, language));
  }
}

void addNotes(const Table& table, const Cause& cause, Language language, const MatchContext& context,
              Text& text) {
  const auto& details = cause.details;
  const auto note = [&](const std::string& key) { return std::string(table.find("note." + key)); };
  if (!cause.provider.empty())
    text.notes.push_back(filled(note("provider"), "provider", providerName(cause.provider, language)));
  if (!details.blocklist.empty())
    text.notes.push_back(filled(note(cause.causeClass == Class::content ? "blocklist.content" : "blocklist"),
                                "blocklist", details.blocklist));
  if (details.limitBytes && details.messageBytes)
    text.notes.push_back(filled(filled(note("size"), "size", size(*details.messageBytes)), "limit",
                                size(*details.limitBytes)));
  else if (details.limitBytes)
    text.notes.push_back(filled(note("limit"), "limit", size(*details.limitBytes)));
  if (details.retryAfter && cause.outcome != Outcome::ended) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(*details.retryAfter).count();
    text.notes.push_back(filled(note("retry_after"), "minutes", std::to_string(minutes)));
  }
  if (!details.meantDomain.empty() && cause.textKey != "domain.typo")
    text.notes.push_back(filled(note("meant_domain"), "domain", details.meantDomain));
  if (details.needsQuoting && !context.recipient.empty())
    text.notes.push_back(filled(note("quoting"), "quoted", quoted(context.recipient)));
  if (isCarrier(cause.provider) && cause.verdict == Verdict::recipientMustAct)
    text.notes.push_back(note("perhaps_not_seen"));
  if (context.list == "blocks") text.notes.push_back(note("list.blocks"));
}

// A list in which the recipient's own wish stands outweighs whatever the reply says.
std::string_view wishIn(std::string_view list) {
  if (list == "spam_reports") return "sendgrid.spam_report";
  if (list == "unsubscribes" || list == "group_unsubscribes" || list == "global_unsubscribes")
    return "sendgrid.unsubscribed";
  return {};
}

}  // namespace

Text describe(const Cause& cause, Language language, const MatchContext& context) {
  const Table& table = Table::of(language);
  const std::string_view forwarded = cause.details.forwardedTo.empty() ? "" : "forwarded";
  const auto part = [&](std::string_view name_) {
    return table.part({wishIn(context.list), forwarded, cause.textKey, name(cause.causeClass)}, name_,
                      cause.outcome);
  };
  Text text{std::string(table.find("side." + part("side"))),
            part("headline"),
            part("detail"),
            part("next"),
            part("whom"),
            part("remove"),
            part("resend"),
            {}};
  // A deferral is in no list, and is sent again without anybody's help, whatever its reason.
  if (cause.outcome == Outcome::retried && wishIn(context.list).empty()) {
    text.remove = table.find("note.remove.retried");
    text.resend =
        table.find(cause.verdict == Verdict::dead ? "note.resend.retried.dead" : "note.resend.retried");
  }
  fillHoles(cause, language, text);
  addNotes(table, cause, language, context, text);
  return text;
}

namespace {

std::string_view shortPart(const Table& table, const Cause& cause, const MatchContext& context,
                           std::string_view part) {
  const std::string_view forwarded = cause.details.forwardedTo.empty() ? "" : "forwarded";
  return table.shortPart({wishIn(context.list), forwarded, cause.textKey, name(cause.causeClass)}, part,
                         cause.outcome);
}

}  // namespace

ShortText describeShort(const Cause& cause, Language language, const MatchContext& context,
                        std::int64_t acceptedSince) {
  const Table& table = Table::of(language);
  const auto part = [&](std::string_view name_) {
    return filled(shortPart(table, cause, context, name_), "domain", cause.details.meantDomain);
  };
  ShortText text{part("row"), part("todo"), part("said")};
  const bool passes = cause.causeClass == Class::network || cause.causeClass == Class::temporaryLimit;
  if (passes && acceptedSince > 0 && wishIn(context.list).empty()) {
    text.row = filled(table.find("note.over.row"), "n", std::to_string(acceptedSince));
    // Blocks stop no mail: a release changes nothing.
    text.todo = table.find(context.list == "blocks" ? "note.over.todo.blocks" : "note.over.todo");
  }
  return text;
}

CustomerText customerText(const Cause& cause, Language language, const MatchContext& context,
                          std::string_view date) {
  const Table& table = Table::of(language);
  const auto why = shortPart(table, cause, context, "why"), ask = shortPart(table, cause, context, "ask");
  auto text = filled(table.find(ask.empty() ? "note.customer.unasked" : "note.customer"), "why", why);
  text = filled(filled(text, "ask", ask), "date", date);
  const bool isDead = cause.verdict == Verdict::dead && wishIn(context.list).empty();
  return {std::move(text), isDead ? std::string(table.find("note.customer.by_phone")) : std::string()};
}

// The reply comes last: it may hold anything, also something like a hole.
std::string itDeskText(Language language, const RefusalFacts& facts) {
  auto text = filled(Table::of(language).find("note.it_desk"), "domain", facts.domain);
  text = filled(filled(text, "since", facts.since), "server", facts.server);
  return filled(text, "reply", facts.reply);
}

std::vector<NamedText> allTexts(Language language) {
  const Table& table = Table::of(language);
  std::vector<std::string> keys;
  for (const auto c : kClasses) keys.emplace_back(name(c));
  for (const auto& key : table.keys())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  std::vector<NamedText> all;
  for (const auto& key : keys) {
    Cause cause;
    const auto named = classNamed(key);
    cause.causeClass = named ? *named : classNamed(table.find(key + ".class")).value_or(Class::unspecified);
    cause.verdict = verdictOf(cause.causeClass);
    cause.textKey = key;
    for (const auto outcome : {Outcome::unknown, Outcome::retried, Outcome::ended}) {
      if (outcome != Outcome::unknown && !table.differs(key, outcome)) continue;
      cause.outcome = outcome;
      all.push_back({key, outcome, describe(cause, language)});
    }
  }
  return all;
}

std::vector<NamedNote> allNotes(Language language) {
  constexpr std::array<std::string_view, 13> kNotes = {"blocklist.content",
                                                       "resend.retried.dead",
                                                       "provider",
                                                       "blocklist",
                                                       "size",
                                                       "limit",
                                                       "retry_after",
                                                       "meant_domain",
                                                       "quoting",
                                                       "perhaps_not_seen",
                                                       "list.blocks",
                                                       "remove.retried",
                                                       "resend.retried"};
  std::vector<NamedNote> notes;
  for (const auto note : kNotes) {
    auto key = fmt::format("note.{}", note);
    auto text = std::string(Table::of(language).find(key));
    notes.push_back({std::move(key), std::move(text)});
  }
  return notes;
}

}  // namespace arrivald::causes
