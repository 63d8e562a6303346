#include "aggregate/escape_filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace arrivald::aggregate {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kCdata = "<![CDATA[";
constexpr std::size_t kMaxTag = 4096;
constexpr std::size_t kMaxEntity = 12;

constexpr std::array<std::string_view, 11> kTexts = {
    "org_name",    "email",         "extra_contact_info", "comment", "human_result", "error",
    "header_from", "envelope_from", "envelope_to",        "domain",  "selector"};

std::string_view tagName(std::string_view tag) { return tag.substr(0, tag.find_first_of(" \t\r\n/>")); }

bool holdsText(std::string_view name) {
  if (const auto colon = name.rfind(':'); colon != kNowhere) name.remove_prefix(colon + 1);
  return std::ranges::find(kTexts, name) != kTexts.end();
}

bool isCharacter(unsigned code) {
  return code == 9 || code == 10 || code == 13 || (code >= 0x20 && code < 0xD800) ||
         (code >= 0xE000 && code < 0xFFFE) || (code >= 0x10000 && code <= 0x10FFFF);
}

// `body`: what stands between & and ;.
bool isEntity(std::string_view body) {
  if (!body.starts_with('#'))
    return body == "amp" || body == "lt" || body == "gt" || body == "quot" || body == "apos";
  body.remove_prefix(1);
  const bool hex = body.starts_with('x');
  if (hex) body.remove_prefix(1);
  unsigned code = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), code, hex ? 16 : 10);
  return error == std::errc() && end == body.data() + body.size() && isCharacter(code);
}

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

// Replaces what XML knows no character for.
bool replaceControls(std::string& text) {
  if (std::ranges::none_of(text, isControl) && text.find("\xEF\xBF\xBE") == kNowhere &&
      text.find("\xEF\xBF\xBF") == kNowhere)
    return false;
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto three = std::string_view(text).substr(i, 3);
    if (isControl(text[i])) {
      clean += kReplacement;
    } else if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      clean += kReplacement;
      i += 2;
    } else {
      clean += text[i];
    }
  }
  text = std::move(clean);
  return true;
}

}  // namespace

// Passes on everything up to and including until_. False: it is not there yet.
bool EscapeFilter::stepPassing(bool last) {
  const auto found = pending_.find(until_, at_);
  const auto kept = last ? 0 : until_.size() - 1;  // may be the beginning of it
  const auto end = found != kNowhere ? found + until_.size()
                                     : std::max(at_, pending_.size() - std::min(kept, pending_.size()));
  out_.append(pending_, at_, end - at_);
  at_ = end;
  if (found != kNowhere) until_ = {};
  return found != kNowhere;
}

// Passes on `begin`, which stands here, and from then on everything up to `end`.
bool EscapeFilter::pass(std::string_view begin, std::string_view end) {
  out_ += begin;
  at_ += begin.size();
  until_ = end;
  return true;
}

// Passes on `as` instead of the character that stands here.
bool EscapeFilter::escape(std::string_view as) {
  out_ += as;
  escaped_ = true;
  hopeless_ = hopeless_ || ++escapedHere_ > kMaxEscaped;
  ++at_;
  return !hopeless_;
}

bool EscapeFilter::stepOutside(bool last) {
  const std::string_view pending = pending_;
  const auto next = std::min(pending.find('<', at_), pending.size());
  out_.append(pending_, at_, next - at_);
  at_ = next;
  const auto here = pending.substr(at_);
  if (here.empty()) return false;
  if (here.starts_with("<!--")) return pass("<!--", "-->");
  if (here.starts_with(kCdata)) return pass(kCdata, "]]>");
  if (here.starts_with("<!") && here.size() < kCdata.size() && !last) return false;
  const auto end = here.substr(0, kMaxTag).find('>');
  if (end == kNowhere) {
    if (!last && here.size() < kMaxTag) return false;
    out_ += '<';
    ++at_;
    return true;
  }
  const auto tag = here.substr(1, end - 1);
  if (!tag.ends_with('/') && holdsText(tagName(tag))) {
    element_ = tagName(tag);
    escapedHere_ = 0;
  }
  out_.append(here.substr(0, end + 1));
  at_ += end + 1;
  return true;
}

bool EscapeFilter::stepEntity(bool last) {
  const auto here = std::string_view(pending_).substr(at_);
  const auto end = here.substr(0, kMaxEntity).find(';');
  if (end == kNowhere && here.size() < kMaxEntity && !last) return false;
  if (end != kNowhere && isEntity(here.substr(1, end - 1))) {
    out_.append(here.substr(0, end + 1));
    at_ += end + 1;
    return true;
  }
  return escape("&amp;");
}

bool EscapeFilter::stepInside(bool last) {
  const std::string_view pending = pending_;
  const auto next = std::min(pending.find_first_of("<>&", at_), pending.size());
  out_.append(pending_, at_, next - at_);
  at_ = next;
  const auto here = pending.substr(at_, kMaxTag);
  if (here.empty()) return false;
  if (here.front() == '&') return stepEntity(last);
  if (here.front() == '>') return escape("&gt;");
  if (here.starts_with(kCdata)) return pass(kCdata, "]]>");
  // The end of the element, or text.
  const auto close = "</" + element_;
  const auto behind = here.find_first_not_of(" \t\r\n", std::min(close.size(), here.size()));
  const bool undecided = here.size() < kMaxTag && (close.starts_with(here) || kCdata.starts_with(here) ||
                                                   (here.starts_with(close) && behind == kNowhere));
  if (undecided && !last) return false;
  if (here.starts_with(close) && behind != kNowhere && here[behind] == '>') {
    out_.append(here.substr(0, behind + 1));
    at_ += behind + 1;
    element_.clear();
    return true;
  }
  return escape("&lt;");
}

bool EscapeFilter::step(bool last) {
  if (!until_.empty()) return stepPassing(last);
  return element_.empty() ? stepOutside(last) : stepInside(last);
}

std::string_view EscapeFilter::feed(std::string_view text) {
  out_.clear();
  pending_ += text;
  while (step(false)) continue;
  pending_.erase(0, at_);
  at_ = 0;
  replaced_ |= replaceControls(out_);
  return out_;
}

std::string_view EscapeFilter::finish() {
  out_.clear();
  while (step(true)) continue;
  pending_.clear();
  at_ = 0;
  replaced_ |= replaceControls(out_);
  return out_;
}

}  // namespace arrivald::aggregate
