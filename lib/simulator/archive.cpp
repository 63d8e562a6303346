#include "simulator/archive.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include "simulator/people.hpp"

namespace arrivald::simulator {

using suppression::Entry;
using suppression::List;

namespace {

using namespace std::chrono_literals;

// Of a thousand entries.
struct Share {
  List list;
  std::size_t ofThousand;
};
constexpr std::array kShares = {Share{List::bounces, 700},      Share{List::blocks, 200},
                                Share{List::invalidEmails, 25}, Share{List::spamReports, 6},
                                Share{List::unsubscribes, 57},  Share{List::groupUnsubscribes, 12}};

constexpr double kDays = 1640;    // how far the lists go back
constexpr double kGrowth = 1.15;  // above 1: more came lately
constexpr Duration kJapan = 9h;   // the people's days
constexpr double kMorning = 7.5 / 24, kWaking = 13.0 / 24;

// A reply that receivers give, of the `weight`th part. {to} is the address, {domain} its domain.
struct Reply {
  std::size_t weight;
  std::string_view domain;
  std::string_view text;
  std::string_view status;
};

constexpr std::string_view kLookUp =
    "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address";
constexpr std::string_view kNoGoogleUser =
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the "
    "recipient's "
    "email address for typos or unnecessary spaces. For more information, go to "
    "https://support.google.com/mail/?p=NoSuchUser";
constexpr std::string_view kNoOutlookUser =
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
    "[TY2APC01FT012.eop-APC01.prod.protection.outlook.com]";

constexpr auto kBounces = std::to_array<Reply>({
    {150, "gmail.com", kNoGoogleUser, "5.1.1"},
    {70, "gmail.com",
     "552 5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to "
     "https://support.google.com/mail/?p=OverQuotaPerm",
     "5.2.2"},
    {25, "gmail.com",
     "550 5.2.1 The email account that you tried to reach is inactive. For more information, go to "
     "https://support.google.com/mail/?p=DisabledUser",
     "5.2.1"},
    {12, "gmail.com",
     "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.",
     "4.7.28"},
    {150, "docomo.ne.jp", "550 Unknown user {to}", "5.1.1"},
    {45, "docomo.ne.jp", "552 Too much mail data", "5.2.2"},
    {90, "ezweb.ne.jp", "550 <{to}>: User unknown", "5.1.1"},
    {30, "ezweb.ne.jp", "550 : User unknown", "5.1.1"},
    {25, "au.com", "550 <{to}>: User unknown", "5.1.1"},
    {60, "i.softbank.jp", "550 Invalid recipient: <{to}>", "5.1.1"},
    {25, "softbank.ne.jp", "552 mailbox full", "5.2.2"},
    {95, "yahoo.co.jp",
     "554 delivery error: dd This user doesn't have a yahoo.co.jp account ({to}) [-9] - "
     "mta5012.mail.kks.yahoo.co.jp",
     "5.0.0"},
    {25, "yahoo.co.jp",
     "554 delivery error: dd Sorry, your message to {to} cannot be delivered. This mailbox is disabled "
     "(554.30). - "
     "mta5007.mail.kks.yahoo.co.jp",
     "5.0.0"},
    {14, "yahoo.co.jp", "421 Resources temporarily unavailable. Please try again later [TSS04]", "4.0.0"},
    {40, "icloud.com", "550 5.1.1 <{to}>: user does not exist", "5.1.1"},
    {16, "icloud.com", "552 5.2.2 <{to}>: user is over quota", "5.2.2"},
    {35, "outlook.jp", kNoOutlookUser, "5.5.0"},
    {20, "hotmail.co.jp", kNoOutlookUser, "5.5.0"},
    {12, "outlook.jp",
     "554 5.2.2 mailbox full; "
     "STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded",
     "5.2.2"},
    {14, "nifty.com", "550 5.1.1 <{to}>... User unknown", "5.1.1"},
    {14, "ocn.ne.jp", "550 <{to}>: User unknown", "5.1.1"},
    {8, "ocn.ne.jp", "552 5.2.2 <{to}>: mailbox is full", "5.2.2"},
    {9, "biglobe.ne.jp", "550 <{to}>... User unknown", "5.1.1"},
    {9, "plala.or.jp", "550 5.1.1 <{to}> User unknown", "5.1.1"},
    {14, "city.example.lg.jp",
     "550 5.1.1 <{to}>: Recipient address rejected: User unknown in local recipient table", "5.1.1"},
    {9, "pref.example.lg.jp", "550 5.2.0 <{to}>: rejected: user filter", "5.2.0"},
    {6, "town.example.lg.jp", kLookUp, ""},
    {8, "univ.example.ac.jp", "550 5.2.1 <{to}>: This account has been suspended", "5.2.1"},
    // Typing errors.
    {7, "gmial.com", kLookUp, ""},
    {5, "gmail.con", "unable to get mx info: failed to get IPs: lookup {domain}: no such host", ""},
    {6, "docomo.ne.jo", "unable to get mx info: failed to get IPs: lookup {domain}: no such host", ""},
    {4, "ezweb.ne.ip", "unable to get mx info: failed to get IPs: lookup {domain}: no such host", ""},
    {4, "yahoo.co.jo", "unable to get mx info: failed to get IPs: lookup {domain}: no such host", ""},
    {3, "icloud.con", kLookUp, ""},
});

constexpr auto kBlocks = std::to_array<Reply>({
    {60, "gmail.com",
     "550 5.7.26 Unauthenticated email from city.example.lg.jp is not accepted due to domain's DMARC policy. "
     "Please "
     "contact the administrator of city.example.lg.jp domain if this was a legitimate mail.",
     "5.7.26"},
    {40, "gmail.com",
     "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.",
     "4.7.28"},
    {110, "yahoo.co.jp", "421 Resources temporarily unavailable. Please try again later [TSS04]", "4.0.0"},
    {70, "outlook.jp",
     "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service "
     "provider "
     "since part of their network is on our block list (S3150).",
     "5.7.1"},
    {35, "hotmail.co.jp",
     "451 4.7.650 The mail server [192.0.2.7] has been temporarily rate limited due to IP reputation. (S775)",
     "4.7.650"},
    {40, "docomo.ne.jp", "421 too many connections, try again later", "4.7.0"},
    {45, "icloud.com",
     "554 5.7.1 [CS01] Message rejected due to local policy. Please visit "
     "https://support.apple.com/en-us/HT204137",
     "5.7.1"},
    {90, "city.example.lg.jp", "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]",
     "4.7.1"},
    {60, "pref.example.lg.jp", "550 5.7.1 Message rejected as spam by Content Filtering", "5.7.1"},
    {55, "town.example.lg.jp", "451 4.7.1 Greylisting in action, please come back later", "4.7.1"},
    {30, "univ.example.ac.jp", "552 5.3.4 Message size exceeds fixed maximum message size", "5.3.4"},
    {40, "nifty.com",
     "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; "
     "https://www.spamhaus.org/query/ip/192.0.2.7",
     "5.7.1"},
    {25, "ocn.ne.jp", "421 4.4.2 connection timed out", "4.4.2"},
});

constexpr auto kInvalid = std::to_array<Reply>({
    {30, "gmail", "Mail domain mentioned in email address is unknown", ""},
    {20, "docomo", "Mail domain mentioned in email address is unknown", ""},
    {15, "gmail,com", "Mail domain mentioned in email address is unknown", ""},
    {15, "ezweb.ne", "Mail domain mentioned in email address is unknown", ""},
    {10, "yahoo.co,jp", "Mail domain mentioned in email address is unknown", ""},
    {10, "gmai.cpm", "Known bad domain", ""},
});

constexpr std::array<std::string_view, 8> kReaders = {"gmail.com",  "docomo.ne.jp",  "yahoo.co.jp",
                                                      "icloud.com", "i.softbank.jp", "ezweb.ne.jp",
                                                      "outlook.jp", "nifty.com"};

const Reply& replyOf(std::span<const Reply> replies, std::uint64_t random) {
  const auto total = std::accumulate(replies.begin(), replies.end(), std::size_t{0},
                                     [](std::size_t sum, const Reply& reply) { return sum + reply.weight; });
  auto left = random % total;
  for (const auto& reply : replies) {
    if (left < reply.weight) return reply;
    left -= reply.weight;
  }
  return replies.back();
}

std::string filled(std::string_view text, const std::string& to, std::string_view domain) {
  std::string out(text);
  for (const auto& [mark, value] :
       {std::pair<std::string_view, std::string_view>{"{to}", to}, {"{domain}", domain}})
    if (const auto at = out.find(mark); at != std::string::npos) out.replace(at, mark.size(), value);
  return out;
}

std::span<const Reply> repliesOf(List list) {
  if (list == List::bounces) return kBounces;
  if (list == List::blocks) return kBlocks;
  if (list == List::invalidEmails) return kInvalid;
  return {};
}

}  // namespace

Archive::Archive(unsigned seed, std::size_t entries, Instant end)
    : seed_(seed),
      entries_(entries),
      end_(Instant(std::chrono::floor<std::chrono::days>(end + kJapan)) - kJapan) {}

std::size_t Archive::size(List list) const {
  for (const auto& share : kShares)
    if (share.list == list) return entries_ * share.ofThousand / 1000;
  return 0;
}

Instant Archive::created(List list, std::size_t index) const {
  const auto shown = std::ranges::find(kShares, list, &Share::list);
  const auto ofAllYears = shown == kShares.end() ? 1 : kOfAllYears * shown->ofThousand / 1000;
  const double part =
      (static_cast<double>(index) + .5) / static_cast<double>(std::max(size(list), ofAllYears));
  const auto day = std::chrono::duration_cast<Duration>(24h);
  const auto back = kDays * std::pow(part, kGrowth) * static_cast<double>(day.count());
  const auto at = end_ - Duration(static_cast<Duration::rep>(back)) + kJapan;
  // By night nobody asks for mail: each day's entries lie between morning and evening, in the same order.
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const double ofDay = static_cast<double>((at - midnight).count()) / static_cast<double>(day.count());
  const auto awake = (kMorning + kWaking * ofDay) * static_cast<double>(day.count());
  const auto moment = Instant(midnight) + Duration(static_cast<Duration::rep>(awake)) - kJapan;
  return std::chrono::floor<std::chrono::seconds>(moment);
}

Entry Archive::entry(List list, std::size_t index) const {
  // Lists share no address.
  std::uint64_t number = index;
  for (const auto& share : kShares) {
    if (share.list == list) break;
    number += size(share.list);
  }
  const auto random = scatter(number + (static_cast<std::uint64_t>(seed_) << 32));
  Entry entry;
  entry.created = created(list, index);
  if (const auto replies = repliesOf(list); !replies.empty()) {
    const auto& reply = replyOf(replies, random);
    entry.email = personAt(number, reply.domain);
    entry.reason = filled(reply.text, entry.email, reply.domain);
    entry.status = reply.status;
    return entry;
  }
  entry.email = personAt(number, kReaders.at(random % kReaders.size()));
  if (list == List::spamReports) entry.ip = "192.0.2.7";
  if (list == List::groupUnsubscribes) entry.group = kArchivedGroup;
  return entry;
}

}  // namespace arrivald::simulator
