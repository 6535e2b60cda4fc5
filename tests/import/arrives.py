# SPDX-License-Identifier: MIT
"""Everything in an archive arrives: in both containers, with all four ways to write media paths."""

import hashlib
import html
import os
import re

from archives import (MARKER, ImportTest, full_depth, is_wider, main, members_of, outbox_of, rewrite,
                      visibility_of, with_canaries)

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TAKEN = {"image/jpeg", "image/png"}  # of the kinds in the generator's archives
POSTS, YEARS = (1500, 10) if full_depth() else (140, 3)


def sha256_of(multibase):
    number = 0
    for letter in multibase[1:]:
        number = number * 58 + BASE58.index(letter)
    return number.to_bytes(34, "big")[2:].hex()


def texts(note):
    """(HTML, language) as the source has them."""
    for language, text in note.get("contentMap", {}).items():
        return text, language
    return note["content"], ""


class Arrives(ImportTest):
    def test_both_containers_and_every_path_style(self):
        for container in ("zip", "tar.gz"):
            for style in ("plain", "slash", "system", "bucket"):
                with self.subTest(container=container, style=style):
                    self.check_archive(container, style)

    def check_archive(self, container, style):
        plain, said = self.archive(f"plain.{container}", format=container, posts=POSTS, years=YEARS,
                                   media=POSTS // 2, path_style=style)
        archive = self.path(f"archive-{style}.{container}")
        rewrite(plain, archive, with_canaries)
        community = self.fresh(f"{container}-{style}")
        result = community.take(archive)
        self.sources = [item["object"] for item in outbox_of(archive) if item["type"] == "Create"]
        self.boosts = [item for item in outbox_of(archive) if item["type"] == "Announce"]
        self.assertEqual(len(self.sources), said["posts"])
        references = len({item["object"] for item in self.boosts}) + said["likes"] + said["bookmarks"]
        self.assertEqual(result["imported"], said["posts"] + references)
        self.assertEqual((result["rejected"], result["skipped"]),
                         (0, len(self.boosts) - len({item["object"] for item in self.boosts})))
        self.read_objects(community)
        for source in self.sources:
            self.check_post(source)
        self.check_threads()
        self.check_references(said)
        self.check_audiences(community, said)
        self.check_media(community, archive, result)
        self.assertEqual(community.ok("fsck")["problems"], [])

    def read_objects(self, community):
        """Each post by its old address, with the repository that it stands in."""
        self.private = community.private()
        self.notes, self.others = {}, []
        for repository in ("public.git", "local.git", self.private):
            for note in community.posts(repository).values():
                if note["type"] != "Note":
                    self.others.append((repository, note))
                    continue
                self.assertNotIn(note["url"], self.notes)
                self.notes[note["url"]] = (repository, note)
        self.assertEqual(len(self.notes), len(self.sources))

    def check_post(self, source):
        repository, note = self.notes[source["url"]]
        self.assertEqual(note["published"], source["published"].replace("Z", ".000Z"))
        text, language = texts(source)
        stored = note.get("content") or next(iter(note["contentMap"].values()))
        self.assertTrue(stored.startswith(text), stored)
        self.assertEqual(next(iter(note.get("contentMap", {})), ""), language)
        self.assertEqual(note["mediaType"], "text/html")
        for option in source.get("oneOf", source.get("anyOf", [])):
            self.assertIn(html.escape(option["name"], quote=False), stored[len(text):])
        self.assertEqual(note.get("summary"), source["summary"])
        self.assertEqual(note.get("sensitive", False), source["sensitive"])
        wanted = [(each["mediaType"], each["name"], each["blurhash"],
                   [round(10000 * part) for part in each["focalPoint"]])
                  for each in source["attachment"] if each["mediaType"] in TAKEN]
        got = [(each["mediaType"], each.get("name"), each["blurhash"], each["camp:focus"])
               for each in note.get("attachment", [])]
        self.assertEqual(got, wanted)
        self.assertEqual([(tag["type"], tag["name"]) for tag in note.get("tag", [])],
                         [(tag["type"], tag["name"]) for tag in source["tag"]])

    def check_threads(self):
        new_ids = {source["id"]: self.notes[source["url"]][1]["id"] for source in self.sources}
        by_id = {source["id"]: source for source in self.sources}
        own, foreign = 0, 0
        for source in self.sources:
            parent = self.notes[source["url"]][1].get("inReplyTo")
            if source["inReplyTo"] in new_ids:
                wider = is_wider(source, by_id[source["inReplyTo"]])
                self.assertEqual(parent, None if wider else new_ids[source["inReplyTo"]])
                own += not wider
            else:
                self.assertEqual(parent, source["inReplyTo"])
                foreign += parent is not None
        self.assertGreater(own, 3)
        self.assertGreater(foreign, 3)

    def check_references(self, said):
        """Boosts, likes and bookmarks stand in the private repository alone."""
        self.assertEqual({repository for repository, _ in self.others}, {self.private})
        by = {}
        for _, other in self.others:
            self.assertEqual(other["type"], "Add")
            by.setdefault(other["target"], []).append(other)
        self.assertEqual(len(by["camp:likes"]), said["likes"])
        self.assertEqual(len(by["camp:bookmarks"]), said["bookmarks"])
        self.assertEqual({(each["object"], each["published"]) for each in by["camp:boosts"]},
                         {(each["object"], each["published"].replace("Z", ".000Z"))
                          for each in self.boosts})

    def check_audiences(self, community, said):
        counts = dict.fromkeys(said["visibility"], 0)
        for source in self.sources:
            visibility = visibility_of(source)
            counts[visibility] += 1
            repository, note = self.notes[source["url"]]
            self.assertEqual(repository,
                             "public.git" if visibility in ("public", "unlisted") else self.private)
            self.assertEqual(note.get("camp:unlisted", False), visibility == "unlisted")
            if visibility == "followers":
                self.assertEqual(note["to"], "camp:followers")
            elif visibility == "direct":
                self.assertEqual(sorted(note["to"]),
                                 sorted([note["attributedTo"]] + source["to"] + source["cc"]))
            else:
                self.assertNotIn("to", note)
            self.assertEqual("proof" in note, repository == "public.git")
        self.assertEqual(counts, said["visibility"])
        self.assertTrue(all(counts.values()), f"nothing of a visibility in the archive: {counts}")
        self.check_canaries(community, counts)

    def check_canaries(self, community, counts):
        for repository in ("public.git", "local.git"):
            data = community.every_object(repository)
            found = set(re.findall(rb"canary([a-z]+)\d{5}", data))
            self.assertEqual(found, {b"public", b"unlisted"} if repository == "public.git" else set())
            for source in self.sources:
                if visibility_of(source) in ("followers", "direct"):
                    self.assertNotIn(source["url"].encode(), data)
        private = community.every_object(self.private)
        for visibility in ("followers", "direct"):
            found = set(re.findall(rb"canary%s\d{5}" % visibility.encode(), private))
            self.assertEqual(len(found), counts[visibility])

    def check_media(self, community, archive, result):
        marked = sum(MARKER in data for name, data in members_of(archive) if "media_attachments" in name)
        self.assertGreater(marked, 10, "the archive's pictures name no place: nothing is tested")
        self.assertEqual(community.everywhere([MARKER]), [])
        count, public, private = 0, set(), set()
        for repository, note in self.notes.values():
            for each in note.get("attachment", []):
                digest = sha256_of(each["digestMultibase"])
                (public if repository == "public.git" else private).add(digest)
                home = os.path.join(community.directory, "media", repository[:-4], digest[:2], digest)
                with open(home, "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).hexdigest(), digest)
                count += 1
        self.assertEqual(count, result["media"])
        self.assertTrue(public and private)
        stored = {name for _, _, names in os.walk(os.path.join(community.directory, "media/public"))
                  for name in names}
        self.assertEqual(stored, public)
        self.assertFalse(os.path.exists(os.path.join(community.directory, "media/local")))

    def test_other_members_see_what_they_could_see_before(self):
        plain, _ = self.archive("plain.zip", posts=80, years=1)
        archive = self.path("archive.zip")
        rewrite(plain, archive, with_canaries)
        community = self.fresh("members")
        community.ok("member", "add", "bo")
        community.take(archive)
        posts = [item["object"] for item in outbox_of(archive) if item["type"] == "Create"]
        for member, allowed in (("ana", {"public", "unlisted", "followers", "direct"}),
                                ("bo", {"public", "unlisted"})):
            for source in posts:
                if visibility_of(source) != "public":
                    word = re.search(r"canary\w+", texts(source)[0]).group()
                    done = community.run("search", word, "--json", member=member)
                    self.assertEqual(done.returncode == 0, visibility_of(source) in allowed,
                                     f"{member} searches {word}: {done.stdout} {done.stderr}")
        listed = community.ok("timeline", "--all", member="bo")
        self.assertFalse([row for row in listed if row["audience"] not in ("public", "unlisted")])

    def test_tables_beside_the_archive(self):
        for style in ("plain", "crlf-bom", "bare"):
            with self.subTest(style=style):
                os.makedirs(self.path(f"csv-{style}"), exist_ok=True)
                archive, said = self.archive(f"csv-{style}/archive.zip", posts=3, years=1,
                                             csv_dir=self.path(f"csv-{style}"), csv_style=style)
                community = self.fresh(f"tables-{style}")
                self.assertEqual(community.take(archive)["rejected"], 0)
                self.check_tables(community, said["lists"])

    def check_tables(self, community, counts):
        kinds = {}
        for repository in ("public.git", "local.git", community.private()):
            for each in community.posts(repository).values():
                if each["type"] == "Note":
                    continue
                self.assertEqual(repository, community.private())
                kinds.setdefault((each["type"], each.get("target", "")), set()).add(each["object"])
        self.assertEqual(len(kinds["Follow", ""]), counts["following_accounts"])
        self.assertIn("acct:bo@b.example", kinds["Follow", ""])
        self.assertEqual(kinds["Ignore", ""], {"acct:bo@b.example"})
        self.assertEqual(kinds["Block", ""], {"acct:spam@bad.example", "acct:troll@worse.example",
                                              "https://bad.example/", "https://worse.example/"})
        self.assertEqual(kinds["Add", "camp:list/Friends, old"], {"acct:bo@b.example"})
        self.assertEqual(kinds["Add", "camp:list/Garden"], {"acct:cem@social.c.example"})
        self.assertEqual(len(kinds["Add", "camp:bookmarks"]), counts["bookmarks"])


if __name__ == "__main__":
    main()
