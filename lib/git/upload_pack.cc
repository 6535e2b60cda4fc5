// SPDX-License-Identifier: MIT
#include "git/upload_pack.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/terminal.h"
#include "git/git_program.h"

namespace camp::git {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::size_t kMostLineBytes = 65'520;
/// Tags and other references are read past, up to as many for each branch that we allow.
constexpr std::size_t kOtherReferences = 10;
constexpr std::size_t kPackHeader = 12;

tl::unexpected<Error> not_git(const std::string& what) {
  return fail(Kind::network, "the other side does not speak as git does: " + what,
              "look whether the address is that of a community");
}

/// What the other side says, for a message.
std::string said(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return for_terminal_line(text.substr(0, 200));
}

bool is_oid(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string packet(std::string_view line) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t size = line.size() + 4;
  std::string out;
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[size >> shift & 15];
  return out.append(line);
}

constexpr std::string_view kFlush = "0000";

std::optional<std::size_t> length_of(std::string_view digits) {
  std::size_t value = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<std::size_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value * 16 + static_cast<std::size_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

/// Whether a list of words holds one.
bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

struct UploadPack::State {
  ChildProcess program;
  TransferLimits limits;
  std::vector<Branch> branches;
  std::string buffer;  ///< read and not yet used
  std::size_t used = 0;

  State(ChildProcess child, const TransferLimits& bounds)
      : program(std::move(child)), limits(bounds) {}

  /// The next `size` bytes; they are valid until the next call. Fewer only if there are no more.
  Result<std::string_view> take(std::size_t size);
  /// The next line without its length; nothing for a flush.
  Result<std::optional<std::string_view>> line();
  Result<void> read_branches();
  Result<void> note_reference(std::string_view line, std::string_view& capabilities);
  Result<void> read_pack(const std::function<Result<void>(std::string_view)>& sink);
  /// Why the conversation ended where an answer was expected.
  tl::unexpected<Error> broken_off();
};

Result<std::string_view> UploadPack::State::take(std::size_t size) {
  while (buffer.size() - used < size) {
    std::string more = CAMP_TRY(program.read());
    if (more.empty()) break;
    if (used > 0) buffer.erase(0, std::exchange(used, 0));
    buffer += more;
  }
  const std::string_view taken = std::string_view(buffer).substr(used, size);
  used += taken.size();
  return taken;
}

tl::unexpected<Error> UploadPack::State::broken_off() {
  const auto ended = program.finish();
  if (!ended) return tl::unexpected<Error>(ended.error());
  const std::string words = said(ended->errors);
  return fail(Kind::network, "the other side broke off" + (words.empty() ? "" : ": " + words),
              "look whether the address is right and whether you may read there");
}

Result<std::optional<std::string_view>> UploadPack::State::line() {
  const std::string_view digits = CAMP_TRY(take(4));
  if (digits.empty()) return broken_off();
  const auto size = digits.size() == 4 ? length_of(digits) : std::nullopt;
  if (!size || *size > kMostLineBytes || (*size != 0 && *size < 4)) return not_git(said(digits));
  if (*size == 0) return std::nullopt;
  const std::string_view text = CAMP_TRY(take(*size - 4));
  if (text.size() != *size - 4) return broken_off();
  if (text.starts_with("ERR ")) {
    return fail(Kind::refused, "the other side says no: " + said(text.substr(4)));
  }
  return text;
}

Result<void> UploadPack::State::note_reference(std::string_view text,
                                               std::string_view& capabilities) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (const auto end = text.find('\0'); end != std::string_view::npos) {
    capabilities = text.substr(end + 1);
    text = text.substr(0, end);
  }
  if (text.size() < 42 || text[40] != ' ' || !is_oid(text.substr(0, 40))) {
    return not_git(said(text));
  }
  const std::string_view name = text.substr(41);
  if (!name.starts_with(kHeads)) return {};
  if (branches.size() == limits.branches) {
    return fail(Kind::refused,
                "the other side has more than " + std::to_string(limits.branches) + " branches");
  }
  branches.push_back({std::string(name.substr(kHeads.size())), std::string(text.substr(0, 40))});
  return {};
}

Result<void> UploadPack::State::read_branches() {
  std::string capabilities;
  std::size_t count = 0;
  for (; const auto text = CAMP_TRY(line()); ++count) {
    if (count > limits.branches * kOtherReferences) {
      return fail(Kind::refused, "the other side has too many references");
    }
    std::string_view listed;
    CAMP_TRY(note_reference(*text, listed));
    if (count == 0) capabilities = listed;
  }
  if (count == 0) return {};  // an empty repository
  if (!has_word(capabilities, "side-band-64k") || !has_word(capabilities, "ofs-delta")) {
    return not_git("it lacks side-band-64k");
  }
  std::sort(branches.begin(), branches.end(),
            [](const Branch& a, const Branch& b) { return a.name < b.name; });
  return {};
}

Result<void> UploadPack::State::read_pack(
    const std::function<Result<void>(std::string_view)>& sink) {
  std::uint64_t bytes = 0;
  std::string header;
  while (const auto text = CAMP_TRY(line())) {
    if (text->empty()) return not_git("an empty band");
    // The first commit in common is acknowledged once more for each have that it implies.
    if (bytes == 0 && text->starts_with("ACK ")) continue;
    const std::string_view rest = text->substr(1);
    if (text->front() == 2) continue;  // progress, which nobody asked for
    if (text->front() == 3) {
      return fail(Kind::network, "the other side failed: " + said(rest), "try again later");
    }
    if (text->front() != 1) return not_git("an unknown band");
    bytes += rest.size();
    if (bytes > limits.pack_bytes) {
      return fail(Kind::refused, "the other side sends more than " +
                                     std::to_string(limits.pack_bytes >> 20) + " MiB");
    }
    if (header.size() < kPackHeader) {
      header += rest.substr(0, kPackHeader - header.size());
      if (header.size() == kPackHeader) {
        std::uint64_t count = 0;
        for (const char c : header.substr(8)) count = count << 8 | static_cast<unsigned char>(c);
        if (!header.starts_with("PACK")) return not_git("no pack");
        if (count > limits.objects) {
          return fail(Kind::refused, "the other side sends " + std::to_string(count) +
                                         " objects, more than the " +
                                         std::to_string(limits.objects) + " allowed");
        }
      }
    }
    CAMP_TRY(sink(rest));
  }
  return {};
}

UploadPack::UploadPack(std::unique_ptr<State> state) : state_(std::move(state)) {}
UploadPack::UploadPack(UploadPack&&) noexcept = default;
UploadPack& UploadPack::operator=(UploadPack&&) noexcept = default;
UploadPack::~UploadPack() = default;

Result<UploadPack> UploadPack::start(ProcessSpec program, const TransferLimits& limits) {
  program.timeout = limits.timeout;
  auto child = CAMP_TRY(ChildProcess::start(program));
  auto state = std::make_unique<State>(std::move(child), limits);
  CAMP_TRY(state->read_branches());
  return UploadPack(std::move(state));
}

const std::vector<Branch>& UploadPack::branches() const { return state_->branches; }

Result<void> UploadPack::fetch(const std::vector<Oid>& wants, const std::vector<Oid>& haves,
                               const std::function<Result<void>(std::string_view)>& sink) {
  if (wants.empty()) return leave();
  std::string request;
  for (const Oid& want : wants) {
    const bool first = request.empty();
    request += packet("want " + want +
                      (first ? " side-band-64k ofs-delta no-progress agent=camp\n" : "\n"));
  }
  request += kFlush;
  for (const Oid& have : haves) request += packet("have " + have + "\n");
  request += packet("done\n");
  CAMP_TRY(state_->program.write(request));
  // Without multi_ack there is one answer: the first commit in common, or that there is none.
  const auto answer = CAMP_TRY(state_->line());
  if (!answer || (!answer->starts_with("ACK ") && !answer->starts_with("NAK"))) {
    return not_git(said(answer.value_or("")));
  }
  CAMP_TRY(state_->read_pack(sink));
  CAMP_TRY(state_->program.finish());
  return {};
}

Result<void> UploadPack::leave() {
  CAMP_TRY(state_->program.write(kFlush));
  CAMP_TRY(state_->program.finish());
  return {};
}

ProcessSpec local_upload_pack(const std::string& repository,
                              const std::vector<std::string>& hidden) {
  GitCall call;
  // Nothing but what an advertised branch reaches, whatever the repository's own settings say.
  for (const char* setting : {"uploadpack.allowAnySHA1InWant", "uploadpack.allowTipSHA1InWant",
                              "uploadpack.allowReachableSHA1InWant", "uploadpack.allowFilter"}) {
    call.arguments.insert(call.arguments.end(), {"-c", std::string(setting) + "=false"});
  }
  for (const std::string& prefix : hidden) {
    std::string reference = "refs/heads/" + prefix;
    if (reference.ends_with('/')) reference.pop_back();
    call.arguments.insert(call.arguments.end(), {"-c", "uploadpack.hideRefs=" + reference});
  }
  call.arguments.insert(call.arguments.end(), {"upload-pack", "--strict", repository});
  return git_process(call);
}

Result<void> become_upload_pack(const std::string& repository,
                                const std::vector<std::string>& hidden) {
  return become_process(local_upload_pack(repository, hidden));
}

}  // namespace camp::git
