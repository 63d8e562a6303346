#include "unpack/zip.hpp"

#include <zip.h>

#include <string>

namespace arrivald::unpack {
namespace {

// Folders and additions, which are no members, stand beside 64 members at most.
constexpr std::uint64_t kMaxEntries = 4 * kMaxMembers;

Failure failureOf(int code) {
  switch (code) {
    case ZIP_ER_EOF:
    case ZIP_ER_READ:
      return Failure::truncated;
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD:
    case ZIP_ER_ENCRNOTSUPP:
      return Failure::encrypted;
    default:
      return Failure::damaged;
  }
}

// How many entries the directory says it has; libzip makes room for that many before it reads them. Nothing:
// the archive has no end.
std::uint64_t announcedEntries(std::string_view bytes) {
  const auto at = bytes.rfind("PK\x05\x06");
  if (at == std::string_view::npos || bytes.size() - at < 22) return 0;
  const auto byte = [&](std::size_t offset) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + offset]));
  };
  return byte(10) | byte(11) << 8;
}

bool isMember(std::string_view name) {
  if (name.ends_with('/') || name.starts_with("__MACOSX/")) return false;
  const auto slash = name.rfind('/');
  return !name.substr(slash == std::string_view::npos ? 0 : slash + 1).starts_with("._");
}

class MemberSource final : public Source {
 public:
  MemberSource(zip_file_t* file, Budget& budget) : file_(file), budget_(&budget) {}
  ~MemberSource() override { zip_fclose(file_); }
  Result<std::size_t, Failure> read(std::span<char> to) override {
    const auto got = zip_fread(file_, to.data(), to.size());
    if (got < 0) return failureOf(zip_error_code_zip(zip_file_get_error(file_)));
    if (!budget_->take(static_cast<std::uint64_t>(got))) return Failure::tooLarge;
    return static_cast<std::size_t>(got);
  }

 private:
  zip_file_t* file_;
  Budget* budget_;
};

}  // namespace

struct ZipArchive::Handle {
  zip_t* archive = nullptr;
};

bool beginsLikeZip(std::string_view bytes) {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

ZipArchive::ZipArchive(std::unique_ptr<Handle> handle, std::vector<std::uint64_t> members, Budget& budget)
    : handle_(std::move(handle)), members_(std::move(members)), budget_(&budget) {}

ZipArchive::~ZipArchive() { zip_discard(handle_->archive); }

Result<std::shared_ptr<ZipArchive>, Failure> ZipArchive::open(std::string_view bytes, Budget& budget) {
  const auto announced = announcedEntries(bytes);
  if (announced > kMaxEntries) return Failure::tooManyMembers;
  zip_error_t error;
  zip_error_init(&error);
  auto* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  auto handle = std::make_unique<Handle>();
  if (source != nullptr) handle->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (handle->archive == nullptr) {
    if (source != nullptr) zip_source_free(source);
    zip_error_fini(&error);
    // Without the directory at its end nothing in it can be found.
    return announced == 0 ? Failure::truncated : Failure::damaged;
  }
  zip_error_fini(&error);
  std::vector<std::uint64_t> members;
  const auto entries = zip_get_num_entries(handle->archive, 0);
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(entries); ++i) {
    const char* name = zip_get_name(handle->archive, i, ZIP_FL_ENC_RAW);
    if (name == nullptr || isMember(name)) members.push_back(i);
  }
  const bool tooMany = members.size() > kMaxMembers;
  std::shared_ptr<ZipArchive> archive(new ZipArchive(std::move(handle), std::move(members), budget));
  if (tooMany) return Failure::tooManyMembers;
  return archive;
}

Result<std::unique_ptr<Source>, Failure> ZipArchive::member(std::size_t n) const {
  auto* file = zip_fopen_index(handle_->archive, members_[n], 0);
  if (file == nullptr) return failureOf(zip_error_code_zip(zip_get_error(handle_->archive)));
  return std::unique_ptr<Source>(std::make_unique<MemberSource>(file, *budget_));
}

}  // namespace arrivald::unpack
