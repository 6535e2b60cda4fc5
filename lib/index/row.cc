// SPDX-License-Identifier: MIT
#include "index/row.h"

#include <charconv>

#include "index/ids.h"

namespace camp::index {

namespace {

// Columns of "object_row".
enum Column {
  kTarget,
  kEdit,
  kRepository,
  kBranch,
  kDirectory,
  kBlob,
  kType,
  kAuthor,
  kCommunity,
  kAudience,
  kListed,
  kVerdict,
  kKey,
  kSignature,
  kAbout,
  kCollection,
  kInReplyTo,
  kMediaType,
  kLanguage,
  kAttachments,
  kTags,
  kMentions,
  kSummary,
  kContent,
  kSearchText
};

constexpr std::string_view kHex = "0123456789abcdef";

void append_netstring(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

}  // namespace

std::string_view signature_text(std::int64_t signature) {
  switch (static_cast<Signature>(signature)) {
    case Signature::valid:
      return "valid";
    case Signature::invalid:
      return "invalid";
    case Signature::disowned:
      return "disowned";
    case Signature::none:
      break;
  }
  return "none";
}

bool is_post_type(std::string_view type) { return type == "Note" || type == "Question"; }

bool is_private(std::string_view repository) { return repository.starts_with("private/"); }

std::string pack(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& text : list) {
    append_netstring(out, text);
  }
  return out;
}

std::vector<std::string> unpack(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    std::size_t size = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
    const auto head = static_cast<std::size_t>(parsed.ptr - text.data()) + 1;
    if (parsed.ec != std::errc() || head > text.size() || size > text.size() - head) {
      break;  // only a damaged file holds this; what could be read is still right
    }
    list.emplace_back(text.substr(head, size));
    text.remove_prefix(head + size);
  }
  return list;
}

std::string pack(const std::vector<Attachment>& attachments) {
  std::string out;
  for (const Attachment& attachment : attachments) {
    append_netstring(out, attachment.sha256);
    append_netstring(out, attachment.media_type);
    append_netstring(out, attachment.name);
  }
  return out;
}

std::vector<Attachment> unpack_attachments(std::string_view text) {
  std::vector<Attachment> attachments;
  std::vector<std::string> parts = unpack(text);
  for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
    attachments.push_back({std::move(parts[i]), std::move(parts[i + 1]), std::move(parts[i + 2])});
  }
  return attachments;
}

Blob::Blob(std::string_view hex) : bytes(hex) {
  if (hex.size() != 40 || hex.find_first_not_of(kHex) != std::string_view::npos) {
    return;
  }
  packed = true;
  bytes.clear();
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(kHex.find(hex[i]) * 16 + kHex.find(hex[i + 1]));
  }
}

std::string blob_text(const Statement& row, int column) {
  const std::string_view stored = row.text(column);
  if (!row.is_bytes(column)) {
    return std::string(stored);
  }
  std::string hex;
  for (const char c : stored) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return hex;
}

std::optional<std::int64_t> optional_integer(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

bool is_shown(const std::optional<std::int64_t>& live) {
  return live && *live != static_cast<std::int64_t>(Live::other);
}

std::string file_name(std::string_view target, std::string_view edit) {
  std::string name(target);
  if (!edit.empty()) {
    name.append(".").append(edit);
  }
  return name + ".json";
}

Result<ObjectRow> read_object(const Statement& row, Names& names) {
  ObjectRow object;
  object.repository = CAMP_TRY(names.text(row.integer(kRepository)));
  object.branch = CAMP_TRY(names.text(row.integer(kBranch)));
  object.path = row.string(kDirectory) + file_name(row.text(kTarget), row.text(kEdit));
  object.blob = blob_text(row, kBlob);
  object.target = row.string(kTarget);
  object.id = row.text(kEdit).empty() ? object.target : row.string(kEdit);
  object.type = CAMP_TRY(names.text(row.integer(kType)));
  object.author = CAMP_TRY(names.text(row.integer(kAuthor)));
  object.community = CAMP_TRY(names.text(row.integer(kCommunity)));
  object.audience = CAMP_TRY(names.text(row.integer(kAudience)));
  object.listed = row.integer(kListed) != 0;
  object.about = row.string(kAbout);
  object.collection = row.string(kCollection);
  object.in_reply_to = row.string(kInReplyTo);
  object.summary = row.string(kSummary);
  object.content = row.string(kContent);
  object.media_type = row.string(kMediaType);
  object.search_text = row.string(kSearchText);
  object.language = row.string(kLanguage);
  object.attachments = unpack_attachments(row.text(kAttachments));
  object.tags = unpack(row.text(kTags));
  object.mentions = unpack(row.text(kMentions));
  object.verdict = static_cast<Verdict>(row.integer(kVerdict));
  object.key = CAMP_TRY(names.text(row.integer(kKey)));
  return object;
}

Result<Post> read_post(const Statement& row, Names& names) {
  Post post;
  post.repository = CAMP_TRY(names.text(row.integer(kRepository)));
  post.branch = CAMP_TRY(names.text(row.integer(kBranch)));
  post.path = row.string(kDirectory) + file_name(row.text(kTarget), row.text(kEdit));
  post.blob = blob_text(row, kBlob);
  post.id = row.string(kTarget);
  post.version = row.text(kEdit).empty() ? post.id : row.string(kEdit);
  post.type = CAMP_TRY(names.text(row.integer(kType)));
  post.author = CAMP_TRY(names.text(row.integer(kAuthor)));
  post.community = CAMP_TRY(names.text(row.integer(kCommunity)));
  post.audience = CAMP_TRY(names.text(row.integer(kAudience)));
  post.in_reply_to = row.string(kInReplyTo);
  post.summary = row.string(kSummary);
  post.content = row.string(kContent);
  post.media_type = row.string(kMediaType);
  post.language = row.string(kLanguage);
  post.published_ms = time_of_id(post.id);
  post.edited_ms = row.text(kEdit).empty() ? 0 : time_of_id(post.version);
  post.attachments = unpack_attachments(row.text(kAttachments));
  post.tags = unpack(row.text(kTags));
  post.signature = signature_text(row.integer(kSignature));
  return post;
}

}  // namespace camp::index
