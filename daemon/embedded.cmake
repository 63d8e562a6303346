# Files of deploy/ that the program itself has. Of one text: `std::string_view arrivald::<name>()`, declared in daemon/<header>.
function(embed_text target name header path)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} content)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp @ONLY CONTENT
"#include \"daemon/@header@\"
namespace arrivald {
std::string_view @name@() {
  return R\"embedded(@content@)embedded\";
}
}  // namespace arrivald
")
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
endfunction()

# The commented example, of which the program makes arrivald.yaml(5).
embed_text(arrivald exampleConfig docs.hpp ${CMAKE_SOURCE_DIR}/deploy/arrivald.example.yaml)
target_sources(arrivald PRIVATE docs.cpp)
# The alerts for Prometheus, which `arrivald export rules` prints.
embed_text(arrivald_daemon relayExample export_rules.hpp ${CMAKE_SOURCE_DIR}/deploy/prometheus.rules.yaml)

# The runbooks, which the daemon serves: deploy/runbooks/ALERT.{ja,en}.md.
file(GLOB books CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/deploy/runbooks/*.en.md)
set(rows)
foreach(book IN LISTS books)
  string(REGEX REPLACE ".*/(.*)\\.en\\.md$" "\\1" alert ${book})
  string(REPLACE ".en.md" ".ja.md" japanese_book ${book})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${book} ${japanese_book})
  file(READ ${book} english)
  file(READ ${japanese_book} japanese)
  string(APPEND rows "    {\"${alert}\", R\"runbook(${japanese})runbook\", R\"runbook(${english})runbook\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded_runbooks.cpp @ONLY CONTENT
"#include \"daemon/runbooks.hpp\"
namespace arrivald {
namespace {
constexpr Runbook kRunbooks[] = {
@rows@};
}  // namespace
std::span<const Runbook> runbooks() { return kRunbooks; }
}  // namespace arrivald
")
target_sources(arrivald_daemon PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded_runbooks.cpp)
