// SPDX-License-Identifier: MIT
#include "fed/reception.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "crypto/digest.h"
#include "fed/enroll.h"
#include "fed/home.h"
#include "model/picture.h"
#include "store/catch_up.h"
#include "store/letters.h"
#include "store/media.h"
#include "store/rows.h"

namespace camp::fed {
namespace {

constexpr std::size_t kLinesAtOnce = 500;
constexpr std::size_t kBytesAtOnce = 4 << 20;
constexpr std::size_t kMaxPicture = 16 << 20;

std::string incoming_directory(const OwnerId& member) {
  return std::string(store::kIncomingMedia) + "/" + member.text();
}

/// What stands here under an object id and the member may read: by the author that the full id
/// names if there is such a version, else by whoever made it.
Result<std::optional<model::Object>> find_readable(const store::Community& community,
                                                   const OwnerId& member, const FullId& id) {
  const auto viewer =
      store::Gate::viewer(store::Member{member}, CAMP_TRY(community.repositories()));
  std::optional<model::Object> other;
  for (const std::string& repository : viewer.repositories) {
    for (const index::ObjectRow& row :
         CAMP_TRY(community.index().versions(repository, id.object.text()))) {
      const bool named = row.author == id.author.text();
      if (!named && other) continue;
      auto object = CAMP_TRY(community.read(repository, row.blob));
      if (named) return std::optional(std::move(object));
      other = std::move(object);
    }
  }
  return other;
}

Result<bool> is_removed(const store::Community& community, const model::Object& object) {
  const auto is_gone = [&](const FullId& id) {
    return community.index().is_removed(id.object.text(), id.author.text());
  };
  if (CAMP_TRY(is_gone(object.id))) return true;
  using model::Type;
  const bool needs_subject =
      object.type == Type::update || object.type == Type::like || object.type == Type::announce;
  const auto subject = subject_of(object);
  return needs_subject && subject && CAMP_TRY(is_gone(*subject));
}

/// Forgets the pictures that have waited longest until there is room for one of `size` bytes.
Result<void> make_room(const Directory& root, const std::string& directory,
                       std::string_view besides, std::size_t size) {
  struct File {
    std::int64_t since_ms;
    std::string path;
    std::uint64_t size;
  };
  std::vector<File> files;
  std::uint64_t bytes = size;
  for (const std::string& name : CAMP_TRY(root.list(directory))) {
    if (name == besides) continue;  // the same once more
    const std::string path = directory + "/" + name;
    const FileStatus status = CAMP_TRY(root.status(path));
    files.push_back({status.modified_ms, path, status.size});
    bytes += status.size;
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    return std::tie(a.since_ms, a.path) < std::tie(b.since_ms, b.path);
  });
  std::size_t left = files.size();
  for (const File& oldest : files) {
    if (left < kMaxIncomingPictures && bytes <= kMaxIncomingBytes) break;
    CAMP_TRY(root.remove_file(oldest.path));
    bytes -= oldest.size;
    --left;
  }
  return {};
}

}  // namespace

/// What was judged and not yet written.
struct Reception::Batch {
  std::vector<Answer> answers;
  std::vector<store::NewObject> objects;
  std::vector<store::NewMedia> media;
  std::set<std::string> ids;  ///< of the objects, and of what their tombstones remove
};

/// What is asked for each object and seldom changes.
struct Reception::Facts {
  model::KeyState keys;
  model::MemberState self{.state = "removed"};
  std::vector<model::Object> adoptions;  ///< the sender's
};

Result<const Reception::Facts*> Reception::facts() {
  if (facts_) return facts_.get();
  auto facts = std::make_shared<Facts>();
  facts->keys = CAMP_TRY(community_.keys_of(member_));
  const auto members = CAMP_TRY(community_.state()).members;
  if (const auto self = members.find(member_); self != members.end()) facts->self = self->second;
  const auto viewer =
      store::Gate::viewer(store::Member{member_}, CAMP_TRY(community_.repositories()));
  for (const std::string& name : viewer.repositories) {
    for (model::Object& adoption : CAMP_TRY(store::read_acceptance(community_, name)).adoptions) {
      if (adoption.author() == member_) facts->adoptions.push_back(std::move(adoption));
    }
  }
  facts_ = std::move(facts);
  return facts_.get();
}

bool keeps_from_clones(const store::Community& community, std::string_view repository) {
  return repository == store::kLocal && !community.settings().clone_local;
}

std::vector<std::string> hidden_branches(const store::Community& community,
                                         const store::RepositoryGrant& grant) {
  if (!keeps_from_clones(community, grant.repository())) return {};
  return {"e/"};
}

Result<std::string> granted_media(const store::Community& community,
                                  const store::RepositoryGrant& grant, std::string_view sha256) {
  if (keeps_from_clones(community, grant.repository())) {
    return fail(Kind::not_found, "there is no such picture", "local posts are kept out of clones");
  }
  auto bytes = store::read_media(community.directory(), grant.repository(), sha256);
  if (bytes || bytes.error().kind != Kind::not_found) return bytes;
  return fail(Kind::not_found, "there is no such picture", "its post may be deleted");
}

Result<void> take_media(store::Community& community, const OwnerId& member, std::string_view sha256,
                        std::string_view bytes) {
  if (bytes.size() > kMaxPicture) return fail(Kind::refused, "a picture of more than 16 MiB");
  if (crypto::sha256_hex(bytes) != sha256) {
    return fail(Kind::refused, "the picture is not the one that its name says");
  }
  const model::Picture clean = CAMP_TRY(model::clean_picture(bytes));
  if (clean.bytes != bytes) {
    return fail(Kind::refused, "the picture still holds what a camera wrote into it",
                "post it with camp, which removes that");
  }
  const Directory& root = community.directory();
  const std::string directory = incoming_directory(member);
  const auto writer = CAMP_TRY(community.write());  // two senders must not make room for one
  CAMP_TRY(root.create(directory));
  CAMP_TRY(make_room(root, directory, sha256, bytes.size()));
  return root.write_file_atomically(directory + "/" + std::string(sha256), bytes);
}

Result<void> Reception::take(std::string_view line) {
  if (line.empty()) return {};
  if (is_home_line(line)) {
    CAMP_TRY(flush());
    return answer_(CAMP_TRY(serve_home_line(community_, member_, line)));
  }
  bytes_ += line.size();
  lines_.emplace_back(line.substr(0, kMaxLine + 1));
  return lines_.size() < kLinesAtOnce && bytes_ < kBytesAtOnce ? Result<void>() : flush();
}

Result<void> Reception::finish() {
  CAMP_TRY(flush());
  const Directory& root = community_.directory();
  for (const std::string& digest : std::exchange(used_media_, {})) {
    const std::string waiting = incoming_directory(member_) + "/" + digest;
    if (root.exists(waiting)) CAMP_TRY(root.remove_file(waiting));
  }
  return {};
}

Result<void> Reception::flush() {
  if (lines_.empty()) return {};
  const std::vector<std::string> lines = std::exchange(lines_, {});
  bytes_ = 0;
  auto writer = CAMP_TRY(community_.write());
  Batch batch;
  for (const std::string& line : lines) CAMP_TRY(judge(writer, line, batch));
  CAMP_TRY(write(writer, batch));
  return writer.maintain();
}

Result<void> Reception::judge(store::Writer& writer, const std::string& line, Batch& batch) {
  if (line.size() > kMaxLine) {
    batch.answers.push_back(Answer::no("", {model::Objection::form, "a line of over 1 MiB", ""}));
    return {};
  }
  const auto request = parse_request(line);
  if (!request && request.error().kind == Kind::not_found) {
    return judge_object(writer, line, batch);
  }
  if (!request) {
    batch.answers.push_back(Answer::no("", {model::Objection::form, request.error().message, ""}));
    return {};
  }
  CAMP_TRY(write(writer, batch));  // keys are judged after what came before them
  batch.answers.push_back(CAMP_TRY(serve(writer, *request)));
  facts_.reset();
  return {};
}

Result<Answer> Reception::serve(store::Writer& writer, const Request& request) {
  const auto done = [&]() -> Result<void> {
    if (request.keys) return take_key_log(writer, member_, *request.keys);
    CAMP_TRY(check_claim_code(community_, member_, request.claim->code));
    if (request.claim->rotation.empty()) return {};
    return finish_claim(writer, member_,
                        CAMP_TRY(claimed_log(community_, member_, *request.claim)));
  }();
  if (done) return Answer::yes(member_.uri());
  const Error& error = done.error();
  if (error.kind != Kind::refused && error.kind != Kind::conflict) {
    return tl::unexpected<Error>(error);
  }
  return Answer::no(member_.uri(), {model::Objection::key, error.message, error.hint});
}

Result<void> Reception::judge_object(store::Writer& writer, const std::string& line, Batch& batch) {
  auto object = model::decode_object(line);
  if (!object) {
    batch.answers.push_back(
        Answer::no("", {model::Objection::form, object.error().message, object.error().hint}));
    return {};
  }
  // Whatever becomes of it: a clone sends a picture anew with each attempt.
  for (const model::Attachment& picture : pictures_of(*object)) {
    used_media_.insert(picture.sha256);
  }
  const auto subject = subject_of(*object);
  if (batch.ids.contains(object->id.object.text()) ||
      (subject && batch.ids.contains(subject->object.text()))) {
    CAMP_TRY(write(writer, batch));
  }
  const std::string id = object->id.text();
  if (auto refusal = CAMP_TRY(objection(*object))) {
    batch.answers.push_back(Answer::no(id, *std::move(refusal)));
    return {};
  }
  const bool stays = keeps_from_clones(community_, home_of(*object));
  if (CAMP_TRY(writer.holds(*object))) {
    batch.answers.push_back(Answer::yes(id, stays));
    return {};
  }
  const auto verdict = store::judge(*object);
  store::NewObject made{
      {}, verdict.verdict, verdict.key, CAMP_TRY(store::destinations(community_, *object))};
  auto media = CAMP_TRY(media_of(*object, made.repositories));
  if (!media) {
    const bool profile = object->type == model::Type::person;
    batch.answers.push_back(
        Answer::no(id, {model::Objection::media, "a picture of it is missing",
                        profile ? "give the picture again, with 'camp profile'" : "sync again"}));
    return {};
  }
  std::move(media->begin(), media->end(), std::back_inserter(batch.media));
  batch.ids.insert(object->id.object.text());
  if (subject) batch.ids.insert(subject->object.text());
  made.object = *std::move(object);
  batch.objects.push_back(std::move(made));
  batch.answers.push_back(Answer::yes(id, stays));
  return {};
}

Result<std::optional<model::Refusal>> Reception::objection(const model::Object& object) {
  const Facts* known = CAMP_TRY(facts());
  model::Arrival arrival{.sender = member_,
                         .sender_state = known->self.state,
                         .keys = &known->keys,
                         .counts_here = counts_in(object, community_.id(), known->adoptions),
                         .removed = CAMP_TRY(is_removed(community_, object)),
                         .about = {},
                         .now_ms = community_.env().now_ms()};
  if (const auto subject = subject_of(object)) {
    arrival.about = CAMP_TRY(find_readable(community_, member_, *subject));
  }
  std::optional<model::RemotePost> elsewhere;
  if (const std::string uri = subject_elsewhere(object); !uri.empty()) {
    elsewhere = CAMP_TRY(post_elsewhere(community_, member_, uri));
    if (elsewhere) arrival.elsewhere = &*elsewhere;
  }
  return judge_arrival(object, arrival);
}

Result<std::optional<std::vector<store::NewMedia>>> Reception::media_of(
    const model::Object& object, const std::vector<std::string>& repositories) const {
  std::vector<store::NewMedia> media;
  const Directory& root = community_.directory();
  for (const model::Attachment& picture : pictures_of(object)) {
    auto bytes = store::read_media(root, repositories.front(), picture.sha256);
    if (!bytes) {
      bytes = root.read_file(incoming_directory(member_) + "/" + picture.sha256, kMaxPicture);
    }
    if (!bytes) return std::optional<std::vector<store::NewMedia>>();
    for (const std::string& name : repositories) media.push_back({name, picture.sha256, *bytes});
  }
  return std::optional(std::move(media));
}

Result<void> Reception::write(store::Writer& writer, Batch& batch) {
  if (!batch.objects.empty()) {
    std::set<std::string> homes;
    for (const store::NewObject& made : batch.objects) homes.insert(made.repositories.front());
    for (const std::string& home : homes) CAMP_TRY(writer.introduce(home, member_));
    const std::string& handle = CAMP_TRY(facts())->self.handle;
    CAMP_TRY(writer.append(batch.objects, batch.media, "sync @" + handle));
  }
  for (const Answer& answer : batch.answers) CAMP_TRY(answer_(answer));
  batch = {};
  return {};
}

}  // namespace camp::fed
