// SPDX-License-Identifier: MIT
// What git may be asked for over HTTP: each line to the letter, and no object that is not shown.
#include "git/upload_request.h"

#include <zlib.h>

#include "git/gunzip.h"
#include "git/upload_pack.h"
#include "unit/git/support.h"

using namespace camp::git;
using namespace camp::git::test;
using camp::Kind;
using camp::Result;

namespace {

const std::string kFlush = "0000";
const std::string kA(40, 'a'), kB(40, 'b');

std::string line(const std::string& text) {
  char size[5];
  std::snprintf(size, sizeof size, "%04zx", text.size() + 4);
  return size + text;
}

/// The bytes as gzip packs them.
std::string gzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string answer(const Repository& repository, const Oid& want,
                   const std::vector<std::string>& hidden = {}) {
  camp::ProcessSpec program = http_upload_pack(repository.path(), hidden, HttpService::answer);
  program.input =
      line("want " + want + " side-band-64k ofs-delta no-progress\n") + kFlush + line("done\n");
  return need(camp::run_process(program)).output;
}

}  // namespace

TEST_CASE("what stock git sends is understood") {
  const std::string want = line("want " + kA + " multi_ack_detailed no-done side-band-64k " +
                                "thin-pack ofs-delta agent=git/2.39.5\n");
  CHECK(need(read_upload_request(want + kFlush + line("done\n"))) == std::vector<Oid>{kA});
  CHECK(need(read_upload_request(want + line("want " + kB + "\n") + kFlush +
                                 line("have " + kA + "\n") + kFlush)) ==
        (std::vector<Oid>{kA, kB}));
  CHECK(need(read_upload_request(want + line("shallow " + kB) + line("deepen 1") + kFlush +
                                 line("done\n"))) == std::vector<Oid>{kA});
  CHECK(need(read_upload_request(want + line("deepen-since 1700000000") + kFlush)).size() == 1);
  CHECK(need(read_upload_request(kFlush)).empty());  // it asks first whether it may ask
  CHECK(need(read_upload_request("")).empty());
}

TEST_CASE("every other line is refused") {
  const std::string want = line("want " + kA + " side-band-64k\n");
  for (const std::string& body : {want,
                                  want + "0004" + kFlush,
                                  want + "0001" + kFlush,
                                  want + "fff",
                                  want + "00",
                                  std::string("want"),
                                  std::string("-001"),
                                  std::string("00a"),
                                  std::string("0X10"),
                                  line("want " + kA + " x\n").replace(0, 4, "0FFF") + kFlush,
                                  line("want " + std::string(40, 'A') + "\n") + kFlush,
                                  line("want aaaa\n") + kFlush,
                                  line("want " + kA + "x\n") + kFlush,
                                  line("want " + kA + " a\tb\n") + kFlush,
                                  want + line("want " + kB + " filter\n") + kFlush,
                                  want + line("have " + kA) + kFlush,
                                  line("shallow " + kA) + want + kFlush,
                                  want + line("shallow x") + kFlush,
                                  want + line("deepen 0") + kFlush,
                                  want + line("deepen -1") + kFlush,
                                  want + line("deepen 2147483647") + kFlush,
                                  want + line("deepen 1x") + kFlush,
                                  want + line("deepen-not main") + kFlush,
                                  want + line("filter blob:none") + kFlush,
                                  want + kFlush + line("want " + kB + "\n"),
                                  want + kFlush + line("have x\n"),
                                  want + kFlush + line("done\n") + line("have " + kA),
                                  want + kFlush + line("done\n") + kFlush,
                                  kFlush + line("have " + kA),
                                  kFlush + line("done\n"),
                                  line("command=fetch\n") + kFlush,
                                  line("version 2\n") + kFlush,
                                  std::string(kMaxUploadRequest + 1, '0')}) {
    INFO(body.substr(0, 200));
    const auto read = read_upload_request(body);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == Kind::refused);
  }
}

TEST_CASE("E59 nothing is sent that no shown branch reaches, though git would") {
  TempDir place;
  Repository repository = need(Repository::create(place.path("r.git")));
  const auto commit = [&](const std::string& branch, const std::string& text) {
    return need(repository.commit(branch, {.files = {{"a/b", text}}, .message = "x", .time = 1}));
  };
  const Oid first = commit("main", "one"), tip = commit("main", "two");
  const Oid kept = commit("e/2026-11", "kept here");
  const Oid blob = git(repository, {"hash-object", "-w", "--stdin"}, "deleted words").substr(0, 40);
  const Oid tree = git(repository, {"mktree"}, "100644 blob " + blob + "\tx\n").substr(0, 40);
  const Oid kept_tree = need(repository.tree_of(kept));

  // The control, for which this function is here: git alone sends a text and a tree.
  CHECK(answer(repository, blob).find("PACK") != std::string::npos);
  CHECK(answer(repository, tree).find("PACK") != std::string::npos);
  CHECK(answer(repository, kept_tree, {"e/"}).find("PACK") != std::string::npos);

  const auto refused = [&](const std::vector<Oid>& wants,
                           const std::vector<std::string>& hidden = {}) {
    return need(first_unshown_want(repository, wants, hidden));
  };
  CHECK(refused({tip, first, kept}).empty());
  CHECK(refused({tip, blob}) == blob);
  CHECK(refused({tree, tip}) == tree);
  CHECK(refused({kept_tree}) == kept_tree);
  CHECK(refused({need(repository.tree_of(tip))}) == need(repository.tree_of(tip)));
  CHECK(refused({kA}) == kA);

  // Commits it judges itself.
  CHECK(refused({kept}, {"e/"}).empty());
  CHECK(answer(repository, kept, {"e/"}).find("not our ref") != std::string::npos);
  CHECK(answer(repository, first).find("PACK") != std::string::npos);
  const Oid lone = git(repository, {"-c", "user.name=x", "-c", "user.email=x", "commit-tree", "-m",
                                    "x", need(repository.tree_of(tip))})
                       .substr(0, 40);
  CHECK(answer(repository, lone).find("not our ref") != std::string::npos);
  CHECK(refused_want(kA) == line("ERR upload-pack: not our ref " + kA));
}

TEST_CASE("E39 a request that unpacks to more than there can be is stopped") {
  const std::string packed = gzip(std::string(64u << 20, '\0'));
  CHECK(packed.size() < (100u << 10));
  const auto unpacked = gunzip(packed, kMaxUploadRequest);
  REQUIRE_FALSE(unpacked);
  CHECK(unpacked.error().kind == Kind::refused);
  CHECK(need(gunzip(gzip(std::string(1000, 'x')), 1000)) == std::string(1000, 'x'));
  CHECK_FALSE(gunzip(gzip(std::string(1000, 'x')), 999));
  CHECK(need(gunzip(gzip(""), 0)).empty());
}

TEST_CASE("what is broken is not unpacked") {
  const std::string packed = gzip("some words, some words, some words");
  CHECK_FALSE(gunzip("", 100));
  CHECK_FALSE(gunzip("no gzip", 100));
  CHECK_FALSE(gunzip(packed.substr(0, packed.size() - 1), 100));
  CHECK_FALSE(gunzip(packed + "x", 100));
  CHECK_FALSE(gunzip(packed + packed, 100));
  std::string altered = packed;
  altered[altered.size() - 5] = static_cast<char>(altered[altered.size() - 5] ^ 1);  // its checksum
  CHECK_FALSE(gunzip(altered, 100));
}
