// Prolog: finds where a report begins. What stands before it is no part of it, but for a DOCTYPE, which is
// refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace arrivald::aggregate {

class Prolog {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;
  enum class Found { nothingYet, report, doctype, noReport };

  /// Adds UTF-8 and looks on. `last`: no more will come.
  Found feed(std::string_view text, bool last);
  /// Once the report has been found: everything from its first tag on.
  std::string_view report() const { return std::string_view(text_).substr(at_); }
  /// Whether something had to be skipped that XML does not allow there.
  bool skipped() const { return skipped_; }

 private:
  std::string_view lookedAt() const;
  enum class Step { on, wait, report };
  Step step(bool last);
  Step instruction(bool last);
  Step comment(bool last);
  Step tag(bool last);

  std::string text_;
  std::size_t at_ = 0;
  bool skipped_ = false;
  bool doctype_ = false;
  bool noCommentEnds_ = false;  // from here on
};

/// Whether `text` is what XML allows behind the last tag: blanks, comments, processing instructions.
bool mayFollow(std::string_view text);

}  // namespace arrivald::aggregate
