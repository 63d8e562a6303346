#include "desk/make_workbook.hpp"

#include <optional>

#include "sheet/workbook.hpp"

namespace arrivald::desk {

using runtime::Task;

namespace {

// One file. The other thread has it during each step; the loop has it in between.
struct Work {
  std::unique_ptr<sheet::Workbook> book;
  std::string bytes;
  std::optional<Error> error;
};

void open(Work& work, const std::string& folder, const std::string& name, const TableRow& heading) {
  auto book = sheet::Workbook::open(folder, name, heading);
  if (book)
    work.book = std::move(*book);
  else
    work.error = std::move(book).error();
}

void finish(Work& work) {
  auto bytes = work.book->finish();
  if (bytes)
    work.bytes = std::move(*bytes);
  else
    work.error = std::move(bytes).error();
  work.book.reset();
}

}  // namespace

Task<Result<std::string>> makeWorkbook(runtime::FileThread& thread, std::shared_ptr<EntryExport> rows,
                                       std::string sheetName) {
  const auto place = thread.takePlace();
  if (!place) co_return Error{Error::Kind::throttled, "many files are being made at the moment"};
  const auto work = std::make_shared<Work>();
  std::function<void()> step = [work, folder = thread.folder(), name = std::move(sheetName), rows] {
    open(*work, folder, name, rows->heading());
  };
  co_await thread.run(std::move(step));
  while (!work->error) {
    auto slice = rows->next();
    if (!slice) co_return std::move(slice).error();
    if (slice->empty()) break;
    step = [work, rows, entries = std::move(*slice)] {
      for (const auto& entry : entries) work->book->add(rows->rowOf(entry));
    };
    co_await thread.run(std::move(step));
  }
  if (!work->error) {
    step = [work, rows] {
      for (const auto& row : rows->ending()) work->book->add(row);
      finish(*work);
    };
    co_await thread.run(std::move(step));
  }
  if (work->error) co_return std::move(*work->error);
  co_return std::move(work->bytes);
}

}  // namespace arrivald::desk
