#include "aggregate/report_reader.hpp"

#include <expat.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/elements.hpp"
#include "aggregate/escape_filter.hpp"
#include "aggregate/prolog.hpp"
#include "aggregate/report_builder.hpp"
#include "aggregate/utf8_stream.hpp"
#include "base/utf8.hpp"

namespace arrivald::aggregate {
namespace {

constexpr int kMaxDepth = 32;
// Expat keeps every name it has met, and all of a tag until its end.
constexpr std::size_t kMaxParserBytes = 8 << 20;
constexpr std::size_t kMaxTagBytes = 512 * 1024;
constexpr std::size_t kMaxTrailingBytes = 4096;

// What the parser of this thread may still allocate. Expat's allocator gets no argument by which it could
// find its parser.
thread_local std::size_t allocatable = kMaxParserBytes;

struct alignas(std::max_align_t) Block {
  std::size_t size;
};

void freeCounted(void* memory) {
  if (memory == nullptr) return;
  auto* block = static_cast<Block*>(memory) - 1;
  allocatable += block->size;
  std::free(block);
}

void* reallocateCounted(void* memory, std::size_t size) {
  auto* old = memory == nullptr ? nullptr : static_cast<Block*>(memory) - 1;
  const std::size_t before = old == nullptr ? 0 : old->size;
  if (size > before && size - before > allocatable) return nullptr;
  auto* block = static_cast<Block*>(std::realloc(old, sizeof(Block) + size));
  if (block == nullptr) return nullptr;
  allocatable = allocatable + before - size;
  block->size = size;
  return block + 1;
}

void* allocateCounted(std::size_t size) { return reallocateCounted(nullptr, size); }

constexpr XML_Memory_Handling_Suite kCounted = {allocateCounted, reallocateCounted, freeCounted};

std::string_view localName(const XML_Char* name) {
  const char* colon = std::strrchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

}  // namespace

struct ReportReader::State {
  explicit State(Mode mode);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void takeText(std::string_view text, bool last);
  void takeBody(std::string_view text, bool last);
  void parse(std::string_view text);
  void takeTrailing(std::string_view text);
  void refuse(Refusal why) {
    if (!refusal) refusal = why;
  }
  void stop(Refusal why) {
    refuse(why);
    XML_StopParser(parser, XML_FALSE);
  }
  Refusal endedInside() const;

  void beginElement(const XML_Char* name);
  void endElement();
  void takeCharacters(const XML_Char* text, std::size_t size);

  // The handlers of a parser whose user data is a State.
  static State& of(void* self) { return *static_cast<State*>(self); }
  static void onBegin(void* self, const XML_Char* name, const XML_Char**) { of(self).beginElement(name); }
  static void onEnd(void* self, const XML_Char*) { of(self).endElement(); }
  static void onText(void* self, const XML_Char* text, int size) {
    of(self).takeCharacters(text, static_cast<std::size_t>(size));
  }
  static void onComment(void* self, const XML_Char*) { of(self).silent = 0; }
  static void onInstruction(void* self, const XML_Char*, const XML_Char*) { of(self).silent = 0; }

  std::size_t ownAllocatable = kMaxParserBytes;
  XML_Parser parser = nullptr;
  std::optional<EscapeFilter> filter;
  Utf8Stream utf8;
  Prolog prolog;
  ReportBuilder builder;
  std::optional<Refusal> refusal;
  std::uint64_t bytes = 0;
  std::uint64_t parsed = 0;  // bytes given to the parser
  std::size_t silent = 0;    // of them, since it last told something
  int depth = 0;
  int skippedDepth = 0;  // elements that are open inside of one that is not read, that one included
  std::vector<Element> path;
  bool inBody = false, complete = false, collecting = false, cut = false;
  std::string text;      // of the element that is open, if it holds text
  std::string trailing;  // behind the last tag
};

namespace {

// Lets a parser allocate from its own share while it works.
class Allocating {
 public:
  explicit Allocating(std::size_t& own) : own_(own), others_(std::exchange(allocatable, own)) {}
  ~Allocating() { own_ = std::exchange(allocatable, others_); }
  Allocating(const Allocating&) = delete;
  Allocating& operator=(const Allocating&) = delete;

 private:
  std::size_t& own_;
  std::size_t others_;
};

}  // namespace

ReportReader::State::State(Mode mode) {
  if (mode == Mode::repairing) filter.emplace();
  const Allocating allocating(ownAllocatable);
  // What is parsed is UTF-8, whatever its declaration says.
  parser = XML_ParserCreate_MM("UTF-8", &kCounted, nullptr);
  if (parser == nullptr) throw std::bad_alloc();
  XML_SetUserData(parser, this);
  XML_SetElementHandler(parser, onBegin, onEnd);
  XML_SetCharacterDataHandler(parser, onText);
  XML_SetCommentHandler(parser, onComment);
  XML_SetProcessingInstructionHandler(parser, onInstruction);
  path.reserve(kMaxDepth + 1);
  path.push_back(Element::document);
}

ReportReader::State::~State() {
  const Allocating allocating(ownAllocatable);
  XML_ParserFree(parser);
}

void ReportReader::State::beginElement(const XML_Char* name) {
  silent = 0;
  if (refusal) return;  // a parser that was stopped still ends what it has begun
  if (++depth > kMaxDepth) return stop(Refusal::xmlTooDeep);
  if (skippedDepth > 0) {
    ++skippedDepth;
    return;
  }
  const auto element = childOf(path.back(), localName(name));
  const bool leaf = element != Element::none && holdsText(element);
  if (element == Element::none || (!leaf && !builder.begin(element))) {
    skippedDepth = 1;
    return;
  }
  path.push_back(element);
  collecting = leaf;
  text.clear();
}

void ReportReader::State::endElement() {
  silent = 0;
  if (refusal) return;
  --depth;
  if (skippedDepth > 0) {
    --skippedDepth;
    return;
  }
  const auto element = path.back();
  path.pop_back();
  if (collecting) {
    if (cut) {
      builder.add(Warning::textCut);
      text.resize(cutUtf8(text, kMaxText).size());
      cut = false;
    }
    builder.text(element, text);
    collecting = false;
  } else {
    builder.end(element);
    if (builder.tooLarge()) return stop(Refusal::tooLarge);
  }
  if (depth == 0) {
    complete = true;
    XML_StopParser(parser, XML_FALSE);
  }
}

void ReportReader::State::takeCharacters(const XML_Char* characters, std::size_t size) {
  silent = 0;
  if (!collecting || skippedDepth > 0) return;
  // One more than is kept tells that something was cut.
  const auto room = kMaxText + 1 - text.size();
  text.append(characters, std::min(size, room));
  cut = text.size() > kMaxText;
}

void ReportReader::State::parse(std::string_view piece) {
  if (refusal || piece.empty()) return;
  if (complete) return takeTrailing(piece);
  const Allocating allocating(ownAllocatable);
  silent += piece.size();
  const auto status = XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), XML_FALSE);
  if (complete) {
    const auto end =
        static_cast<std::uint64_t>(XML_GetCurrentByteIndex(parser) + XML_GetCurrentByteCount(parser));
    takeTrailing(piece.substr(static_cast<std::size_t>(end - parsed)));
    return;
  }
  parsed += piece.size();
  if (refusal) return;
  if (status == XML_STATUS_ERROR)
    refuse(XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY ? Refusal::tooLarge : Refusal::xmlNotWellFormed);
  else if (silent > kMaxTagBytes)
    refuse(Refusal::tooLarge);
}

void ReportReader::State::takeTrailing(std::string_view piece) {
  if (trailing.size() > kMaxTrailingBytes) return;
  // Blanks may follow, however many.
  if (trailing.empty()) piece.remove_prefix(std::min(piece.find_first_not_of(" \t\r\n"), piece.size()));
  trailing.append(piece.substr(0, kMaxTrailingBytes + 1));
}

void ReportReader::State::takeBody(std::string_view piece, bool last) {
  if (!filter) return parse(piece);
  parse(filter->feed(piece));
  if (last && !filter->hopeless()) parse(filter->finish());
  if (filter->hopeless()) refuse(Refusal::xmlNotWellFormed);
}

void ReportReader::State::takeText(std::string_view piece, bool last) {
  if (refusal) return;
  if (inBody) return takeBody(piece, last);
  switch (prolog.feed(piece, last)) {
    case Prolog::Found::nothingYet:
      return;
    case Prolog::Found::doctype:
      return refuse(Refusal::doctypeNotAllowed);
    case Prolog::Found::noReport:
      return refuse(Refusal::notAReport);
    case Prolog::Found::report:
      break;
  }
  inBody = true;
  takeBody(prolog.report(), last);
}

// A repair that went wrong may have taken the rest of the report for the text of an element.
Refusal ReportReader::State::endedInside() const {
  return filter && filter->insideText() ? Refusal::xmlNotWellFormed : Refusal::xmlTruncated;
}

ReportReader::ReportReader(Mode mode) : state_(std::make_unique<State>(mode)) {}
ReportReader::~ReportReader() = default;

bool ReportReader::complete() const { return state_->complete; }

bool ReportReader::settle() {
  auto& state = *state_;
  if (!state.refusal) state.takeText(state.utf8.settle(), false);
  return !state.refusal.has_value();
}
std::uint64_t ReportReader::bytes() const { return state_->bytes; }

bool ReportReader::feed(std::string_view bytes) {
  auto& state = *state_;
  state.bytes += bytes.size();
  if (state.bytes > kMaxReportBytes) state.refuse(Refusal::tooLarge);
  if (!state.refusal) state.takeText(state.utf8.feed(bytes), false);
  return !state.refusal.has_value();
}

Result<Report, Refusal> ReportReader::finish(Instant now) {
  auto& state = *state_;
  if (state.bytes == 0) return Refusal::empty;
  if (!state.refusal) state.takeText(state.utf8.finish(), true);
  if (state.refusal) return *state.refusal;
  if (!state.complete) return state.endedInside();
  if (state.prolog.skipped()) state.builder.add(Warning::prologSkipped);
  if (!mayFollow(state.trailing)) state.builder.add(Warning::trailingBytes);
  if (state.utf8.replaced() || (state.filter && state.filter->replaced()))
    state.builder.add(Warning::bytesReplaced);
  if (state.filter && state.filter->escaped()) state.builder.add(Warning::textEscaped);
  return state.builder.finish(now);
}

Result<Report, Refusal> readReport(std::string_view bytes, Instant now) {
  const auto attempt = [&](ReportReader::Mode mode) {
    ReportReader reader(mode);
    for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes)
      if (!reader.feed(bytes.substr(at, kPieceBytes))) break;
    return reader.finish(now);
  };
  auto report = attempt(ReportReader::Mode::asWritten);
  if (!report && report.error() == Refusal::xmlNotWellFormed) return attempt(ReportReader::Mode::repairing);
  return report;
}

}  // namespace arrivald::aggregate
