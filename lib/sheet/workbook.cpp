#include "sheet/workbook.hpp"

#include <xlsxwriter.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sheet/cell.hpp"

namespace arrivald::sheet {

struct Workbook::State {
  std::string folder;  // of its own
  std::string path;
  lxw_workbook* book = nullptr;
  lxw_worksheet* page = nullptr;
  lxw_row_t row = 0;

  ~State() {
    if (book != nullptr) workbook_close(book);
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  }
};

Workbook::Workbook(std::unique_ptr<State> state) : state_(std::move(state)) {}
Workbook::~Workbook() = default;

Result<std::unique_ptr<Workbook>> Workbook::open(const std::string& folder, const std::string& sheetName,
                                                 const std::vector<std::string>& heading) {
  auto state = std::make_unique<State>();
  std::string name = folder + "/arrivald-XXXXXX";
  if (mkdtemp(name.data()) == nullptr)
    return Error{Error::Kind::ioError, "no temporary file can be made in " + folder, Party::storage};
  state->folder = name;
  state->path = name + "/export.xlsx";
  // Inline strings: rows are written as they come, and =… stays text.
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = state->folder.data();
  state->book = workbook_new_opt(state->path.c_str(), &options);
  if (state->book == nullptr)
    return Error{Error::Kind::ioError, "no workbook can be written in " + folder, Party::storage};
  state->page = workbook_add_worksheet(state->book, sheetName.c_str());
  if (state->page == nullptr)
    return Error{Error::Kind::invalid, "no sheet can be called \"" + sheetName + "\""};
  auto* bold = workbook_add_format(state->book);
  format_set_bold(bold);
  worksheet_freeze_panes(state->page, 1, 0);
  worksheet_set_column(state->page, 0, static_cast<lxw_col_t>(heading.empty() ? 0 : heading.size() - 1), 20,
                       nullptr);
  lxw_col_t column = 0;
  for (const auto& text : heading)
    worksheet_write_string(state->page, 0, column++, cellText(text).c_str(), bold);
  state->row = 1;
  return std::unique_ptr<Workbook>(new Workbook(std::move(state)));
}

void Workbook::add(const std::vector<std::string>& row) {
  lxw_col_t column = 0;
  for (const auto& text : row)
    worksheet_write_string(state_->page, state_->row, column++, cellText(text).c_str(), nullptr);
  ++state_->row;
}

Result<std::string> Workbook::finish() {
  const auto closed = workbook_close(state_->book);
  state_->book = nullptr;
  if (closed != LXW_NO_ERROR)
    return Error{Error::Kind::ioError, std::string("the workbook cannot be written: ") + lxw_strerror(closed),
                 Party::storage};
  std::ostringstream bytes;
  std::ifstream file(state_->path, std::ios::binary);
  bytes << file.rdbuf();
  if (!file) return Error{Error::Kind::ioError, "the workbook cannot be read back", Party::storage};
  return std::move(bytes).str();
}

}  // namespace arrivald::sheet
