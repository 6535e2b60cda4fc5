// SPDX-License-Identifier: MIT
#include "git/loose_reader.h"

#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <new>
#include <utility>

namespace camp::git {
namespace {

constexpr std::size_t kMaxHeader = 32;  // "commit ", 20 digits, NUL
constexpr std::size_t kMaxFile = 512u << 20;

/// libgit2 sees the first member and hands it back to the functions below.
struct Backend {
  git_odb_backend base{};
  std::string objects;
};

const Backend& ours(const git_odb_backend* backend) {
  return *reinterpret_cast<const Backend*>(backend);
}

int corrupt(const git_oid& id, const char* what) {
  git_error_set_str(GIT_ERROR_ZLIB, ("loose object " + to_text(id) + " " + what).c_str());
  return GIT_ERROR;
}

/// At most `max` bytes of a file; GIT_ENOTFOUND if there is none.
int read_file(const std::string& path, std::size_t max, std::string& bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? GIT_ENOTFOUND : GIT_ERROR;
  struct stat status {};
  int code = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 0 : GIT_ERROR;
  const auto size = static_cast<std::size_t>(status.st_size);
  bytes.resize(code == 0 ? std::min(size, max) : 0);
  std::size_t done = 0;
  while (code == 0 && done < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) code = GIT_ERROR;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  ::close(fd);
  return code;
}

class Inflater {
 public:
  explicit Inflater(std::string_view input) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    ready_ = inflateInit(&stream_) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills the buffer as far as the input goes; the number of bytes, or nothing if it is no zlib
  /// stream.
  std::optional<std::size_t> take(char* buffer, std::size_t size) {
    if (!ready_) return std::nullopt;
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(size);
    const int code = inflate(&stream_, Z_SYNC_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return std::nullopt;
    ended_ = code == Z_STREAM_END;
    return size - stream_.avail_out;
  }
  /// The stream ended where the input ended.
  bool complete() {
    char one = 0;
    if (!ended_ && take(&one, 1) != std::size_t{0}) return false;
    return ended_ && stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
};

struct Header {
  git_object_t type = GIT_OBJECT_INVALID;
  std::size_t size = 0;
  std::size_t length = 0;  ///< of the header itself, with its NUL
};

/// Reads `type SP size NUL`.
std::optional<Header> parse_header(std::string_view bytes) {
  const std::size_t end = bytes.find('\0');
  const std::size_t space = bytes.find(' ');
  if (end == std::string_view::npos || space > end) return std::nullopt;
  Header header;
  header.type = git_object_string2type(std::string(bytes.substr(0, space)).c_str());
  const char* last = bytes.data() + end;
  const auto parsed = std::from_chars(bytes.data() + space + 1, last, header.size);
  if (parsed.ec != std::errc() || parsed.ptr != last) return std::nullopt;
  if (git_object_typeisloose(header.type) == 0 || header.size > kMaxFile) return std::nullopt;
  header.length = end + 1;
  return header;
}

int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* id) try {
  std::string bytes;
  const int code = read_file(loose_path(ours(backend).objects, *id), 256, bytes);
  if (code == GIT_ERROR) return corrupt(*id, "cannot be opened");
  if (code < 0) return code;
  Inflater inflater(bytes);
  std::array<char, kMaxHeader> start{};
  const auto got = inflater.take(start.data(), start.size());
  const auto header = got ? parse_header({start.data(), *got}) : std::nullopt;
  if (!header) return corrupt(*id, "has no header");
  *size = header->size;
  *type = header->type;
  return 0;
} catch (const std::bad_alloc&) {
  return corrupt(*id, "needs too much memory");
}

/// The body, in memory that libgit2 will free.
int inflate_body(Inflater& inflater, std::string_view begun, std::size_t size, char* body) {
  if (begun.size() > size) return GIT_ERROR;
  std::memcpy(body, begun.data(), begun.size());
  const auto rest = inflater.take(body + begun.size(), size - begun.size());
  if (!rest || *rest != size - begun.size() || !inflater.complete()) return GIT_ERROR;
  body[size] = '\0';  // as libgit2's own backends do
  return 0;
}

int read_object(void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* id) try {
  std::string bytes;
  int code = read_file(loose_path(ours(backend).objects, *id), kMaxFile, bytes);
  if (code == GIT_ERROR) return corrupt(*id, "cannot be opened");
  if (code < 0) return code;
  Inflater inflater(bytes);
  std::array<char, kMaxHeader> start{};
  const auto got = inflater.take(start.data(), start.size());
  const auto header = got ? parse_header({start.data(), *got}) : std::nullopt;
  if (!header) return corrupt(*id, "has no header");
  char* body = static_cast<char*>(git_odb_backend_data_alloc(backend, header->size + 1));
  if (body == nullptr) return GIT_ERROR;
  const std::string_view begun(start.data() + header->length, *got - header->length);
  code = inflate_body(inflater, begun, header->size, body);
  if (code < 0) {
    git_odb_backend_data_free(backend, body);
    return corrupt(*id, "is cut short or has another length than it says");
  }
  *data = body;
  *size = header->size;
  *type = header->type;
  return 0;
} catch (const std::bad_alloc&) {
  return corrupt(*id, "needs too much memory");
}

/// Listing is the other backends' work, but libgit2 calls this without asking whether it is there.
int list_nothing(git_odb_backend*, git_odb_foreach_cb, void*) { return 0; }

void free_backend(git_odb_backend* backend) { delete reinterpret_cast<Backend*>(backend); }

git_odb_backend* make_backend(const std::string& objects) {
  auto backend = std::make_unique<Backend>();
  git_odb_init_backend(&backend->base, GIT_ODB_BACKEND_VERSION);
  backend->base.read = read_object;
  backend->base.read_header = read_header;
  backend->base.foreach = list_nothing;
  backend->base.free = free_backend;
  backend->objects = objects;
  return &backend.release()->base;  // the database frees it
}

/// One objects directory: packs first, which is where nearly all objects are, then our reader; what
/// is left to libgit2's loose backend is writing and listing.
int add_directory(git_odb* odb, const std::string& objects, bool alternate) {
  const auto add = alternate ? git_odb_add_alternate : git_odb_add_backend;
  git_odb_backend* backend = nullptr;
  int code = git_odb_backend_pack(&backend, objects.c_str());
  if (code == 0) code = add(odb, backend, 3);
  if (code == 0) code = add(odb, make_backend(objects), 2);
  if (code == 0) code = git_odb_backend_loose(&backend, objects.c_str(), -1, 1, 0700, 0444);
  if (code == 0) code = add(odb, backend, 1);
  return code;
}

}  // namespace

Result<OdbPtr> open_objects(const std::string& objects) {
  git_odb* odb = nullptr;
  int code = git_odb_new(&odb);
  OdbPtr owned(odb);
  if (code == 0) code = add_directory(odb, objects, false);
  std::ifstream alternates(objects + "/info/alternates");
  for (std::string line; code == 0 && std::getline(alternates, line);) {
    if (line.starts_with('/')) code = add_directory(odb, line, true);
  }
  if (code < 0) return git_failure(code, "opening " + objects);
  return owned;
}

}  // namespace camp::git
