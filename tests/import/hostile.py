# SPDX-License-Identifier: MIT
"""What an attacker may put into an archive is refused as a whole, with nothing written; single items
that make no sense, or are another's, are counted and left out."""

import os
import subprocess

from archives import ImportTest, full_depth, main, members_of, rewrite, write_archive

# What the message must name.
NAMES = {"traversal": "camp-evil.txt", "absolute": "camp-evil.txt", "symlink": "media_attachments/link",
         "hardlink": "media_attachments/link", "device": "media_attachments/null",
         "bomb": "media_attachments/bomb.jpg", "case-twins": "win.", "many-entries": "entries",
         "broken-json": "outbox.json", "truncated": ""}


class Hostile(ImportTest):
    def refused(self, community, archive, name, *more):
        """The import ends with 4 in two lines that name the entry, and the disk is as it was."""
        before = community.files()
        done = community.run("account", "import", "--from", "mastodon", archive, *more)
        self.assertIn(done.returncode, (1, 4), done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assertTrue(done.stderr.startswith("camp: "), done.stderr)
        self.assertIn(name, done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(community.files(), before)
        for place in ("/tmp/camp-evil.txt", self.path("camp-evil.txt")):
            self.assertFalse(os.path.exists(place), place)
        return done

    def test_every_hostile_kind(self):
        sizes = {"posts": 30, "years": 1, "media": 6}
        if full_depth():
            sizes["entries"], sizes["bomb_mib"] = 1_000_000, 4096
        else:
            sizes["entries"], sizes["bomb_mib"] = 251_000, 64
        for kind, name in NAMES.items():
            for container in ("zip", "tar.gz"):
                if kind == "hardlink" and container == "zip":
                    continue
                if kind == "many-entries" and container == "zip" and not full_depth():
                    continue
                with self.subTest(kind=kind, container=container):
                    archive, _ = self.archive(f"{kind}.{container}", format=container, hostile=kind, **sizes)
                    community = self.fresh(f"{kind}-{container}")
                    done = self.refused(community, archive, name)
                    print(f"  {kind:13} {container:7} {done.returncode}: {done.stderr.splitlines()[0]}",
                          flush=True)
                    if full_depth() or kind != "many-entries":
                        self.refused(community, archive, name, "--dry-run")
                    os.remove(archive)

    def test_foreign_authors_and_duplicate_names_are_rejected_one_by_one(self):
        for kind in ("foreign-author", "duplicate-keys"):
            with self.subTest(kind=kind):
                archive, said = self.archive(f"{kind}.zip", posts=80, years=1, hostile=kind)
                community = self.fresh(kind)
                if kind == "duplicate-keys":
                    wanted = 1
                else:
                    wanted = said["foreign"]
                result = community.take(archive)
                self.assertGreater(wanted, 0)
                self.assertEqual(result["rejected"], wanted)
                self.assertTrue(result["warnings"])
                notes = [each for name in community.repositories()
                         for each in community.posts(name).values() if each["type"] == "Note"]
                self.assertIn(len(notes), (said["posts"] - wanted, said["posts"] - wanted + 1))
                self.assertNotIn("https://b.example/users/bo", {each["attributedTo"] for each in notes})

    def test_broken_items_are_rejected_one_by_one(self):
        plain, _ = self.archive("plain.zip", posts=40, years=1)

        def breaks(activities):
            posts = [each for each in activities if each["type"] == "Create"]
            del posts[0]["object"]["published"], posts[0]["published"]
            posts[1]["object"]["published"] = "yesterday"
            posts[2]["object"]["published"] = "2100-01-01T00:00:00Z"
            posts[3]["object"]["published"] = "1970-01-01T00:00:00Z"
            posts[4]["object"]["id"] = 5
            posts[5]["object"] = "https://old.example/only/an/address"
            posts[6]["type"] = "Explode\x1b[31m"
            posts[7]["actor"] = {"id": "https://b.example/users/bo"}
            posts[8]["object"]["content"] = None
            posts[8]["object"].pop("contentMap", None)
            posts[8]["object"].update({"attachment": [], "summary": None, "type": "Note"})
            activities.insert(3, "not a record")
            activities.insert(3, None)
            activities.append([[]])
        archive = self.path("broken.zip")
        rewrite(plain, archive, breaks)
        community = self.fresh("broken")
        community.ok("account", "import", "--from", "mastodon", archive, "--dry-run")
        result = community.take(archive)
        self.assertEqual(result["rejected"], 12, result["warnings"])
        self.assertNotIn("\x1b", "".join(result["warnings"]))
        self.assertEqual(community.ok("fsck")["problems"], [])

    def test_what_an_audience_may_not_become(self):
        """Recipients in forms that nobody knows make a post narrower, never wider."""
        plain, _ = self.archive("plain.zip", posts=60, years=1)
        public = "https://www.w3.org/ns/activitystreams#Public"
        forms = [{"to": [], "cc": []}, {"to": {"id": public}, "cc": []},
                 {"to": [[public]], "cc": []}, {"to": 1, "cc": public}, {"to": [public.lower()], "cc": []},
                 {"to": ["https://b.example/users/bo/followers"], "cc": []}]

        def blur(activities):
            posts = [each for each in activities if each["type"] == "Create"]
            for number, form in enumerate(forms):
                posts[number]["object"].update(form)
                posts[number]["object"]["summary"] = f"secret{number:03}"
            # The two places disagree: the narrower counts.
            posts[6].update({"to": [public], "cc": []})
            posts[6]["object"].update({"to": ["https://b.example/users/bo"], "cc": [],
                                       "summary": "secret006"})
            posts[7].update({"to": ["https://b.example/users/bo"], "cc": []})
            posts[7]["object"].update({"to": [public], "cc": [], "summary": "secret007"})
        archive = self.path("blurred.zip")
        rewrite(plain, archive, blur)
        community = self.fresh("blurred")
        self.assertEqual(community.take(archive)["rejected"], 0)
        for repository in ("public.git", "local.git"):
            self.assertNotIn(b"secret0", community.every_object(repository))
        self.assertEqual(community.every_object(community.private()).count(b"secret0"), 8)

    def test_not_an_archive(self):
        community = self.fresh("nothing")
        cases = {"empty.zip": b"", "words.zip": b"hello\n", "words.tar.gz": b"\x1f\x8b\x08\0\0"}
        for name, data in cases.items():
            with open(self.path(name), "wb") as file:
                file.write(data)
            self.refused(community, self.path(name), name)
        os.makedirs(self.path("directory.zip"))
        self.refused(community, self.path("directory.zip"), "directory.zip")
        plain, _ = self.archive("plain.zip", posts=3, years=1)
        for missing in ("actor.json", "outbox.json"):
            archive = self.path(f"no-{missing}.zip")
            write_archive(archive, [each for each in members_of(plain) if each[0] != missing])
            self.refused(community, archive, missing)
        for bad in (b"[]", b"{}", b"{\"id\":\"javascript:1\",\"preferredUsername\":\"x\"}", b"\xff\xfe"):
            archive = self.path("bad-actor.zip")
            write_archive(archive, [(name, bad if name == "actor.json" else data)
                                    for name, data in members_of(plain)])
            self.refused(community, archive, "actor.json")
        done = community.run("account", "import", "--from", "mastodon", self.path("absent.zip"))
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_pictures_that_are_none(self):
        plain, _ = self.archive("plain.zip", posts=30, years=1, media=12)
        archive = self.path("pictures.zip")

        def spoil(name, data):
            return b"<svg onload=alert(1)>" if name.startswith("media_attachments/") else data
        write_archive(archive, [(name, spoil(name, data)) for name, data in members_of(plain)])
        community = self.fresh("pictures")
        result = community.take(archive)
        self.assertEqual(result["media"], 0)
        self.assertTrue(result["warnings"])
        self.assertEqual(community.everywhere([b"<svg onload"]), [])

    def test_a_fifo_does_not_hang(self):
        community = self.fresh("fifo")
        os.mkfifo(self.path("fifo.zip"))
        done = subprocess.run(community.command(["account", "import", "--from", "mastodon",
                                                 self.path("fifo.zip")]), capture_output=True,
                              text=True, env=community.environment(), timeout=60, check=False)
        self.assertIn(done.returncode, (1, 2, 4), done.stderr)


if __name__ == "__main__":
    main()
