#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Profiles on their way between devices and their origin.

Usage: profile_test.py CAMP SHIM
"""

import os
import struct
import sys
import unittest
import zlib

import clones
import faults

PROGRAM = sys.argv[1]


def at(hour, minute=0):
    return {"CAMP_NOW": f"2027-01-20T{hour:02}:{minute:02}:00Z"}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Profiles(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.home = clones.Origin(PROGRAM, self.scratch.path + "/home")
        self.home.ok("post", "--to", "public", "welcome", extra=at(1))
        self.laptop = self.home.join(self.scratch.path + "/laptop", "bo")

    def phone(self):
        phone = self.home.clone(self.scratch.path + "/phone", "bo")
        phone.sync(extra=at(2))
        return phone

    def picture(self, shade):
        """A PNG of one grey pixel."""
        path = f"{self.scratch.path}/{shade}.png"
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
                       + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b""))
        return path

    def media(self, camp, digest):
        return os.path.exists(f"{camp.directory}/media/public/{digest[:2]}/{digest}")

    def assert_same(self, *directories, hour=20):
        for directory in directories:
            report = directory.sync(extra=at(hour))
            self.assertEqual(report["refused"], [])
        for directory in directories:
            report = directory.sync(extra=at(hour, 30))
            self.assertEqual((report["refused"], report["submitted"]), ([], 0))
        self.assertEqual(len({directory.hashes()["public"] for directory in (self.home, *directories)}), 1)
        shown = [camp.ok("profile", "bo") for camp in (self.home, *directories)]
        self.assertEqual([each for each in shown if each != shown[0]], [])
        for directory in (self.home, *directories):
            self.assertEqual(directory.ok("fsck")["problems"], [])
        return shown[0]

    def test_a_profile_written_on_the_train_waits(self):
        said = self.laptop.ok("profile", "--name", "Bo", extra=at(2))
        self.assertTrue(said["pending"])
        self.assertEqual(self.home.ok("profile", "bo")["name"], "")
        self.laptop.ok("post", "hello", extra=at(3))
        self.assertEqual(self.laptop.ok("timeline")[0]["author"]["name"], "Bo")
        self.assertEqual(self.laptop.ok("fsck")["problems"], [])
        self.laptop.ok("reindex")
        self.assertEqual(self.laptop.ok("profile")["name"], "Bo")
        report = self.laptop.sync(extra=at(4))
        self.assertEqual((report["submitted"], report["refused"]), (2, []))
        self.assertNotIn("pending", self.laptop.ok("profile"))
        self.assertEqual(self.home.ok("timeline", "-n", "1")[0]["author"]["name"], "Bo")
        self.assert_same(self.laptop)

    def test_a_second_one_takes_the_place_of_one_that_waits(self):
        for name in ("one", "two", "three"):
            self.laptop.ok("profile", "--name", name, extra=at(2))
        self.assertEqual(len(os.listdir(self.laptop.directory + "/outbox/public")), 1)
        self.assertEqual(self.laptop.sync(extra=at(3))["submitted"], 1)
        self.assertEqual(self.assert_same(self.laptop)["name"], "three")

    def test_of_two_devices_the_later_one_counts(self):
        phone = self.phone()
        for hour, first, second in ((3, self.laptop, phone), (10, phone, self.laptop)):
            self.laptop.ok("profile", "--name", f"the laptop at {hour}", extra=at(hour))
            phone.ok("profile", "--name", f"the phone at {hour}", extra=at(hour + 1))
            first.sync(extra=at(hour + 2))
            second.sync(extra=at(hour + 2))
            shown = self.assert_same(self.laptop, phone, hour=hour + 3)
            self.assertEqual(shown["name"], f"the phone at {hour}")

    def test_the_later_one_may_come_first(self):
        phone = self.phone()
        self.laptop.ok("profile", "--name", "early", extra=at(3))
        phone.ok("profile", "--name", "late", extra=at(4))
        phone.sync(extra=at(5))
        report = self.laptop.sync(extra=at(6))
        self.assertEqual((report["submitted"], report["refused"]), (1, []))
        self.assertEqual(self.laptop.ok("profile")["name"], "late")
        self.assertEqual(self.assert_same(self.laptop, phone)["name"], "late")

    def test_pictures_go_along(self):
        phone = self.phone()
        said = self.laptop.ok("profile", "--avatar", self.picture(10), "--header", self.picture(20), extra=at(3))
        self.laptop.sync(extra=at(4))
        phone.sync(extra=at(4))
        for digest in (said["avatar"]["sha256"], said["header"]["sha256"]):
            self.assertTrue(self.media(self.home, digest))
            self.assertTrue(self.media(phone, digest))
        self.assert_same(self.laptop, phone)

    def test_a_picture_that_the_origin_has_forgotten_comes_again(self):
        """The phone goes on naming what the laptop has replaced meanwhile."""
        phone = self.phone()
        old = self.laptop.ok("profile", "--avatar", self.picture(10), extra=at(3))["avatar"]["sha256"]
        self.laptop.sync(extra=at(4))
        phone.sync(extra=at(4))
        self.laptop.ok("profile", "--avatar", self.picture(20), extra=at(5))
        self.laptop.sync(extra=at(5))
        self.home.ok("gc", extra=at(5))
        self.assertFalse(self.media(self.home, old))
        phone.ok("profile", "--name", "Bo", extra=at(6))
        phone.ok("gc", extra=at(6))
        phone.sync(extra=at(7))
        self.assertTrue(self.media(self.home, old))
        shown = self.assert_same(self.laptop, phone)
        self.assertEqual((shown["name"], shown["avatar"]["sha256"]), ("Bo", old))

    def test_a_wrong_clock_is_mended(self):
        self.laptop.ok("profile", "--name", "Bo", extra={"CAMP_NOW": "2027-06-01T00:00:00Z"})
        report = self.laptop.sync(extra=at(5))
        self.assertEqual((report["submitted"], report["refused"]), (1, []))
        self.assertEqual(self.assert_same(self.laptop)["name"], "Bo")

    def test_a_mirror_shows_profiles(self):
        self.home.ok("profile", "--name", "Ana", extra=at(2))
        mirror = clones.Camp(PROGRAM, self.scratch.path + "/mirror")
        done = mirror.run("clone", "--audience", "public", self.home.directory, mirror.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(mirror.hashes()["public"], self.home.hashes()["public"])
        self.assertEqual(mirror.ok("fsck")["problems"], [])

    def test_old_words_go_from_clones_too(self):
        self.laptop.ok("profile", "--bio", "Quittengelee", extra=at(2))
        self.laptop.sync(extra=at(3))
        self.laptop.ok("profile", "--bio", "", extra=at(4))
        self.laptop.sync(extra=at(5))
        for camp in (self.home, self.laptop):
            camp.ok("gc", extra=at(6))
            words = faults.git(camp.directory + "/public.git", "cat-file", "--batch-all-objects", "--batch")
            self.assertNotIn(b"Quittengelee", words)
        self.assert_same(self.laptop)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
