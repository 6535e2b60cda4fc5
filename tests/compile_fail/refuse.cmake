# cmake -DCOMPILER=… -DINCLUDE=… -DSOURCE=… -DMISTAKE=… -DSENTENCE=… -P refuse.cmake
# The compiler must refuse SOURCE with MISTAKE defined, and one of its errors must match SENTENCE.
# An empty MISTAKE: it must compile.
set(define)
if(MISTAKE)
  set(define -D${MISTAKE})
endif()
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fdiagnostics-color=never -I ${INCLUDE} ${define} ${SOURCE}
  RESULT_VARIABLE code ERROR_VARIABLE said OUTPUT_QUIET)
if(NOT MISTAKE)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "the right program does not compile:\n${said}")
  endif()
elseif(code EQUAL 0)
  message(FATAL_ERROR "${MISTAKE} compiles")
elseif(NOT said MATCHES "error: [^\n]*${SENTENCE}")
  message(FATAL_ERROR "${MISTAKE} is refused, but no error says '${SENTENCE}':\n${said}")
endif()
