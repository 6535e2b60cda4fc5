// SPDX-License-Identifier: MIT
#pragma once

// Catch2 moved its headers between version 2 (Debian 12) and 3 (Debian 13).
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
