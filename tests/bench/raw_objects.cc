// SPDX-License-Identifier: MIT
#include "raw_objects.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/file.h"

namespace camp::bench {
namespace {

std::string sha1_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha1(), nullptr);
  return to_hex({reinterpret_cast<const char*>(digest), size});
}

/// At the speed that git uses for loose objects.
std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size,
            reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_BEST_SPEED);
  out.resize(size);
  return out;
}

Result<std::string> inflated(const std::string& bytes) {
  for (std::size_t room = 16 << 10; room <= 64u << 20; room *= 4) {
    std::string out(room, '\0');
    uLongf size = room;
    const int code = uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    if (code == Z_OK) {
      out.resize(size);
      return out;
    }
  }
  return fail(Kind::damaged, "a loose object cannot be inflated");
}

bool sync_at(const std::string& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() && ::fsync(fd.get()) == 0;
}

bool put(const std::string& directory, const std::string& name, std::string_view bytes) {
  const std::string temporary = directory + "/tmp_" + name;
  {
    const FileDescriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (!fd.valid()) return false;
    if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      return false;
    }
    if (::fsync(fd.get()) != 0) return false;
  }
  const std::string place = directory + "/" + name;
  return ::rename(temporary.c_str(), place.c_str()) == 0 && sync_at(directory);
}

}  // namespace

void make_fan_out(const std::string& objects) {
  for (unsigned i = 0; i < 256; ++i) {
    std::filesystem::create_directories(fmt::format("{}/{:02x}", objects, i));
  }
}

Result<RawObjects> RawObjects::create(const std::string& path) {
  std::filesystem::remove_all(path);
  make_fan_out(path);
  return RawObjects(path);
}

Result<void> RawObjects::write_commit(const RawObject* objects, std::size_t count) {
  std::string last;
  for (std::size_t i = 0; i < count; ++i) {
    last = sha1_hex(objects[i]);
    if (!put(path_ + "/" + last.substr(0, 2), last.substr(2), deflated(objects[i]))) {
      return fail(Kind::failed, "cannot write below " + path_);
    }
  }
  if (put(path_, "reference", last + "\n")) return {};
  return fail(Kind::failed, "cannot write " + path_);
}

std::set<std::string> loose_names(const std::string& repository) {
  std::set<std::string> names;
  for (unsigned i = 0; i < 256; ++i) {
    const std::string part = fmt::format("{:02x}", i);
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(repository + "/objects/" + part, error)) {
      names.insert(part + "/" + entry.path().filename().string());
    }
  }
  return names;
}

Result<std::vector<RawObject>> read_loose(const std::string& repository,
                                          const std::vector<std::string>& names) {
  std::vector<RawObject> objects;
  for (const std::string& name : names) {
    std::ifstream file(repository + "/objects/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    objects.push_back(CAMP_TRY(inflated(bytes)));
  }
  return objects;
}

}  // namespace camp::bench
