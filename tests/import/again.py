# SPDX-License-Identifier: MIT
"""A second import changes nothing, a killed one goes on where it was, and what was edited or deleted
since then stays so."""

import fcntl
import os
import random
import signal
import subprocess
import time

from archives import NOW, SEED, ImportTest, full_depth, main, outbox_of, rewrite, visibility_of

POSTS, YEARS = (1500, 10) if full_depth() else (80, 2)
KILLS = 40 if full_depth() else 4


class Again(ImportTest):
    def make(self):
        return self.archive("own/archive.zip", posts=POSTS, years=YEARS, media=POSTS // 4,
                            csv_dir=self.path("own"))[0]

    def state(self, community):
        files = {path: digest for path, digest in community.files().items()
                 if not path.startswith("state/index.db")}
        return community.refs(), community.dump(), files

    def test_second_run_changes_nothing(self):
        archive = self.make()
        community = self.fresh("twice")
        first = community.take(archive)
        before = self.state(community)
        # On another day too: what has no date of its own must not get a new one.
        for now in (NOW, "2026-11-25T12:34:56Z"):
            community.now = now
            again = community.take(archive)
            self.assertEqual((again["imported"], again["media"]), (0, 0))
            self.assertEqual(again["skipped"], first["imported"] + first["skipped"])
            self.assertEqual(again["rejected"], first["rejected"])
            self.assertEqual(self.state(community), before)
        community.ok("reindex")
        self.assertEqual(community.dump(), before[1])

    def test_other_container_changes_nothing(self):
        options = {"posts": 40, "years": 1, "media": 10}
        community = self.fresh("containers")
        community.take(self.archive("one.zip", format="zip", **options)[0])
        before = self.state(community)
        again = community.take(self.archive("one.tar.gz", format="tar.gz", **options)[0])
        self.assertEqual(again["imported"], 0)
        self.assertEqual(self.state(community), before)

    def test_a_later_archive_brings_what_is_new(self):
        """The archive of some weeks later holds the same and more; likes have no dates in either."""
        archive = self.make()
        earlier = self.path("own/earlier.zip")
        rewrite(archive, earlier, lambda activities: activities[:len(activities) // 2])
        community = self.fresh("later")
        first = community.take(earlier)
        second = community.take(archive)
        self.assertGreater(min(first["imported"], second["imported"], second["skipped"]), 0)
        whole = self.fresh("whole")
        whole.take(archive)

        def said(one):
            return sorted((each["type"], str(each.get("object")), each.get("target", ""), each.get("url", ""))
                          for name in one.repositories() for each in one.posts(name).values())
        self.assertEqual(said(community), said(whole))

    def kill_at(self, community, archive, delay, sign):
        child = subprocess.Popen(community.command(["account", "import", "--from", "mastodon", archive]),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=community.environment())
        time.sleep(delay)
        child.send_signal(sign)
        return child.wait()

    def test_killed_import_goes_on_where_it_was(self):
        archive = self.make()
        whole = self.fresh("whole")
        begin = time.monotonic()
        whole.take(archive)
        took = time.monotonic() - begin
        dump = whole.dump()
        rng = random.Random(SEED)
        killed, partial = 0, 0
        for number in range(KILLS):
            # Beside other work the first import may have been slower than this one.
            for attempt in range(8):
                delay = took * (number + rng.random()) / KILLS
                community = self.fresh(f"killed-{number}-{attempt}")
                if self.kill_at(community, archive, delay, signal.SIGKILL) == -signal.SIGKILL:
                    killed += 1
                    break
                took /= 2
            staged = os.path.exists(os.path.join(community.directory, "state/import"))
            community.now = "2026-11-25T12:34:56Z"
            result = community.take(archive)
            partial += result["skipped"] > 0
            self.assertFalse(os.path.exists(os.path.join(community.directory, "state/import")))
            self.assertEqual(community.dump(), dump, f"killed after {delay:.3f} of {took:.3f} s")
            self.assertEqual(community.ok("fsck")["problems"], [])
            print(f"  killed after {delay:.3f} of {took:.3f} s: staging left {staged}, "
                  f"{result['skipped']} were there", flush=True)
        self.assertGreater(killed, 0)

    def test_gc_removes_what_a_killed_import_staged(self):
        community = self.fresh("staged")
        staging = os.path.join(community.directory, "state/import")
        os.makedirs(staging)
        with open(os.path.join(staging, "outbox.json"), "w", encoding="utf-8") as file:
            file.write("left behind")
        community.ok("gc")
        self.assertFalse(os.path.exists(staging))

    def test_edited_and_deleted_stay_so(self):
        archive = self.make()
        community = self.fresh("edited")
        community.take(archive)
        ids = {each["url"]: each["id"] for name in community.repositories()
               for each in community.posts(name).values() if each["type"] == "Note"}
        for visibility in ("public", "followers"):
            urls = [item["object"]["url"] for item in outbox_of(archive) if item["type"] == "Create"
                    and visibility_of(item["object"]) == visibility]
            edited, deleted, purged = (ids[url] for url in urls[:3])
            community.ok("edit", edited, f"Changed since, {visibility}")
            community.ok("delete", deleted)
            community.ok("delete", purged, "--now")
            for step in ("at once", "after gc"):
                with self.subTest(visibility=visibility, step=step):
                    dump = community.dump()
                    again = community.take(archive)
                    self.assertEqual(again["imported"], 0)
                    self.assertEqual(community.dump(), dump)
                    shown = community.ok("show", edited)
                    self.assertEqual(shown["content"], f"Changed since, {visibility}")
                    for gone in (deleted, purged):
                        self.assertEqual(community.run("show", gone).returncode, 3)
                community.ok("gc")

    def test_two_at_once(self):
        """The second is told to wait; the first is not disturbed."""
        archive = self.make()
        community = self.fresh("two")
        community.take(archive, "--dry-run")
        lock = os.path.join(community.directory, "state/import.lock")
        with open(lock, "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            done = community.run("account", "import", "--from", "mastodon", archive)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("another import is running", done.stderr)
        self.assertEqual(community.take(archive)["skipped"], 0)


if __name__ == "__main__":
    main()
