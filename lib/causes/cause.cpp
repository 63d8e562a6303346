#include "causes/cause.hpp"

namespace arrivald::causes {
namespace {

struct Row {
  char letter;
  std::string_view name;
  Verdict verdict;
};
constexpr std::array<Row, 12> kRows = {{
    {'A', "no_address", Verdict::dead},
    {'D', "bad_domain", Verdict::dead},
    {'F', "mailbox_full", Verdict::recipientMustAct},
    {'S', "mailbox_disabled", Verdict::recipientMustAct},
    {'R', "recipient_refused", Verdict::recipientMustAct},
    {'B', "sender_blocked", Verdict::senderMustFix},
    {'K', "auth_failure", Verdict::senderMustFix},
    {'C', "content_spam_virus", Verdict::senderMustFix},
    {'M', "size_malformed", Verdict::senderMustFix},
    {'T', "rate_temporary", Verdict::wait},
    {'N', "network_system", Verdict::wait},
    {'U', "unspecified", Verdict::unknown},
}};
const Row& row(Class c) { return kRows[static_cast<std::size_t>(c)]; }

}  // namespace

char letter(Class c) { return row(c).letter; }
std::string_view name(Class c) { return row(c).name; }
Verdict verdictOf(Class c) { return row(c).verdict; }

std::optional<Class> classOf(char letter) {
  for (const auto c : kClasses)
    if (row(c).letter == letter) return c;
  return std::nullopt;
}

std::optional<Class> classNamed(std::string_view text) {
  if (text.size() == 1) return classOf(text[0]);
  for (const auto c : kClasses)
    if (row(c).name == text) return c;
  return std::nullopt;
}

std::string_view name(Verdict verdict) {
  constexpr std::array<std::string_view, 5> names = {"dead", "recipient_must_act", "sender_must_fix", "wait",
                                                     "unknown"};
  return names[static_cast<std::size_t>(verdict)];
}

}  // namespace arrivald::causes
