// EscapeFilter: repairs XML whose writer did not escape the texts of strangers: <, > and & between the tags
// of elements that hold such text are escaped, and control characters, which XML does not know, are replaced.
#pragma once

#include <string>
#include <string_view>

namespace arrivald::aggregate {

class EscapeFilter {
 public:
  /// Feed it UTF-8, whole characters, from the first tag on; valid until the next call. The result does not
  /// depend on how it is cut.
  std::string_view feed(std::string_view text);
  std::string_view finish();
  bool escaped() const { return escaped_; }
  bool replaced() const { return replaced_; }
  /// Whether the text of an element has begun that has not ended. All that followed was taken for its text.
  bool insideText() const { return !element_.empty(); }
  /// Whether one text would have needed more than kMaxEscaped repairs: it is none, and going on would only
  /// cost time.
  bool hopeless() const { return hopeless_; }
  static constexpr std::size_t kMaxEscaped = 64 * 1024;

 private:
  bool step(bool last);
  bool stepOutside(bool last);
  bool stepInside(bool last);
  bool stepEntity(bool last);
  bool stepPassing(bool last);
  bool pass(std::string_view begin, std::string_view end);
  bool escape(std::string_view as);

  std::string pending_;
  std::size_t at_ = 0;      // how far it has been passed on
  std::string_view until_;  // everything up to this is passed on; empty: nothing
  std::string element_;     // whose text this is, as it is written in the tag; empty: between elements
  std::string out_;
  std::size_t escapedHere_ = 0;  // in the text of the element
  bool escaped_ = false;
  bool replaced_ = false;
  bool hopeless_ = false;
};

}  // namespace arrivald::aggregate
