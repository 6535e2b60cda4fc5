// SPDX-License-Identifier: MIT
// Collections as other software writes them, and as somebody writes them who means harm.
#include "fed/foreign_collection.h"

#include "fed/foreign.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

struct Read {
  std::vector<std::string> uris, whole;
  std::string next;
};
Read read(const char* json, std::size_t most = 40) {
  const Json value = Json::parse(json);
  const CollectionPage page = read_collection(value, "m.example", {}, most);
  Read read{{}, {}, page.next};
  for (const CollectionItem& item : page.items) {
    read.uris.push_back(item.uri);
    if (item.document != nullptr) read.whole.push_back(item.uri);
  }
  return read;
}

using Uris = std::vector<std::string>;

}  // namespace

TEST_CASE("replies as Mastodon writes them: a first page inside, its next elsewhere") {
  const Read page = read(R"({
    "id": "https://m.example/p/1/replies", "type": "Collection",
    "first": {"type": "CollectionPage", "partOf": "https://m.example/p/1/replies",
              "next": "https://m.example/p/1/replies?only_other_accounts=true&page=true",
              "items": ["https://m.example/p/2"]}})");
  CHECK(page.uris == Uris{"https://m.example/p/2"});
  CHECK(page.whole.empty());
  CHECK(page.next == "https://m.example/p/1/replies?only_other_accounts=true&page=true");
}

TEST_CASE("replies as others write them: an address, a named first page, a plain list") {
  CHECK(read(R"("https://m.example/r")").next == "https://m.example/r");
  CHECK(read(R"({"type": "Collection", "id": "https://m.example/r"})").next ==
        "https://m.example/r");
  CHECK(read(R"({"type": "OrderedCollection", "id": "https://m.example/r",
                 "first": "https://m.example/r?page=1"})")
            .next == "https://m.example/r?page=1");
  CHECK(read(R"({"type": "Collection", "id": "https://m.example/r",
                 "first": {"type": "CollectionPage", "id": "https://m.example/r?page=1"}})")
            .next == "https://m.example/r?page=1");
  const Read list = read(R"({"type": "OrderedCollection", "id": "https://m.example/r",
                             "orderedItems": ["https://m.example/p/2", "https://n.example/p/3"]})");
  CHECK(list.uris == Uris{"https://m.example/p/2", "https://n.example/p/3"});
  CHECK(list.next.empty());
  CHECK(read(R"({"type": "CollectionPage", "items": "https://m.example/p/2",
                 "next": "https://m.example/r?page=2"})")
            .uris == Uris{"https://m.example/p/2"});
}

TEST_CASE("what stands whole in a collection is taken so from its own host alone") {
  const Read page = read(R"({"type": "CollectionPage", "items": [
    {"id": "https://m.example/p/2", "type": "Note"},
    {"id": "https://n.example/p/3", "type": "Note"},
    {"id": "https://m.example.n.example/p/4", "type": "Note"},
    {"id": "http://m.example/p/5", "type": "Note"}]})");
  CHECK(page.uris.size() == 3);
  CHECK(page.whole == Uris{"https://m.example/p/2"});
}

TEST_CASE("a collection leads to nowhere but its own host") {
  CHECK(read(R"("https://n.example/r")").next.empty());
  CHECK(read(R"({"type": "CollectionPage", "items": [], "next": "https://n.example/r"})")
            .next.empty());
  CHECK(read(R"({"type": "CollectionPage", "items": [], "next": "http://m.example/r"})")
            .next.empty());
  CHECK(read(R"({"type": "Collection", "first": "https://n.example/r"})").next.empty());
}

TEST_CASE("of a collection only so many are taken, each once, and nothing that is no address") {
  const Read page = read(R"({"items": [1, null, [], {}, {"id": 7}, "", "ftp://m.example/p",
    "https://127.0.0.1/p", "https://m.example/p/2", {"id": "https://m.example/p/2"},
    "https://m.example/p/3", "https://m.example/p/4"]})",
                         2);
  CHECK(page.uris == Uris{"https://m.example/p/2", "https://m.example/p/3"});
  for (const char* nothing : {"null", "7", "[]", "{}", R"({"first": 7, "items": 7, "next": []})"}) {
    CHECK(read(nothing).uris.empty());
    CHECK(read(nothing).next.empty());
  }
}
