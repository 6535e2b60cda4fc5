-- Secondary indexes: a rebuild drops them and makes them once, when the rows are in.

-- Finds an object by its digest, which is also how a person abbreviates an id.
CREATE UNIQUE INDEX object_file ON object
  (substr(target, 11), substr(target, 1, 10), repository, edit, branch, directory);
CREATE INDEX object_edit ON object (edit, repository) WHERE edit <> '';
CREATE INDEX object_page ON object (repository, live, target, author) WHERE live IS NOT NULL;
CREATE INDEX object_author ON object (author, repository, live, target);
CREATE INDEX object_parent ON object (parent_id, target, live, repository)
  WHERE parent_id IS NOT NULL;
CREATE INDEX object_answer ON object (in_reply_to, target)
  WHERE parent_id IS NULL AND in_reply_to <> '';
CREATE INDEX object_about ON object (about_id, live, type, repository, author)
  WHERE about_id IS NOT NULL;
CREATE INDEX object_relation ON object (type, author, repository) WHERE live = 3;
CREATE INDEX object_overtaken ON object (overtaken) WHERE overtaken IS NOT NULL;
CREATE INDEX object_media ON object (repository) WHERE attachments <> '';
