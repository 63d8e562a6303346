# cmake -DSOURCE=… -DOUTPUT=… -P revision.cmake
# Writes OUTPUT, a C++ file with the commit that the tree SOURCE is at, "-dirty" behind it if files differ from it.
# A tree without git, or one inside another's repository, is "unknown". OUTPUT is touched only if it changes, so
# that a new commit compiles this one file.
cmake_minimum_required(VERSION 3.25)
set(revision "unknown")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-toplevel OUTPUT_VARIABLE top ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  file(REAL_PATH "${SOURCE}" source)
  if(top STREQUAL source)
    execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12 "--exclude=*"
      OUTPUT_VARIABLE described RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed AND described)
      set(revision "${described}")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
"#include \"daemon/commands.hpp\"

namespace arrivald {

const char* const kRevision = \"@revision@\";

}  // namespace arrivald
")
