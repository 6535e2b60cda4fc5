// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/allowed_html.h"
#include "base/text.h"
#include "model/markup.h"

// Whatever comes in: put into a page and parsed again, the rendering holds allowed elements only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const char* type : {"text/html", "text/markdown", "text/plain"}) {
    const std::string found = camp::test::intruder(camp::model::to_html(input, type));
    if (!found.empty()) {
      std::fprintf(stderr, "%s lets through: %s\n", type, found.c_str());
      std::abort();
    }
  }
  const std::string plain = camp::model::to_plain_text(input, "text/html");
  if (!camp::is_utf8(plain) || plain.size() > 3 * camp::model::kMaxRendered) std::abort();
  return 0;
}
