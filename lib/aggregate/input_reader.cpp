#include "aggregate/input_reader.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "aggregate/report_reader.hpp"
#include "mime/message.hpp"
#include "mime/text.hpp"
#include "unpack/gzip.hpp"
#include "unpack/zip.hpp"

namespace arrivald::aggregate {
namespace {

using unpack::Source;

// Tells everything but a mail with a long header, and a report behind something else.
constexpr std::size_t kHeadBytes = 4096;
constexpr std::size_t kLongHeadBytes = 64 * 1024;
// An archive or a mail within an archive, which has to be in memory.
constexpr std::size_t kMaxHeldBytes = 12 << 20;

Refusal refusalOf(unpack::Failure failure) {
  switch (failure) {
    case unpack::Failure::truncated:
      return Refusal::archiveTruncated;
    case unpack::Failure::damaged:
      return Refusal::archiveDamaged;
    case unpack::Failure::encrypted:
      return Refusal::archiveEncrypted;
    case unpack::Failure::tooLarge:
      return Refusal::tooLarge;
    case unpack::Failure::tooManyMembers:
      return Refusal::tooManyMembers;
  }
  return Refusal::archiveDamaged;
}

// The body of a part of a mail.
class PartSource final : public Source {
 public:
  PartSource(std::string_view body, mime::TransferEncoding encoding) : left_(body), decoder_(encoding) {}
  Result<std::size_t, unpack::Failure> read(std::span<char> to) override {
    while (at_ == decoded_.size() && !ended_) {
      decoded_.clear();
      at_ = 0;
      const auto piece = left_.substr(0, kPieceBytes);
      left_.remove_prefix(piece.size());
      decoder_.feed(piece, decoded_);
      ended_ = left_.empty();
      if (ended_) decoder_.finish(decoded_);
    }
    const auto size = std::min(to.size(), decoded_.size() - at_);
    std::copy_n(decoded_.data() + at_, size, to.data());
    at_ += size;
    return size;
  }

 private:
  std::string_view left_;
  mime::Decoder decoder_;
  std::string decoded_;
  std::size_t at_ = 0;  // of decoded_
  bool ended_ = false;
};

enum class Place : std::uint8_t {
  input,    // all of the input
  packed,   // all of something packed
  member,   // one of several members of an archive
  part,     // of a mail
  textPart  // of a mail that says text/…
};

// Where a stream of bytes comes from, so that it can be read a second time.
struct Origin {
  std::string_view bytes;
  std::shared_ptr<const std::string> held;  // what `bytes` refers to, unless it is the input
  mime::TransferEncoding encoding = mime::TransferEncoding::identity;
  std::shared_ptr<unpack::ZipArchive> archive;  // then it is a member of this, not `bytes`
  std::size_t member = 0;
  int gzips = 0;
  Place place = Place::input;
  int containers = 0;
  int mails = 0;

  bool inMemory() const { return !archive && gzips == 0 && encoding == mime::TransferEncoding::identity; }
  Result<std::unique_ptr<Source>, unpack::Failure> open(unpack::Budget& budget) const {
    std::unique_ptr<Source> source;
    if (archive) {
      auto opened = archive->member(member);
      if (!opened) return opened.error();
      source = std::move(opened).value();
    } else if (encoding == mime::TransferEncoding::identity) {
      source = std::make_unique<unpack::BytesSource>(bytes);
    } else {
      source = std::make_unique<PartSource>(bytes, encoding);
    }
    for (int i = 0; i < gzips; ++i) source = std::make_unique<unpack::GzipSource>(std::move(source), budget);
    return source;
  }
};

bool beginsLikeXml(std::string_view head) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return true;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head = mime::trimmed(head);
  return head.starts_with('<') || head.starts_with(std::string_view("\0<\0", 3)) ||
         head.starts_with(std::string_view("\0\0\0<\0\0\0", 7));
}

bool beginsLikeTlsReport(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (!mime::trimmed(head).starts_with('{')) return false;
  for (const auto* key : {"\"policies\"", "\"organization-name\"", "\"report-id\"", "\"date-range\""})
    if (head.find(key) != std::string_view::npos) return true;
  return false;
}

// Of Inbound Parse: the mail as it came, or its attachments; of scripts: files.
bool isFileOfForm(const mime::Part& field) {
  constexpr std::string_view kAttachment = "attachment";
  if (field.name == "email") return true;
  if (field.name.starts_with(kAttachment) && field.name.size() > kAttachment.size())
    return std::ranges::all_of(field.name.substr(kAttachment.size()),
                               [](char c) { return c >= '0' && c <= '9'; });
  return !field.type.empty();
}

}  // namespace

// One thing that is being read: a stream whose kind is not known yet, a report, the parts of a container.
class Frame {
 public:
  struct Turn {
    bool done = false;
    std::unique_ptr<Frame> next;  // to be read before this one goes on, or instead of it
  };
  Frame() = default;
  virtual ~Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  /// A step of bounded length.
  virtual Turn run(InputReader::State& state) = 0;
};

struct InputReader::State {
  Instant now;
  unpack::Budget budget{kMaxUnpackedBytes};
  Findings findings;
  std::vector<Report> reports;
  std::vector<std::unique_ptr<Frame>> frames;  // the last one is at work
  std::unique_ptr<char[]> room = std::make_unique_for_overwrite<char[]>(kPieceBytes);

  void refuse(Refusal why) { findings.refused.push_back(why); }
  void refuse(unpack::Failure why) { refuse(refusalOf(why)); }
  void add(Report report) {
    ++findings.reports;
    reports.push_back(std::move(report));
  }
  // Nothing that is known. Beside others it is no mistake.
  void meetUnknown(const Origin& origin) {
    if (origin.place == Place::input || origin.place == Place::packed) refuse(Refusal::notAReport);
  }
  // How much has been found that is known, whether or not it could be read.
  std::size_t known() const {
    return findings.reports + findings.refused.size() + (findings.tlsReport ? 1 : 0) +
           (findings.failureReport ? 1 : 0);
  }
};

namespace {

using Turn = Frame::Turn;

Turn done() { return {true, nullptr}; }
Turn again() { return {false, nullptr}; }
Turn instead(std::unique_ptr<Frame> frame) { return {true, std::move(frame)}; }
Turn first(std::unique_ptr<Frame> frame) { return {false, std::move(frame)}; }

// The reports of a stream: one, or one in each member of a gzip.
class ReportFrame final : public Frame {
 public:
  // `head`: what has been read of `source` already.
  ReportFrame(Origin origin, std::unique_ptr<Source> source, std::string head, unpack::Budget atBegin)
      : origin_(std::move(origin)), source_(std::move(source)), head_(std::move(head)), atBegin_(atBegin) {
    reader_.emplace();
  }

  Turn run(InputReader::State& state) override {
    if (!head_.empty()) {
      take(std::exchange(head_, {}));
      return again();
    }
    std::size_t size = 0;
    const std::span<char> piece(state.room.get(), kPieceBytes);
    while (size < piece.size()) {
      const auto read = source_->read(piece.subspan(size));
      if (!read) {
        // Of a report that is refused already its own reason says more.
        refuse(state, refused_ ? reader_->finish(state.now).error() : refusalOf(read.error()));
        return done();
      }
      if (*read == 0) break;
      size += *read;
    }
    take({piece.data(), size});
    // There is more to come, and somebody who waits for it.
    if (size == piece.size() && !(refused_ && origin_.gzips == 0)) {
      if (!refused_ || reader_->bytes() <= kMaxReportBytes) return again();
      return end(state, false);
    }
    const bool another = source_->next();
    if (another && toSkip_ == 0) refused_ = refused_ || !reader_->settle();
    if (another && !refused_ && !reader_->complete() && toSkip_ == 0)
      return again();  // one text in several members
    return end(state, another);
  }

 private:
  void take(std::string_view bytes) {
    if (toSkip_ > 0 || refused_ || bytes.empty()) return;
    refused_ = !reader_->feed(bytes);
  }

  // The report has been read, or what is skipped.
  Turn end(InputReader::State& state, bool another) {
    if (toSkip_ > 0) {
      --toSkip_;
      ++member_;
      return another ? again() : done();
    }
    auto report = reader_->finish(state.now);
    if (!report && report.error() == Refusal::xmlNotWellFormed && mode_ == ReportReader::Mode::asWritten)
      return repair(state);
    if (report) {
      if (!another && source_->hasRest()) report->warnings.add(Warning::trailingBytes);
      state.add(std::move(report).value());
    } else if (report.error() == Refusal::notAReport) {
      if (!told_) state.meetUnknown(origin_);
      told_ = true;
    } else {
      refuse(state, report.error());
    }
    if (!another) return done();
    if (++member_ == unpack::kMaxMembers) {
      if (!told_) refuse(state, Refusal::tooManyMembers);
      return done();
    }
    begin(ReportReader::Mode::asWritten);
    atBegin_ = state.budget;
    return again();
  }

  void refuse(InputReader::State& state, Refusal why) {
    state.refuse(why);
    told_ = true;
  }

  void begin(ReportReader::Mode mode) {
    mode_ = mode;
    refused_ = false;
    reader_.emplace(mode);
  }

  // Reads it once more, from its first byte. What it took is given back, for what comes out is the same.
  Turn repair(InputReader::State& state) {
    state.budget = atBegin_;
    auto source = origin_.open(state.budget);
    if (!source) {
      state.refuse(source.error());
      return done();
    }
    source_ = std::move(source).value();
    toSkip_ = std::exchange(member_, 0);
    begin(ReportReader::Mode::repairing);
    return again();
  }

  Origin origin_;
  std::unique_ptr<Source> source_;
  std::string head_;
  unpack::Budget atBegin_;  // before this report
  std::optional<ReportReader> reader_;
  ReportReader::Mode mode_ = ReportReader::Mode::asWritten;
  bool refused_ = false;
  std::size_t member_ = 0;
  bool told_ = false;       // that one is refused: what else follows that is no report is no news
  std::size_t toSkip_ = 0;  // members before the one that is repaired
};

class ContentFrame final : public Frame {
 public:
  explicit ContentFrame(Origin origin) : origin_(std::move(origin)) {}
  Turn run(InputReader::State& state) override;

 private:
  enum class Container { zip, mail, form };
  Turn judge(InputReader::State& state);
  Turn holdOn(InputReader::State& state);
  Turn openContainer(InputReader::State& state);
  bool readHead(std::size_t size);
  std::optional<Container> containerOf();

  Origin origin_;
  std::unique_ptr<Source> source_;
  unpack::Budget atBegin_;
  std::string head_;
  std::optional<unpack::Failure> failure_;
  bool ended_ = false;                  // the source; head_ is all of it
  std::optional<Container> container_;  // found; it is being read into memory
};

class ZipFrame final : public Frame {
 public:
  ZipFrame(const Origin& origin, std::shared_ptr<unpack::ZipArchive> archive, std::size_t known)
      : origin_(origin), archive_(std::move(archive)), knownBefore_(known) {}
  Turn run(InputReader::State& state) override {
    if (next_ == archive_->memberCount()) {
      if (state.known() == knownBefore_) state.refuse(Refusal::notAReport);
      return done();
    }
    Origin member = origin_;
    member.bytes = {};
    member.archive = archive_;
    member.member = next_++;
    member.encoding = mime::TransferEncoding::identity;
    member.gzips = 0;
    member.place = Place::member;
    ++member.containers;
    return first(std::make_unique<ContentFrame>(std::move(member)));
  }

 private:
  Origin origin_;
  std::shared_ptr<unpack::ZipArchive> archive_;
  std::size_t knownBefore_;
  std::size_t next_ = 0;
};

// The parts of a mail, or the fields of a form.
class PartsFrame final : public Frame {
 public:
  PartsFrame(Origin origin, mime::Message message)
      : origin_(std::move(origin)), message_(std::move(message)) {}
  Turn run(InputReader::State&) override {
    if (next_ == message_.parts.size()) return done();
    const auto& part = message_.parts[next_++];
    Origin inner;
    inner.bytes = part.body;
    inner.held = origin_.held;
    inner.encoding = believed(part);
    inner.place = part.type.starts_with("text/") ? Place::textPart : Place::part;
    inner.containers = origin_.containers;
    inner.mails = origin_.mails + 1;
    return first(std::make_unique<ContentFrame>(std::move(inner)));
  }

 private:
  // What the part says of its encoding, unless its bytes say otherwise.
  static mime::TransferEncoding believed(const mime::Part& part) {
    const auto body = mime::trimmed(part.body.substr(0, 64));
    const bool packedAsText = body.starts_with("H4sI") || body.starts_with("UEsDB");
    if (part.encoding == mime::TransferEncoding::identity && packedAsText)
      return mime::TransferEncoding::base64;
    const bool plain = body.starts_with("<?xml") || body.starts_with("<feedback") ||
                       unpack::beginsLikeGzip(part.body) || unpack::beginsLikeZip(part.body);
    if (part.encoding == mime::TransferEncoding::base64 && plain) return mime::TransferEncoding::identity;
    return part.encoding;
  }

  Origin origin_;
  mime::Message message_;
  std::size_t next_ = 0;
};

// A mail, or the mails of an mbox as its parts.
mime::Message messageOf(std::string_view bytes) {
  const auto mails = mime::mailsOf(bytes);
  if (mails.size() == 1) return mime::parseMail(bytes);
  mime::Message message;
  message.tooManyParts = mails.size() > mime::kMaxMails;
  for (const auto mail : std::span(mails).first(std::min(mails.size(), mime::kMaxMails)))
    message.parts.push_back({"message/rfc822", "", mime::TransferEncoding::identity, mail});
  return message;
}

// False: the source has failed.
bool ContentFrame::readHead(std::size_t size) {
  while (!ended_ && !failure_ && head_.size() < size) {
    const auto before = head_.size();
    head_.resize(size);
    const auto read = source_->read(std::span(head_).subspan(before));
    head_.resize(before + (read ? *read : 0));
    if (!read) failure_ = read.error();
    ended_ = read && *read == 0;
  }
  return !failure_;
}

std::optional<ContentFrame::Container> ContentFrame::containerOf() {
  if (unpack::beginsLikeZip(head_)) return Container::zip;
  if (origin_.place == Place::input && mime::beginsLikeForm(head_)) return Container::form;
  if (origin_.place == Place::textPart) return std::nullopt;
  // A name and a colon; the rest of a header may be long.
  const auto line = std::string_view(head_).substr(0, head_.find('\n'));
  if (line.find(':') == std::string_view::npos && !line.starts_with("From ") && !mime::trimmed(line).empty())
    return std::nullopt;
  readHead(kLongHeadBytes + 1);
  if (mime::beginsLikeMail(head_)) return Container::mail;
  return std::nullopt;
}

Turn ContentFrame::judge(InputReader::State& state) {
  if (!readHead(kHeadBytes)) {
    state.refuse(*failure_);
    return done();
  }
  if (head_.empty()) {
    if (origin_.place == Place::input || origin_.place == Place::packed) state.refuse(Refusal::empty);
    return done();
  }
  if (unpack::beginsLikeGzip(head_)) {
    auto inner = origin_;
    ++inner.gzips;
    inner.place = Place::packed;
    state.budget = atBegin_;  // it is unpacked again from the beginning
    if (++inner.containers > kMaxContainers) {
      state.refuse(Refusal::nestedTooDeep);
      return done();
    }
    return instead(std::make_unique<ContentFrame>(std::move(inner)));
  }
  if (beginsLikeXml(head_))
    return instead(std::make_unique<ReportFrame>(origin_, std::move(source_), std::move(head_), atBegin_));
  if (beginsLikeTlsReport(head_)) {
    state.findings.tlsReport = true;
    return done();
  }
  container_ = containerOf();
  if (container_) return again();
  // Something may stand before a report, and one that is none before others.
  const bool perhaps = origin_.place != Place::textPart && readHead(kLongHeadBytes) &&
                       (origin_.gzips > 0 || head_.find("feedback") != std::string::npos);
  if (perhaps)
    return instead(std::make_unique<ReportFrame>(origin_, std::move(source_), std::move(head_), atBegin_));
  if (failure_)
    state.refuse(*failure_);
  else
    state.meetUnknown(origin_);
  return done();
}

// What is not in memory has to be, before it can be taken apart.
Turn ContentFrame::holdOn(InputReader::State& state) {
  const bool unpacked = origin_.archive || origin_.gzips > 0;
  const auto max = unpacked ? kMaxHeldBytes : kMaxMailBytes;
  // Not more than there can be; touched only as far as it is needed.
  head_.reserve(unpacked ? max + 1 : std::min(max + 1, origin_.bytes.size() + kLongHeadBytes));
  readHead(std::min(head_.size() + kPieceBytes, max + 1));
  if (failure_ || head_.size() > max) {
    state.refuse(failure_ ? refusalOf(*failure_) : Refusal::tooLarge);
    return done();
  }
  // Several members of a gzip are one archive, or one mail.
  if (ended_ && source_->next()) ended_ = false;
  if (!ended_) return again();
  origin_.held = std::make_shared<const std::string>(std::move(head_));
  origin_.bytes = *origin_.held;
  origin_.archive = nullptr;
  origin_.gzips = 0;
  origin_.encoding = mime::TransferEncoding::identity;
  return again();
}

Turn ContentFrame::openContainer(InputReader::State& state) {
  if (*container_ == Container::zip) {
    if (origin_.containers >= kMaxContainers) {
      state.refuse(Refusal::nestedTooDeep);
      return done();
    }
    auto archive = unpack::ZipArchive::open(origin_.bytes, state.budget);
    if (archive)
      return instead(std::make_unique<ZipFrame>(origin_, std::move(archive).value(), state.known()));
    state.refuse(archive.error());
    return done();
  }
  if (origin_.bytes.size() > kMaxMailBytes) {
    state.refuse(Refusal::tooLarge);
    return done();
  }
  if (origin_.mails >= mime::kMaxDepth) {
    state.refuse(Refusal::nestedTooDeep);
    return done();
  }
  const bool mail = *container_ == Container::mail;
  auto message = mail ? messageOf(origin_.bytes) : mime::parseForm(origin_.bytes);
  if (!mail) std::erase_if(message.parts, [](const mime::Part& field) { return !isFileOfForm(field); });
  if (message.failureReport) state.findings.failureReport = true;
  if (message.tooManyParts) state.refuse(Refusal::tooManyParts);
  if (message.tooDeep) state.refuse(Refusal::nestedTooDeep);
  return instead(std::make_unique<PartsFrame>(origin_, std::move(message)));
}

Turn ContentFrame::run(InputReader::State& state) {
  if (container_) return origin_.inMemory() ? openContainer(state) : holdOn(state);
  atBegin_ = state.budget;
  auto source = origin_.open(state.budget);
  if (!source) {
    state.refuse(source.error());
    return done();
  }
  source_ = std::move(source).value();
  return judge(state);
}

}  // namespace

InputReader::InputReader(std::string_view bytes, Instant now) : state_(std::make_unique<State>()) {
  state_->now = now;
  Origin origin;
  origin.bytes = bytes;
  state_->frames.push_back(std::make_unique<ContentFrame>(std::move(origin)));
}

InputReader::~InputReader() = default;

bool InputReader::step() {
  auto& frames = state_->frames;
  if (frames.empty()) return false;
  auto turn = frames.back()->run(*state_);
  if (turn.done) frames.pop_back();
  if (turn.next) frames.push_back(std::move(turn.next));
  return !frames.empty();
}

std::vector<Report> InputReader::takeReports() { return std::exchange(state_->reports, {}); }
const Findings& InputReader::findings() const { return state_->findings; }

}  // namespace arrivald::aggregate
