// SPDX-License-Identifier: MIT
#include "http/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "http/address.h"
#include "http/libcurl.h"
#include "http/sigpipe.h"

namespace camp::http {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kMostOfAnError = 64u << 10;

struct FreeEasy {
  void operator()(CURL* easy) const { lib().curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

struct FreeList {
  void operator()(curl_slist* list) const { lib().curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  if (curl_slist* const longer = lib().curl_slist_append(list.get(), line.c_str())) {
    (void)list.release();
    list.reset(longer);
  }
}

/// One exchange while it runs: what the callbacks know and gather.
struct Transfer {
  const Outgoing& request;
  const ClientSettings& settings;
  const std::atomic<bool>& cancelled;
  Answer answer = {};
  std::size_t header_bytes = 0, body_bytes = 0;
  bool head_done = false;
  bool address_refused = false;
  std::optional<Error> error = {};  ///< why a callback has ended it

  bool may_connect(const sockaddr& address) {
    if (is_public(address) || (settings.policy.loopback && is_loopback(address))) return true;
    address_refused = true;
    return false;
  }
  bool sinks() const { return request.sink && answer.status >= 200 && answer.status < 300; }
};

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
  if (!static_cast<Transfer*>(data)->may_connect(address->addr)) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// The second look, at the address that a connection really has; also at one that is used again.
int before_request(void* data, char* remote, char*, int, int) {
  sockaddr_storage address{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, remote, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&address, &four, sizeof four);
  } else if (inet_pton(AF_INET6, remote, &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    std::memcpy(&address, &six, sizeof six);
  }
  const bool may =
      static_cast<Transfer*>(data)->may_connect(reinterpret_cast<const sockaddr&>(address));
  return may ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

int ask_cancelled(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Transfer*>(data)->cancelled ? 1 : 0;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* data) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  const std::string_view line = trim({bytes, size});
  transfer.header_bytes += size;
  if (transfer.header_bytes > transfer.request.limits.header_bytes) {
    transfer.error =
        Error{Kind::network, transfer.request.url.host + " sent a header that is too long", {}};
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // of the answer, or of an interim one before it
    const std::size_t space = line.find(' ');
    const std::string_view number =
        line.substr(space == std::string_view::npos ? line.size() : space + 1);
    transfer.answer.status = 0;
    std::from_chars(number.data(), number.data() + number.size(), transfer.answer.status);
    transfer.answer.headers = {};
    transfer.head_done = false;
  } else if (line.empty()) {
    transfer.head_done = true;  // what comes later are trailers, which nobody here believes
  } else if (const std::size_t colon = line.find(':');
             !transfer.head_done && colon != std::string_view::npos && bytes[0] != ' ') {
    transfer.answer.headers.add(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* data) {
  Transfer& transfer = *static_cast<Transfer*>(data);
  const Outgoing& request = transfer.request;
  transfer.body_bytes += size;
  // What was to go elsewhere may be long; an error in its place is kept here, and is short.
  const bool kept = request.sink && !transfer.sinks();
  const std::size_t most =
      kept ? std::min(request.limits.body_bytes, kMostOfAnError) : request.limits.body_bytes;
  if (transfer.body_bytes > most) {
    transfer.error =
        Error{Kind::network, fmt::format("{} sent more than {} bytes", request.url.host, most), {}};
    return 0;
  }
  if (!transfer.sinks()) {
    transfer.answer.body.append(bytes, size);
    return size;
  }
  auto taken = request.sink({bytes, size});
  if (taken) return size;
  transfer.error = std::move(taken).error();
  return 0;
}

std::string sentence_for(CURLcode code, const Transfer& transfer) {
  const std::string& host = transfer.request.url.host;
  if (transfer.address_refused &&
      (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    return host + " stands at an address that is not public";
  }
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return host + " has no address";
    case CURLE_COULDNT_CONNECT:
      return host + " cannot be reached";
    case CURLE_OPERATION_TIMEDOUT:
      return host + " did not answer in time";
    case CURLE_PEER_FAILED_VERIFICATION:
      return host + " shows a certificate that is not valid";
    case CURLE_SSL_CONNECT_ERROR:
      return host + " speaks no TLS that is safe";
    case CURLE_BAD_CONTENT_ENCODING:
      return host + " sent what cannot be unpacked";
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
      return host + " broke the connection off";
    case CURLE_ABORTED_BY_CALLBACK:
      return "the exchange with " + host + " was cancelled";
    default:
      return fmt::format("{}: {}", host, lib().curl_easy_strerror(code));
  }
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

/// Fields that curl writes itself.
bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kOurs{"Content-Length", "Transfer-Encoding",
                                                         "Connection", "Expect", "Accept-Encoding"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view ours) { return same_name(ours, name); });
}

Result<List> header_list(const Outgoing& request) {
  List list;
  append(list, "Expect:");
  if (!request.headers.find("Content-Type")) append(list, "Content-Type:");
  for (const Field& field : request.headers.fields()) {
    if (field.name.empty() || !is_clean(field.name) || !is_clean(field.value) ||
        field.name.find_first_of(":; \t") != std::string::npos) {
      return fail(Kind::refused, "a header field holds what cannot be sent");
    }
    if (is_ours(field.name)) continue;
    append(list, field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
  }
  return list;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  lib().curl_easy_setopt(easy, option, value);
}

void set_request(CURL* easy, const Outgoing& request) {
  Url url = request.url;
  url.fragment.clear();
  set(easy, CURLOPT_URL, url.text().c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  if (request.method == "GET") {
    set(easy, CURLOPT_HTTPGET, 1L);
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

void set_limits(CURL* easy, const ExchangeLimits& limits, Milliseconds left) {
  const auto ms = [](Milliseconds time) { return std::max(1L, static_cast<long>(time.count())); };
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TIMEOUT_MS, ms(left));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(std::min(left, limits.connect)));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.bytes_per_second));
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.slow.count()));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.body_bytes));
  set(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");  // take_body() counts what comes out
}

void set_safety(CURL* easy, const ClientSettings& settings) {
  set(easy, CURLOPT_PROTOCOLS_STR, settings.policy.loopback ? "https,http" : "https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROXY, "");  // else the environment's, which would connect for us
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(easy, CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(easy, CURLOPT_MAXCONNECTS, 2L);
}

void set_callbacks(CURL* easy, Transfer& transfer) {
  set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_PREREQFUNCTION, before_request);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_HEADERFUNCTION, take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_WRITEFUNCTION, take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, ask_cancelled);
  set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

struct Client::State {
  explicit State(ClientSettings given) : settings(std::move(given)) {}

  const ClientSettings settings;
  List resolve = {};
  std::atomic<bool> cancelled{false};

  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by `mutex`:
  std::map<std::string, std::size_t> hosts;  ///< how many exchanges run with each
  std::size_t running = 0;
  struct Handle {
    std::string origin;  ///< whom its connection was made to
    Easy easy;
  };
  std::vector<Handle> idle;

  bool enter(const std::string& host, Clock::time_point deadline);
  void leave(const std::string& host);
  Handle take_handle(const std::string& origin);
  void give_back(Handle handle);
  Result<Answer> perform(CURL* easy, const Outgoing& request, Clock::time_point deadline);
  Result<Answer> exchange(const Outgoing& request, Clock::time_point deadline);
};

/// Waits for a place; false when the deadline came first.
bool Client::State::enter(const std::string& host, Clock::time_point deadline) {
  std::unique_lock lock(mutex);
  const bool entered = changed.wait_until(lock, deadline, [&] {
    const auto found = hosts.find(host);
    const std::size_t here = found == hosts.end() ? 0 : found->second;
    return cancelled || (running < settings.connections && here < settings.connections_per_host);
  });
  if (!entered || cancelled) return false;
  ++running;
  ++hosts[host];
  return true;
}

void Client::State::leave(const std::string& host) {
  const std::lock_guard lock(mutex);
  --running;
  const auto found = hosts.find(host);
  if (--found->second == 0) hosts.erase(found);
  changed.notify_all();
}

/// A handle that nobody uses, at best with a connection to that origin.
Client::State::Handle Client::State::take_handle(const std::string& origin) {
  {
    const std::lock_guard lock(mutex);
    auto found = std::find_if(idle.begin(), idle.end(),
                              [&](const Handle& handle) { return handle.origin == origin; });
    if (found == idle.end() && idle.size() >= settings.connections) found = idle.begin();
    if (found != idle.end()) {
      Handle handle = std::move(*found);
      idle.erase(found);
      handle.origin = origin;
      return handle;
    }
  }
  return {origin, Easy(lib().curl_easy_init())};
}

void Client::State::give_back(Handle handle) {
  lib().curl_easy_reset(
      handle.easy.get());  // keeps its connections and the names that it looked up
  const std::lock_guard lock(mutex);
  idle.push_back(std::move(handle));
}

Result<Answer> Client::State::perform(CURL* easy, const Outgoing& request,
                                      Clock::time_point deadline) {
  const List headers = CAMP_TRY(header_list(request));
  Transfer transfer{.request = request, .settings = settings, .cancelled = cancelled};
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
  set_safety(easy, settings);
  set_limits(easy, request.limits, left);
  set_request(easy, request);
  set_callbacks(easy, transfer);
  set(easy, CURLOPT_HTTPHEADER, headers.get());
  if (resolve) set(easy, CURLOPT_RESOLVE, resolve.get());
  const WithoutSigpipe without_sigpipe;
  const CURLcode code = lib().curl_easy_perform(easy);
  if (transfer.error) return tl::unexpected<Error>(std::move(*transfer.error));
  if (code == CURLE_FILESIZE_EXCEEDED) {
    return fail(Kind::network, fmt::format("{} sent more than {} bytes", request.url.host,
                                           request.limits.body_bytes));
  }
  if (code != CURLE_OK) return fail(Kind::network, sentence_for(code, transfer));
  transfer.answer.url = request.url;
  return std::move(transfer.answer);
}

Result<Answer> Client::State::exchange(const Outgoing& request, Clock::time_point deadline) {
  static constexpr std::array<std::string_view, 3> kMethods{"GET", "HEAD", "POST"};
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return fail(Kind::refused, "this method is not used: " + request.method);
  }
  const Url url = CAMP_TRY(parse_url(request.url.text(), settings.policy));
  if (url != request.url) return fail(Kind::refused, "this is not a web address in its one form");
  const std::string host = url.authority();
  if (!enter(host, deadline)) {
    if (cancelled) return fail(Kind::network, "the exchange with " + host + " was cancelled");
    return fail(Kind::network, host + " could not be asked in time: others were before it");
  }
  Handle handle = take_handle(url.origin());
  auto answer = handle.easy ? perform(handle.easy.get(), request, deadline)
                            : Result<Answer>(fail(Kind::failed, "curl cannot be started"));
  if (handle.easy) give_back(std::move(handle));
  leave(host);
  return answer;
}

Client::Client(ClientSettings settings) : state_(std::make_unique<State>(std::move(settings))) {
  if (!load_libcurl()) return;  // parse_url() says so at each exchange
  for (const std::string& line : state_->settings.resolve) append(state_->resolve, line);
}

Client::~Client() = default;

Result<Answer> Client::exchange(const Outgoing& request) {
  return state_->exchange(request, Clock::now() + request.limits.total);
}

Result<Answer> Client::fetch(const Outgoing& request, const FetchOptions& options) {
  const auto deadline = Clock::now() + request.limits.total;
  Outgoing next = request;
  for (int hop = 0;; ++hop) {
    Outgoing signed_next = next;
    if (options.prepare) CAMP_TRY(options.prepare(signed_next));
    Answer answer = CAMP_TRY(state_->exchange(signed_next, deadline));
    const auto location = answer.headers.find("Location");
    const bool follows = is_redirect(answer.status) && location && request.method != "POST";
    if (!follows) return answer;
    const std::string& host = next.url.host;
    if (hop >= options.redirects) return fail(Kind::network, host + " redirects too often");
    const auto url = resolve_url(next.url, *location, state_->settings.policy);
    if (!url || url->scheme != next.url.scheme) {
      return fail(Kind::network, host + " redirects to where nobody may follow");
    }
    if (options.same_host && url->authority() != next.url.authority()) {
      return fail(Kind::network, host + " redirects to another host");
    }
    if (url->origin() != next.url.origin()) next.headers.remove("Authorization");
    next.url = *url;
  }
}

void Client::cancel() {
  const std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  state_->changed.notify_all();
}

}  // namespace camp::http
