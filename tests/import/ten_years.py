# SPDX-License-Identifier: MIT
"""Ten years at once: thousands of posts arrive, are listed, threaded, found and checked, and the
memory that an import takes stays small however long the archive is."""

import json
import os
import subprocess
import sys
import time

from archives import ImportTest, full_depth, is_wider, main, outbox_of

# How many posts, and how many for the second, larger archive, each over ten years.
SMALL, LARGE = (2000, 20000) if full_depth() else (200, 600)
# A process that imports and says what it took at most: the peak of a child that was waited for.
WATCH = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"exit": done.returncode, "answer": done.stdout.decode(), "kib": used.ru_maxrss,
                  "cpu": used.ru_utime + used.ru_stime}))
"""


class TenYears(ImportTest):
    def watched(self, community, archive):
        words = community.command(["account", "import", "--from", "mastodon", archive, "--json"])
        environment = community.environment()
        # Under the address sanitizer, what was freed is kept for a while: that is not camp's memory.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        begin = time.monotonic()
        done = subprocess.run([sys.executable, "-c", WATCH, *words], stdout=subprocess.PIPE,
                              env=environment, check=True)
        said = json.loads(done.stdout)
        self.assertEqual(said["exit"], 0)
        said["answer"], said["seconds"] = json.loads(said["answer"]), time.monotonic() - begin
        return said

    def test_ten_years_in_one_go(self):
        peaks = []
        for posts in (SMALL, LARGE):
            archive, said = self.archive(f"{posts}.zip", posts=posts, years=10, media=posts // 10)
            community = self.fresh(f"years-{posts}")
            took = self.watched(community, archive)
            peaks.append(took["kib"])
            print(f"  {posts} posts, {os.path.getsize(archive) >> 10} KiB: {took['seconds']:.1f} s, "
                  f"{took['cpu']:.1f} s of processor, peak {took['kib'] / 1024:.1f} MiB", flush=True)
            self.assertEqual(took["answer"]["imported"] + took["answer"]["skipped"],
                             said["posts"] + said["boosts"] + said["likes"] + said["bookmarks"])
            self.assertEqual(took["answer"]["rejected"], 0)
            if posts == LARGE:
                self.look_at(community, archive, said)
        print(f"  peak for {LARGE} posts: {peaks[1] / peaks[0]:.2f} times that for {SMALL}", flush=True)
        # Caches with fixed bounds fill up, and the packing at the end holds the ids of what it packs.
        self.assertLessEqual(peaks[1] - peaks[0], 48 << 10)

    def look_at(self, community, archive, said):
        rows = community.ok("timeline", "--all")
        self.assertEqual(len(rows), said["posts"])
        self.assertEqual(rows, sorted(rows, key=lambda row: row["published"], reverse=True))
        self.assertLess(rows[-1]["published"][:4], "2017")
        by_time = {row["published"][:19]: row for row in rows}
        self.assertEqual(len(by_time), said["posts"])
        posts = [item["object"] for item in outbox_of(archive) if item["type"] == "Create"]
        known = {post["id"]: post for post in posts}
        replies = [post for post in posts if post["inReplyTo"] in known]
        self.assertEqual(len(replies), said["self_replies"])
        linked = [reply for reply in replies if not is_wider(reply, known[reply["inReplyTo"]])]
        self.assertGreater(len(linked), 3)
        for reply in linked[:: max(1, len(linked) // 10)]:
            row = by_time[reply["published"][:19]]
            parent = by_time[known[reply["inReplyTo"]]["published"][:19]]
            self.assertEqual(row["inReplyTo"], parent["id"])
            thread = community.ok("thread", row["id"])
            self.assertLessEqual({row["id"], parent["id"]}, {each["id"] for each in thread})
        self.assertTrue(community.ok("search", "snails"))
        self.assertEqual(community.ok("fsck")["problems"], [])
        dump = community.dump()
        community.ok("reindex")
        self.assertEqual(community.dump(), dump)
        loose = sum(int(community.git(name, "count-objects").split()[0])
                    for name in community.repositories())
        self.assertLess(loose, 7000)


if __name__ == "__main__":
    main()
