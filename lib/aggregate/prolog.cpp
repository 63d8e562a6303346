#include "aggregate/prolog.hpp"

#include "mime/text.hpp"

namespace arrivald::aggregate {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxName = 256;  // with its <
constexpr std::string_view kDoctype = "<!DOCTYPE";

}  // namespace

std::string_view Prolog::lookedAt() const { return std::string_view(text_).substr(0, kMaxBytes); }

Prolog::Step Prolog::instruction(bool last) {
  const auto text = lookedAt();
  const auto tag = text.find('<', at_ + 1);
  const auto end = text.substr(0, tag).find("?>", at_);
  if (end == kNowhere && tag == kNowhere && !last) return Step::wait;
  if (end == kNowhere) {
    skipped_ = true;
    at_ += 2;
    return Step::on;
  }
  // The declaration stands at the very beginning, or it is none.
  if (at_ > 0 && text.substr(at_).starts_with("<?xml") && text.find_first_of(kBlanks, at_) == at_ + 5)
    skipped_ = true;
  at_ = end + 2;
  return Step::on;
}

Prolog::Step Prolog::comment(bool last) {
  const auto end = noCommentEnds_ ? kNowhere : lookedAt().find("-->", at_ + 4);
  if (end == kNowhere) {
    if (!last) return Step::wait;
    noCommentEnds_ = true;
    skipped_ = true;
    at_ += 4;
    return Step::on;
  }
  at_ = end + 3;
  return Step::on;
}

Prolog::Step Prolog::tag(bool last) {
  const auto text = lookedAt().substr(0, at_ + kMaxName);
  const auto end = text.find_first_of(" \t\r\n/><", at_ + 1);
  if (end == kNowhere && text.size() < at_ + kMaxName && !last) return Step::wait;
  auto tagName = text.substr(at_ + 1, end == kNowhere ? end : end - at_ - 1);
  if (const auto colon = tagName.rfind(':'); colon != kNowhere) tagName.remove_prefix(colon + 1);
  if (end != kNowhere && text[end] != '<' && tagName == "feedback") return Step::report;
  skipped_ = true;
  ++at_;
  return Step::on;
}

Prolog::Step Prolog::step(bool last) {
  const auto text = lookedAt();
  const auto next = text.find('<', at_);
  const auto between = text.substr(at_, next == kNowhere ? next : next - at_);
  if (between.find_first_not_of(kBlanks) != kNowhere) skipped_ = true;
  at_ = next == kNowhere ? text.size() : next;
  const auto here = text.substr(at_);
  if (here.empty()) return Step::wait;
  if (here.starts_with("<!--")) return comment(last);
  if (here.starts_with("<?")) return instruction(last);
  if (here.size() < kDoctype.size() && here.starts_with("<!") && !last) return Step::wait;
  // That of an HTML page is none of a report.
  if (mime::sameWord(here.substr(0, kDoctype.size()), kDoctype)) doctype_ = true;
  return tag(last);
}

Prolog::Found Prolog::feed(std::string_view text, bool last) {
  text_ += text;
  // The same bytes are looked at, however they came.
  last = last || text_.size() >= kMaxBytes;
  for (;;) {
    switch (step(last)) {
      case Step::on:
        break;
      case Step::report:
        return doctype_ ? Found::doctype : Found::report;
      case Step::wait:
        return last ? Found::noReport : Found::nothingYet;
    }
  }
}

bool mayFollow(std::string_view text) {
  for (;;) {
    const auto next = text.find_first_not_of(kBlanks);
    if (next == kNowhere) return true;
    text.remove_prefix(next);
    const bool comment = text.starts_with("<!--");
    if (!comment && !text.starts_with("<?")) return false;
    const auto end = text.find(comment ? "-->" : "?>");
    if (end == kNowhere) return false;
    text.remove_prefix(end + (comment ? 3 : 2));
  }
}

}  // namespace arrivald::aggregate
