// SPDX-License-Identifier: MIT
#include "fed/git_http.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/process.h"
#include "crypto/digest.h"
#include "fed/access_token.h"
#include "fed/reception.h"
#include "fed/ssh_command.h"
#include "git/git_program.h"
#include "git/gunzip.h"
#include "git/upload_pack.h"
#include "git/upload_request.h"
#include "store/gate.h"

namespace camp::fed {
namespace {

using What = GitRoute::What;

constexpr std::string_view kGit = "/git/", kMedia = "/clone/media/", kSubmit = "/clone/submit";
constexpr std::string_view kRefs = ".git/info/refs", kPack = ".git/git-upload-pack";
constexpr std::string_view kService = "service=git-upload-pack";
constexpr std::string_view kRequestType = "application/x-git-upload-pack-request";
constexpr std::size_t kMaxPackedRequest = 1u << 20;
constexpr std::size_t kMaxAdvertisement = 4u << 20;
constexpr std::size_t kMostLines = 1'000;
constexpr auto kAdvertising = std::chrono::seconds(10);
constexpr auto kPacking = std::chrono::minutes(10);
constexpr int kRetryAfter = 10;  // seconds

bool reads(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// --- answers

http::Response answer(int status, std::string_view type, std::string body) {
  http::Response response{.status = status, .headers = {}, .body = std::move(body), .more = {}};
  response.headers.set("Content-Type", type);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

/// For people whom we know: why it was not done.
http::Response problem(const Error& error) {
  std::string said = error.message + "\n";
  if (!error.hint.empty()) said += error.hint + "\n";
  const bool busy = error.kind == Kind::busy;
  if (!busy && error.kind != Kind::refused) said = "this server could not do it\n";
  http::Response response = answer(busy                          ? 503
                                   : error.kind == Kind::refused ? 403
                                                                 : 500,
                                   "text/plain; charset=utf-8", std::move(said));
  if (busy) response.headers.set("Retry-After", std::to_string(kRetryAfter));
  return response;
}

http::Response bad_request(int status, std::string_view said) {
  return answer(status, "text/plain; charset=utf-8", std::string(said) + "\n");
}

// --- who asks

/// Nobody in particular, or a member.
struct Reader {
  std::optional<OwnerId> member;
  Bearer bearer = Bearer::member;
};

/// Whom a token is for: a handle or an id.
Result<OwnerId> member_named(const model::CommunityState& state, const std::string& name) {
  const OwnerId* found = state.by_handle(name);
  const auto id = OwnerId::parse(name);
  if (found == nullptr && id && state.members.contains(*id)) found = &*id;
  if (found == nullptr || state.members.at(*found).state == "removed") {
    return fail(Kind::refused, "a token of somebody who is no member");
  }
  return *found;
}

std::string scope_of(const GitRoute& route) {
  if (route.what == What::submit) return submit_scope();
  return route.what == What::media ? media_scope(route.repository) : fetch_scope(route.repository);
}

/// Checks the token of a request. Without one it is nobody; a token that does not hold opens
/// nothing at all, not even what is public.
Result<Reader> reader_of(const store::Community& community, std::string_view host,
                         const GitRoute& route, const http::Request& request) {
  const auto fields = request.headers.all("Authorization");
  if (fields.empty()) return Reader{};
  constexpr std::string_view kBearer = "Bearer ";
  if (fields.size() != 1 || !fields.front().starts_with(kBearer)) {
    return fail(Kind::refused, "another kind of authorization");
  }
  const auto token = CAMP_TRY(read_access_token(fields.front().substr(kBearer.size())));
  const OwnerId member = CAMP_TRY(member_named(CAMP_TRY(community.state()), token.member));
  const bool changes = request.method == "POST" && route.what != What::upload_pack;
  const TokenUse use{.host = std::string(host),
                     .scope = scope_of(route),
                     .body = changes ? crypto::sha256_hex(request.body) : std::string(),
                     .now_ms = community.env().now_ms()};
  std::string code_digest;
  if (!token.claim.empty()) {
    code_digest = CAMP_TRY(community.keyring().claim(member)).value_or(std::string());
  }
  const auto keys = CAMP_TRY(community.keys_of(member));
  const Bearer bearer = CAMP_TRY(judge_access_token(token, use, keys, code_digest));
  return Reader{member, bearer};
}

Result<store::RepositoryGrant> grant_for(const store::Community& community, const Reader& reader,
                                         const GitRoute& route) {
  if (reader.member && reader.bearer == Bearer::claimant &&
      (route.repository != store::kLocal || route.what == What::media)) {
    return fail(Kind::not_found, "there is no such repository");
  }
  auto grant = reader.member ? store::Gate::grant(route.repository, store::Member{*reader.member})
                             : store::Gate::grant(route.repository, store::Anyone{});
  if (grant && !community.directory().exists(grant->repository() + ".git")) {
    return fail(Kind::not_found, "there is no such repository");
  }
  return grant;
}

std::vector<std::string> hidden_from(const store::Community& community, const Reader& reader,
                                     const store::RepositoryGrant& grant) {
  // Who has not claimed yet needs to see whom they would trust, and no posts.
  if (reader.bearer == Bearer::claimant) return {"e/"};
  return hidden_branches(community, grant);
}

// --- git

Result<http::Response> advertise(const std::string& repository,
                                 const std::vector<std::string>& hidden) {
  ProcessSpec program = git::http_upload_pack(repository, hidden, git::HttpService::advertise);
  program.max_output = kMaxAdvertisement;
  program.timeout = kAdvertising;
  ProcessResult result = CAMP_TRY(run_process(program));
  if (!result.ok()) return fail(Kind::failed, "git upload-pack: " + result.errors);
  return answer(200, "application/x-git-upload-pack-advertisement",
                "001e# " + std::string(kService) + "\n0000" + result.output);
}

/// What a child says, piece by piece. It is killed when this goes: with the last piece, when the
/// client goes away, or when its time has passed.
class ChildStream {
 public:
  static Result<std::shared_ptr<ChildStream>> start(const ProcessSpec& program,
                                                    const std::string& input) {
    auto child = CAMP_TRY(ChildProcess::start(program));
    auto stream = std::make_shared<ChildStream>(std::move(child));
    CAMP_TRY(stream->child_.write(input));
    stream->child_.end_input();
    return stream;
  }
  explicit ChildStream(ChildProcess child) : child_(std::move(child)) {}

  /// An answer of git's protocol says itself where it ends, also one that ends too early.
  Result<std::string> next() { return child_.read(); }

 private:
  ChildProcess child_;
};

Result<http::Response> send_pack(const git::Repository& repository,
                                 const std::vector<std::string>& hidden, const std::string& body) {
  constexpr std::string_view kResultType = "application/x-git-upload-pack-result";
  const std::vector<git::Oid> wants = CAMP_TRY(git::read_upload_request(body));
  const git::Oid unshown = CAMP_TRY(git::first_unshown_want(repository, wants, hidden));
  if (!unshown.empty()) return answer(200, kResultType, git::refused_want(unshown));
  ProcessSpec program = git::http_upload_pack(repository.path(), hidden, git::HttpService::answer);
  program.timeout = kPacking;
  const auto stream = CAMP_TRY(ChildStream::start(program, body));
  http::Response response = answer(200, kResultType, {});
  response.more = [stream] { return stream->next(); };
  return response;
}

Result<http::Response> upload_pack(const git::Repository& repository,
                                   const std::vector<std::string>& hidden,
                                   const http::Request& request) {
  if (request.headers.find("Content-Type") != kRequestType) {
    return bad_request(415, "that is no request of git's");
  }
  const auto encoding = request.headers.find("Content-Encoding");
  const bool packed = encoding == "gzip" || encoding == "x-gzip";
  if (encoding && !packed) return bad_request(415, "it is packed in an unknown way");
  const auto body = packed ? git::gunzip(request.body, git::kMaxUploadRequest)
                           : Result<std::string>(request.body);
  auto response = body ? send_pack(repository, hidden, *body)
                       : Result<http::Response>(tl::unexpected<Error>(body.error()));
  if (response || response.error().kind != Kind::refused) return response;
  return bad_request(400, response.error().message);
}

// --- clones

Result<http::Response> submit(store::Community& community, const Reader& reader,
                              const std::string& body) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    lines.push_back(std::string_view(body).substr(at, end - at));
    at = end + 1;
    if (lines.size() > kMostLines) {
      return bad_request(413, "more than 1000 lines at once");
    }
  }
  if (reader.bearer == Bearer::claimant) {
    for (const std::string_view line : lines) {
      const auto asked = parse_request(line);
      if (!asked || !asked->claim) return bad_request(403, "claim first");
    }
  }
  std::string answers;
  Reception reception(community, *reader.member, [&](const Answer& each) -> Result<void> {
    answers += answer_line(each);
    return {};
  });
  for (const std::string_view line : lines) CAMP_TRY(reception.take(line));
  CAMP_TRY(reception.finish());
  return answer(200, "application/jsonl", std::move(answers));
}

Result<http::Response> media(store::Community& community, const Reader& reader,
                             const store::RepositoryGrant& grant, const GitRoute& route,
                             const http::Request& request) {
  if (request.method == "POST") {
    CAMP_TRY(take_media(community, *reader.member, route.sha256, request.body));
    return answer(200, "text/plain; charset=utf-8", "ready\n");
  }
  http::Response response = answer(200, "application/octet-stream",
                                   CAMP_TRY(granted_media(community, grant, route.sha256)));
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

/// Whether the method and the query are those of the route.
bool is_asked_properly(const GitRoute& route, const http::Request& request) {
  switch (route.what) {
    case What::advertise:
      return reads(request) && request.query == kService;
    case What::media:
      return (reads(request) || request.method == "POST") && request.query.empty();
    default:
      return request.method == "POST" && request.query.empty();
  }
}

/// Kind::not_found for what this reader may not know of.
Result<http::Response> serve(store::Community& community, std::string_view host,
                             const GitRoute& route, const http::Request& request) {
  const auto checked = reader_of(community, host, route, request);
  if (!checked) return fail(Kind::not_found, checked.error().message);
  const Reader& reader = *checked;
  const bool changes =
      route.what == What::submit || (route.what == What::media && request.method == "POST");
  if (changes && !reader.member) return fail(Kind::not_found, "nobody in particular");
  if (route.what == What::submit) return submit(community, reader, request.body);

  const store::RepositoryGrant grant = CAMP_TRY(grant_for(community, reader, route));
  if (route.what == What::media) return media(community, reader, grant, route, request);
  const auto hidden = hidden_from(community, reader, grant);
  if (route.what == What::advertise) {
    return advertise(community.repository_path(grant.repository()), hidden);
  }
  const git::Repository repository = CAMP_TRY(community.repository(grant.repository()));
  return upload_pack(repository, hidden, request);
}

}  // namespace

std::optional<GitRoute> parse_git_route(std::string_view path) {
  if (path == kSubmit) return GitRoute{What::submit, {}, {}};
  const bool refs = path.ends_with(kRefs), pack = path.ends_with(kPack);
  if (path.starts_with(kGit) && (refs || pack)) {
    std::string_view name = path.substr(kGit.size());
    const std::size_t tail = refs ? kRefs.size() : kPack.size();
    if (name.size() < tail) return std::nullopt;
    name.remove_suffix(tail);
    if (!is_repository(name)) return std::nullopt;
    return GitRoute{refs ? What::advertise : What::upload_pack, std::string(name), {}};
  }
  if (path.starts_with(kMedia)) {
    const std::string_view rest = path.substr(kMedia.size());
    const std::size_t slash = rest.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view name = rest.substr(0, slash), digest = rest.substr(slash + 1);
    if (!is_repository(name) || !is_digest(digest)) return std::nullopt;
    return GitRoute{What::media, std::string(name), std::string(digest)};
  }
  return std::nullopt;
}

std::optional<http::Response> serve_git(store::Community& community, std::string_view host,
                                        const http::Request& request) {
  const auto route = parse_git_route(request.path);
  if (!route || !is_asked_properly(*route, request)) return std::nullopt;
  auto response = serve(community, host, *route, request);
  if (response) return *std::move(response);
  if (response.error().kind == Kind::not_found) return std::nullopt;
  return problem(response.error());
}

std::optional<std::size_t> git_body_limit(std::string_view method, std::string_view path) {
  if (!path.starts_with(kGit) && !path.starts_with("/clone/")) return std::nullopt;
  const auto route = parse_git_route(path);
  if (!route || method != "POST" || route->what == What::advertise) return 0;
  return route->what == What::upload_pack ? kMaxPackedRequest : kMaxCloneBody;
}

http::Lane git_lane(const http::Request& request) {
  const auto route = parse_git_route(request.path);
  return route && request.method == "POST" ? http::Lane::slow : http::Lane::fast;
}

}  // namespace camp::fed
