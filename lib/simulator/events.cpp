#include "simulator/events.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "simulator/episodes.hpp"
#include "simulator/people.hpp"

namespace arrivald::simulator {

using delivery::Metric;

namespace {

constexpr Receiver kReceivers[] = {
    {"gmail.com", "550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1",
     "550 5.7.26 Unauthenticated email from city.example.lg.jp is not accepted due to domain's DMARC policy.",
     "5.7.26"},
    {"docomo.ne.jp", "550 Unknown user", "5.1.1", "552 Too much mail data", "5.2.2"},
    {"town.example.lg.jp", "550 5.1.1 User unknown in local recipient table", "5.1.1",
     "450 4.7.1 Client host rejected: cannot find your hostname", "4.7.1"},
    {"yahoo.co.jp", "554 delivery error: dd This user doesn't have a yahoo.co.jp account", "5.0.0",
     "451 Resources temporarily unavailable. Please try again later [TSS04]", "4.0.0"},
    {"outlook.jp", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)", "5.5.0",
     "550 5.7.1 Messages from our IP range have been blocked (S3150)", "5.7.1"},
};

// Shares of the mail in twentieths.
constexpr std::array<std::size_t, 20> kCategoryOf = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
                                                     1, 1, 1, 1, 1, 1, 2, 2, 2, 2};

// The offices of the local governments, in tenths of their mail.
constexpr std::array<const char*, 10> kOffices = {
    "town.example.lg.jp",  "town.example.lg.jp", "town.example.lg.jp", "town.example.lg.jp",
    "city.example.lg.jp",  "pref.example.lg.jp", kOfficeThatRefused,   kOfficesThatFailed[0],
    kOfficesThatFailed[1], kOfficesThatFailed[2]};

const char* domainOf(const Happening& happening) {
  const char* domain = receiver(happening.group).domain;
  return std::string_view(domain) == kOffices.front() ? kOffices.at(scatter(happening.mail) % kOffices.size())
                                                      : domain;
}

const char* nameOf(Metric metric) {
  switch (metric) {
    case Metric::processed:
      return "processed";
    case Metric::deferred:
      return "deferred";
    case Metric::delivered:
      return "delivered";
    case Metric::bounceDrops:
      return "dropped";
    default:
      return "bounce";
  }
}

}  // namespace

const Receiver& receiver(std::size_t group) { return kReceivers[std::min(group, std::size(kReceivers) - 1)]; }

Answer answerTo(const Happening& happening) {
  const auto& by = receiver(happening.group);
  if (happening.recipient.ends_with(kDeadDomain))
    return {"550 5.1.2 Host unknown (Domain name not found: kyu-machi.example.lg.jp)", "5.1.2"};
  if (happening.metric == Metric::bounces) return {by.bounce, by.bounceStatus};
  return {by.block, by.blockStatus};
}

std::string addressOf(const Happening& happening) {
  if (!happening.recipient.empty()) return happening.recipient;
  // Without the archive's: its people have no number behind their names.
  return personAt(kPeople + happening.mail % (8 * kPeople), domainOf(happening));
}

std::size_t categoryOf(std::uint64_t mail) {
  return kCategoryOf[(mail * 0x9E3779B97F4A7C15ULL >> 40) % kCategoryOf.size()];
}

const std::vector<std::string>& categories() {
  static const std::vector<std::string> names{"password-reset", "notice", "newsletter"};
  return names;
}

std::string batchOf(const std::vector<Happening>& happenings) {
  using nlohmann::ordered_json;
  std::string batch = "[";
  for (const auto& one : happenings) {
    const auto mail = std::to_string(one.mail);
    ordered_json event{{"email", addressOf(one)},
                       {"timestamp", unixSeconds(one.at)},
                       {"smtp-id", "<" + mail + "@ismtpd-1>"},
                       {"event", nameOf(one.metric)},
                       {"category", {categories()[categoryOf(one.mail)]}},
                       {"sg_event_id", std::string(nameOf(one.metric)) + "-0-" + mail},
                       {"sg_message_id", "town-" + mail + ".recvd-5d6f7-1-1"}};
    switch (one.metric) {
      case Metric::deferred:
        event["response"] = "451 4.7.1 Greylisting in action, please come back later";
        event["attempt"] = "1";
        break;
      case Metric::delivered:
        event["response"] = "250 2.0.0 OK";
        event["tls"] = 1;
        event["ip"] = "192.0.2.7";
        break;
      case Metric::bounces:
      case Metric::blocks:
        event["type"] = one.metric == Metric::bounces ? "bounce" : "blocked";
        event["reason"] = answerTo(one).text;
        event["status"] = answerTo(one).status;
        event["tls"] = 1;
        break;
      case Metric::bounceDrops:
        event["reason"] = "Bounced Address";
        break;
      default:
        break;
    }
    if (batch.size() > 1) batch += ",\r\n";
    batch += event.dump();
  }
  return batch + "]\r\n";
}

}  // namespace arrivald::simulator
