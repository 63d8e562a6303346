#include "desk/workbook_maker.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>

#include "runtime/wakeup.hpp"
#include "sheet/workbook.hpp"

namespace arrivald::desk {

using runtime::Task;

struct WorkbookMaker::State {
  State(boost::asio::any_io_executor on, Clock& time, std::string in)
      : executor(std::move(on)), clock(time), folder(std::move(in)) {}
  boost::asio::any_io_executor executor;
  Clock& clock;
  std::string folder;
  std::size_t making = 0;
  std::unique_ptr<boost::asio::thread_pool> pool = std::make_unique<boost::asio::thread_pool>(1);
};

namespace {

constexpr Duration kPatience = std::chrono::minutes(1);

// One file. Its other thread has `book`, `bytes` and `error` while `isBusy`; the loop has them otherwise.
struct Work {
  std::unique_ptr<sheet::Workbook> book;
  std::string bytes;
  std::optional<Error> error;
  bool isBusy = false;
  runtime::Wakeup ended;
};

// Counts one file for as long as it lives.
struct Place {
  explicit Place(std::size_t& making) : count(making) { ++count; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --count; }
  std::size_t& count;
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

// Ends once the other thread has done it. A cancelled caller leaves the work to that thread.
Task<> elsewhere(boost::asio::thread_pool& pool, boost::asio::any_io_executor executor, Clock& clock,
                 std::shared_ptr<Work> work, std::function<void(Work&)> step) {
  work->isBusy = true;
  // The other thread gives its share of the work back, so that only the loop ever ends it.
  boost::asio::post(pool, [work, executor, step = std::move(step)]() mutable {
    step(*work);
    boost::asio::post(executor, [work = std::move(work)] {
      work->isBusy = false;
      work->ended.wake();
    });
  });
  while (work->isBusy) co_await work->ended.wait(clock, kPatience);
}

}  // namespace

WorkbookMaker::WorkbookMaker(boost::asio::any_io_executor executor, Clock& clock, std::string folder)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(folder))) {}

WorkbookMaker::~WorkbookMaker() { state_->pool->join(); }

Task<Result<std::string>> WorkbookMaker::make(std::shared_ptr<EntryExport> rows, std::string sheetName) {
  const auto state = state_;
  if (state->making >= kAtOnce)
    co_return Error{Error::Kind::throttled, "many files are being made at the moment"};
  const Place place(state->making);
  const auto work = std::make_shared<Work>();
  std::function<void(Work&)> step = [folder = state->folder, name = std::move(sheetName),
                                     heading = rows->heading()](Work& one) {
    open(one, folder, name, heading);
  };
  co_await elsewhere(*state->pool, state->executor, state->clock, work, std::move(step));
  while (!work->error) {
    auto slice = rows->next();
    if (!slice) co_return std::move(slice).error();
    if (slice->empty()) break;
    step = [lines = std::move(*slice)](Work& one) {
      for (const auto& line : lines) one.book->add(line);
    };
    co_await elsewhere(*state->pool, state->executor, state->clock, work, std::move(step));
  }
  if (!work->error) {
    step = finish;
    co_await elsewhere(*state->pool, state->executor, state->clock, work, std::move(step));
  }
  if (work->error) co_return std::move(*work->error);
  co_return std::move(work->bytes);
}

}  // namespace arrivald::desk
