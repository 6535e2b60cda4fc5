// SPDX-License-Identifier: MIT
#include "base/file.h"

#include "base/file_system.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "catch.h"

using namespace camp;
namespace fs = std::filesystem;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "camp-file-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path path() const { return path_; }
  std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

void put(const std::string& path, std::string_view bytes, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary) << bytes;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

ino_t inode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_ino;
}

ino_t inode_of(int fd) {
  struct stat found {};
  REQUIRE(::fstat(fd, &found) == 0);
  return found.st_ino;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

// Runs `body` in a child process that has a small tmpfs of its own at `where`; -1 if this machine
// does not allow it.
int on_a_small_disk(const std::string& where, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=64k,mode=0700") != 0) {
      ::_exit(99);
    }
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 98;
  return code == 99 ? -1 : code;
}

}  // namespace

TEST_CASE("A file is written, read, replaced and removed") {
  const TemporaryDirectory temporary;
  const auto how = GENERATE(Resolution::kernel, Resolution::by_parts);
  const Directory root = Directory::open(temporary.path().string(), how).value();
  REQUIRE(root.create("a/b/c").has_value());
  REQUIRE(root.create("a/b/c").has_value());
  CHECK(root.status("a/b").value().mode == 0700);

  REQUIRE(root.write_file_atomically("a/b/c/x", "one").has_value());
  CHECK(root.read_file("a/b/c/x", 3).value() == "one");
  CHECK(root.status("a/b/c/x").value().mode == 0600);
  CHECK(root.status("a/b/c/x").value().size == 3);
  REQUIRE(root.write_file_atomically("a/b/c/x", "second", 0644).has_value());
  CHECK(root.read_file("a/b/c/x", 100).value() == "second");
  CHECK(root.status("a/b/c/x").value().mode == 0644);
  CHECK(root.list("a/b/c").value() == std::vector<std::string>{"x"});

  CHECK(root.exists("a/b/c/x"));
  REQUIRE(root.rename("a/b/c/x", "y").has_value());
  CHECK_FALSE(root.exists("a/b/c/x"));
  CHECK(root.open_beneath("a").value().list(".").value() == std::vector<std::string>{"b"});
  REQUIRE(root.remove_file("y").has_value());
  CHECK(root.remove_file("y").error().kind == Kind::not_found);
  CHECK(root.read_file("y", 1).error().kind == Kind::not_found);
  CHECK(root.list("nowhere").error().kind == Kind::not_found);
}

TEST_CASE("Reading stops at the size the caller allows") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  REQUIRE(root.write_file_atomically("x", std::string(70'000, 'x')).has_value());
  CHECK(root.read_file("x", 70'000).value().size() == 70'000);
  CHECK(root.read_file("x", 69'999).error().kind == Kind::refused);
  // Files below /proc have no size beforehand.
  const Directory proc = Directory::open("/proc").value();
  CHECK(proc.read_file("version", 4096).value().starts_with("Linux"));
  CHECK(proc.read_file("version", 3).error().kind == Kind::refused);
}

TEST_CASE("A listing is sorted by bytes and holds every name") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  for (const char* name : {"b", "a", "B", "\xc3\xa9", ".hidden"}) put(temporary.at(name), "");
  CHECK(root.list(".").value() == std::vector<std::string>{".hidden", "B", "a", "b", "\xc3\xa9"});
}

TEST_CASE("Creating exclusively never replaces") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  REQUIRE(root.create_file_exclusively("x", "one").has_value());
  CHECK(root.create_file_exclusively("x", "two").error().kind == Kind::conflict);
  CHECK(root.read_file("x", 100).value() == "one");
  CHECK(root.list(".").value() == std::vector<std::string>{"x"});
}

TEST_CASE("A path that is not plain and relative is refused") {
  const TemporaryDirectory temporary;
  const auto how = GENERATE(Resolution::kernel, Resolution::by_parts);
  const Directory root = Directory::open(temporary.path().string(), how).value();
  const std::string path = GENERATE(
      std::string(), std::string("/etc/passwd"), std::string("../x"), std::string("a/../x"),
      std::string("a/.."), std::string("a//x"), std::string("a/"), std::string("./x"),
      std::string(".."), std::string("x\0y", 3), std::string(5000, 'x'), std::string(256, 'x'));
  INFO(path);
  CHECK(root.read_file(path, 10).error().kind == Kind::refused);
  CHECK(root.write_file_atomically(path, "x").error().kind == Kind::refused);
  CHECK(root.create(path).error().kind == Kind::refused);
  CHECK(root.remove_tree(path).error().kind == Kind::refused);
  CHECK(root.remove_file(path).error().kind == Kind::refused);
  CHECK(root.list(path).error().kind == Kind::refused);
  CHECK(root.rename(path, "y").error().kind == Kind::refused);
  CHECK_FALSE(root.exists(path));
}

TEST_CASE("A symbolic link is never followed, at the end or on the way") {
  const TemporaryDirectory temporary;
  const TemporaryDirectory elsewhere;
  const auto how = GENERATE(Resolution::kernel, Resolution::by_parts);
  const Directory root = Directory::open(temporary.path().string(), how).value();
  put(elsewhere.at("secret"), "secret");
  fs::create_symlink(elsewhere.path(), temporary.at("dir"));
  fs::create_symlink(elsewhere.at("secret"), temporary.at("file"));
  fs::create_symlink("real", temporary.at("inside"));
  put(temporary.at("real"), "real");
  fs::create_directory(temporary.at("realdir"));
  put(temporary.at("realdir/x"), "x");
  fs::create_directory_symlink("realdir", temporary.at("insidedir"));

  for (const std::string path : {"dir/secret", "file", "inside", "insidedir/x"}) {
    INFO(path);
    CHECK(root.read_file(path, 100).error().kind == Kind::refused);
    CHECK_FALSE(root.exists(path));
  }
  CHECK(root.open_beneath("dir").error().kind == Kind::refused);
  CHECK(root.list("dir").error().kind == Kind::refused);
  CHECK(root.create("dir/new").error().kind == Kind::refused);
  CHECK(root.write_file_atomically("dir/new", "x").error().kind == Kind::refused);
  CHECK(root.remove_file("dir/secret").error().kind == Kind::refused);
  CHECK(root.rename("real", "dir/real").error().kind == Kind::refused);
  // Replacing a link replaces the link, not what it names.
  REQUIRE(root.write_file_atomically("file", "mine").has_value());
  CHECK(Directory::open(elsewhere.path().string()).value().read_file("secret", 9).value() ==
        "secret");
}

TEST_CASE("A named pipe or device in the place of a file is refused without waiting") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  REQUIRE(::mkfifo(temporary.at("pipe").c_str(), 0600) == 0);
  CHECK(root.read_file("pipe", 10).error().kind == Kind::refused);
  CHECK(root.read_file(".", 10).error().kind == Kind::refused);
  CHECK(Directory::open("/dev").value().read_file("null", 10).error().kind == Kind::refused);
}

TEST_CASE("Removing a tree takes links away and leaves what they name") {
  const TemporaryDirectory temporary;
  const TemporaryDirectory elsewhere;
  const Directory root = Directory::open(temporary.path().string()).value();
  put(elsewhere.at("precious"), "precious");
  REQUIRE(root.create("tree/a/b").has_value());
  put(temporary.at("tree/a/b/file"), "x");
  fs::create_symlink(elsewhere.path(), temporary.at("tree/a/link"));
  fs::create_symlink(elsewhere.path(), temporary.at("toplink"));
  REQUIRE(root.remove_tree("tree").has_value());
  REQUIRE(root.remove_tree("toplink").has_value());
  REQUIRE(root.remove_tree("tree").has_value());
  REQUIRE(root.remove_tree("no/such/place").has_value());
  CHECK(root.list(".").value().empty());
  CHECK(fs::exists(elsewhere.at("precious")));
}

TEST_CASE("A tree that is nested without end is refused, not followed down the stack") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  std::string path = "t";
  for (int i = 0; i < 200; ++i) path += "/t";
  REQUIRE(root.create(path).has_value());
  CHECK(root.remove_tree("t").error().kind == Kind::refused);
}

TEST_CASE("What a killed writer left is found and removed") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  put(temporary.at(".camp-tmp-0011223344556677"), "half");
  put(temporary.at("kept"), "whole");
  REQUIRE(root.remove_temporaries(".").has_value());
  CHECK(root.list(".").value() == std::vector<std::string>{"kept"});
}

TEST_CASE("A write that fails leaves the old file and no temporary one") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  REQUIRE(root.create("directory/full").has_value());
  put(temporary.at("directory/full/x"), "x");
  // A directory that is not empty cannot be replaced by a file: the rename is what fails.
  REQUIRE_FALSE(root.write_file_atomically("directory/full", "new").has_value());
  CHECK(root.list("directory").value() == std::vector<std::string>{"full"});
}

TEST_CASE("A full disk is told as such, leaves the old file and recovers") {
  const TemporaryDirectory temporary;
  const int code = on_a_small_disk(temporary.path().string(), [&] {
    const auto root = Directory::open(temporary.path().string());
    if (!root || !root->write_file_atomically("x", "old")) return 1;
    const auto result = root->write_file_atomically("x", std::string(1 << 20, 'n'));
    if (result || result.error().kind != Kind::failed) return 2;
    if (result.error().message.find("no space left on the disk") == std::string::npos) return 3;
    if (result.error().hint.empty()) return 4;
    if (root->read_file("x", 100).value_or("") != "old") return 5;
    if (root->list(".").value_or(std::vector<std::string>{}).size() != 1) return 6;
    if (!root->write_file_atomically("x", "new")) return 7;
    const auto space = free_space(root->fd());
    if (!space || space->total_bytes != 65536 || space->bytes >= space->total_bytes) return 8;
    return 0;
  });
  if (code == -1) {
    WARN("skipped: mounting a small file system needs root and mount namespaces");
  } else {
    CHECK(code == 0);
  }
}

TEST_CASE("No operation leaks a descriptor, whether it succeeds or fails") {
  const TemporaryDirectory temporary;
  const auto how = GENERATE(Resolution::kernel, Resolution::by_parts);
  const std::size_t before = open_descriptors();
  {
    const Directory root = Directory::open(temporary.path().string(), how).value();
    fs::create_symlink("/etc", temporary.at("link"));
    CHECK(root.create("a/b").has_value());
    CHECK(root.write_file_atomically("a/b/x", "x").has_value());
    CHECK_FALSE(root.write_file_atomically("link/x", "x").has_value());
    CHECK_FALSE(root.read_file("a/b", 10).has_value());
    CHECK_FALSE(root.read_file("a/b/x", 0).has_value());
    CHECK_FALSE(root.create_file_exclusively("a/b/x", "x").has_value());
    CHECK(root.list("a/b").has_value());
    CHECK(root.remove_tree("a").has_value());
    CHECK(FileLock::try_acquire(root, "lock").has_value());
    CHECK_FALSE(Directory::open_private(temporary.at("link")).has_value());
    CHECK(open_descriptors() == before + 1);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("E51 a community directory that is a symbolic link is refused") {
  const TemporaryDirectory temporary;
  fs::create_symlink("/etc", temporary.at("posts"));
  const auto opened = Directory::open_private(temporary.at("posts/"));
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message.find("symbolic link") != std::string::npos);
}

TEST_CASE("E51 a directory that others can write is refused") {
  const TemporaryDirectory temporary;
  const std::string path = temporary.path().string();
  CHECK(Directory::open_private(path).has_value());
  const auto mode = GENERATE(mode_t{0770}, mode_t{0702}, mode_t{0777}, mode_t{01777});
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  const auto opened = Directory::open_private(path);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().hint.find("chmod") != std::string::npos);
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  CHECK(Directory::open_private(path).has_value());
}

TEST_CASE("E51 a key file that others can read is refused") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  put(temporary.at("key"), "secret", 0600);
  CHECK(root.read_private_file("key", 100).value() == "secret");
  const auto mode = GENERATE(mode_t{0644}, mode_t{0640}, mode_t{0604}, mode_t{0620});
  REQUIRE(::chmod(temporary.at("key").c_str(), mode) == 0);
  CHECK(root.read_private_file("key", 100).error().kind == Kind::refused);
  fs::create_symlink("key", temporary.at("link"));
  CHECK(root.read_private_file("link", 100).error().kind == Kind::refused);
}

TEST_CASE("E51 what belongs to another user is refused with that user's name") {
  if (::geteuid() != 0) {
    WARN("skipped: giving a file away needs root");
    return;
  }
  const TemporaryDirectory temporary;
  const std::string path = temporary.at("theirs");
  fs::create_directory(path);
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
  REQUIRE(::chown(path.c_str(), 1, 1) == 0);
  const auto opened = Directory::open_private(path);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == Kind::refused);
  CHECK(opened.error().hint.starts_with("run camp as "));
}

TEST_CASE("E52 a directory swapped for a link after the check is not opened") {
  const TemporaryDirectory temporary;
  const std::string path = temporary.at("community");
  fs::create_directory(path);
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
  REQUIRE(Directory::open_private(path).has_value());
  fs::rename(path, temporary.at("moved"));
  fs::create_symlink("/etc", path);
  CHECK(Directory::open_private(path).error().kind == Kind::refused);
}

TEST_CASE("E52 an open directory stays the one that was checked") {
  const TemporaryDirectory temporary;
  const std::string path = temporary.at("community");
  fs::create_directory(path);
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
  const ino_t inode = inode_of(path);
  const Directory opened = Directory::open_private(path).value();
  fs::rename(path, temporary.at("moved"));
  fs::create_directory(path);
  CHECK(inode_of(opened.fd()) == inode);
  REQUIRE(opened.write_file_atomically("x", "x").has_value());
  CHECK(fs::exists(temporary.at("moved/x")));
  CHECK_FALSE(fs::exists(temporary.at("community/x")));
}

TEST_CASE("E52 swapping names all the time never leads an open astray") {
  const TemporaryDirectory temporary;
  const TemporaryDirectory elsewhere;
  const auto how = GENERATE(Resolution::kernel, Resolution::by_parts);
  const Directory root = Directory::open(temporary.path().string(), how).value();
  REQUIRE(root.create("dir").has_value());
  put(temporary.at("dir/x"), "ours");
  put(elsewhere.at("x"), "theirs");
  fs::create_symlink(elsewhere.path(), temporary.at("link"));
  const ino_t inode = inode_of(temporary.at("dir"));

  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop) {
      ::syscall(SYS_renameat2, AT_FDCWD, temporary.at("dir").c_str(), AT_FDCWD,
                temporary.at("link").c_str(), RENAME_EXCHANGE);
    }
  });
  int opened = 0;
  int refused = 0;
  bool astray = false;
  for (int i = 0; i < 4000; ++i) {
    if (const auto bytes = root.read_file("dir/x", 100)) astray = astray || *bytes != "ours";
    if (const auto dir = Directory::open_private(temporary.at("dir"), how)) {
      ++opened;
      astray = astray || inode_of(dir->fd()) != inode;
    } else {
      ++refused;
    }
  }
  stop = true;
  swapper.join();
  CHECK_FALSE(astray);
  CHECK(opened + refused == 4000);
}

TEST_CASE("A lock keeps others out until it is let go") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  {
    const auto first = FileLock::try_acquire(root, "lock");
    REQUIRE(first.has_value());
    const auto second = FileLock::try_acquire(root, "lock");
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().kind == Kind::busy);
    CHECK_FALSE(second.error().hint.empty());
    CHECK(FileLock::acquire(root, "lock", 5).error().kind == Kind::busy);
  }
  CHECK(FileLock::acquire(root, "lock", 0).has_value());
  CHECK(root.status("lock").value().mode == 0600);
}

TEST_CASE("A lock of a process that died is free at once") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(root, "lock");
    ::_exit(lock ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CHECK(FileLock::try_acquire(root, "lock").has_value());
}

TEST_CASE("Writers that wait for the lock come one after the other") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  int counter = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto lock = FileLock::acquire(root, "lock", 60'000);
        if (!lock) ++failures;
        ++counter;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(counter == 100);
}

TEST_CASE("A lock is not made through a symbolic link") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  fs::create_symlink(temporary.at("other"), temporary.at("lock"));
  CHECK(FileLock::try_acquire(root, "lock").error().kind == Kind::refused);
  CHECK_FALSE(fs::exists(temporary.at("other")));
}

TEST_CASE("Network and FUSE file systems are told from local ones") {
  CHECK(is_network_file_system_type(0x6969));
  CHECK(is_network_file_system_type(0x65735546));
  CHECK(is_network_file_system_type(0xff534d42));
  CHECK(is_network_file_system_type(0xfe534d42));
  CHECK_FALSE(is_network_file_system_type(0xef53));      // ext4
  CHECK_FALSE(is_network_file_system_type(0x01021994));  // tmpfs
  CHECK_FALSE(is_network_file_system_type(0x9123683e));  // btrfs
  CHECK(is_network_file_system(-1));
  CHECK_FALSE(is_network_file_system(Directory::open("/proc").value().fd()));
}

TEST_CASE("Free space is told in bytes and inodes") {
  const TemporaryDirectory temporary;
  const Directory root = Directory::open(temporary.path().string()).value();
  const FreeSpace space = free_space(root.fd()).value();
  CHECK(space.total_bytes > 0);
  CHECK(space.bytes <= space.total_bytes);
  CHECK(free_space(-1).error().kind == Kind::failed);
}
