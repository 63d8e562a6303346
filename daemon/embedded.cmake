# Files of deploy/ that the program itself has: the commented example, of which it makes arrivald.yaml(5).
set(example ${CMAKE_SOURCE_DIR}/deploy/arrivald.example.yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${example})
file(READ ${example} content)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded_example.cpp @ONLY CONTENT
"#include \"daemon/docs.hpp\"
namespace arrivald {
std::string_view exampleConfig() {
  return R\"embedded(@content@)embedded\";
}
}  // namespace arrivald
")
target_sources(arrivald PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded_example.cpp docs.cpp)

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

# The alerts for Prometheus, which `arrivald export rules` prints.
set(relay ${CMAKE_SOURCE_DIR}/deploy/prometheus.rules.yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${relay})
file(READ ${relay} content)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded_relay.cpp @ONLY CONTENT
"#include \"daemon/export_rules.hpp\"
namespace arrivald {
std::string_view relayExample() {
  return R\"embedded(@content@)embedded\";
}
}  // namespace arrivald
")
target_sources(arrivald_daemon PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded_relay.cpp)
