#include "desk/csv_source.hpp"

namespace arrivald::desk {

runtime::Task<Result<std::string>> CsvSource::next() {
  if (!begin_.empty()) co_return std::exchange(begin_, {});
  auto slice = slices_();
  if (!slice.ok()) co_return slice.error();
  if (!*slice) co_return std::string();
  const auto text = std::make_shared<std::string>();
  std::function<void()> step = [text, lines = std::move(**slice)] { *text = lines(); };
  co_await thread_.run(std::move(step));
  co_return std::move(*text);
}

}  // namespace arrivald::desk
