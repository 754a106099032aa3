#include "service/credentials/key_files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "service/credentials/key_file.h"

namespace blooio::gateway {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class KeyFilesTest : public testing::Test {
 protected:
  KeyFilesTest() : root_(fs::path(testing::TempDir()) / ("key_files_test." + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~KeyFilesTest() override { fs::remove_all(root_); }

  static void Write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }

  absl::Status Open(const std::string& current, const std::string& next = "") {
    auto files = KeyFiles::Open({current, next}, keys_, [this](const KeyFileNews& news) { Note(news); });
    if (files.ok()) files_ = *std::move(files);
    return files.status();
  }
  void Note(const KeyFileNews& news) {
    constexpr const char* kEvents[] = {"loaded", "kept", "good again", "gone"};
    const std::string slot = news.slot == KeySlot::kCurrent ? "current " : "next ";
    said_.push_back(slot + kEvents[static_cast<int>(news.event)]);
    fingerprint_ = news.fingerprint;
    problem_ = news.problem;
  }
  // What was said since the last time.
  std::vector<std::string> Said() { return std::exchange(said_, {}); }
  // What is there long enough to be found twice.
  std::vector<std::string> Look() {
    files_->Look();
    EXPECT_THAT(said_, IsEmpty());
    files_->Look();
    return Said();
  }
  std::string Usable() const {
    const KeyUse use = keys_.Usable();
    return use.key ? std::string(use.key->Reveal()) : "-";
  }

  const fs::path root_;
  const fs::path current_ = root_ / "main";
  const fs::path next_ = root_ / "main.next";
  AccountKeys keys_{SystemClock()};
  std::unique_ptr<KeyFiles> files_;
  std::vector<std::string> said_;
  std::string fingerprint_, problem_;
};

TEST_F(KeyFilesTest, LoadsBothAndTellsTheirFingerprints) {
  Write(current_, "abc\n");
  Write(next_, "bl_next");
  ASSERT_TRUE(Open(current_, next_).ok());
  EXPECT_THAT(Said(), ElementsAre("current loaded", "next loaded"));
  EXPECT_EQ(Usable(), "abc");
  EXPECT_EQ(fingerprint_, Fingerprint(Sha256("bl_next")));
  EXPECT_THAT(files_->paths(), ElementsAre(current_, next_));
  EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(KeyFilesTest, DoesNotBeginWithoutACurrentKey) {
  EXPECT_EQ(Open(current_).code(), absl::StatusCode::kNotFound);
  Write(current_, "");
  EXPECT_THAT(std::string(Open(current_).message()), HasSubstr("is empty"));
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(KeyFilesTest, BeginsWithABadNextKeyAndSaysSo) {
  Write(current_, "bl_a");
  Write(next_, "");
  ASSERT_TRUE(Open(current_, next_).ok());
  EXPECT_THAT(Said(), ElementsAre("current loaded", "next kept"));
}

TEST_F(KeyFilesTest, WithoutAFileTheKeyIsTheSandboxs) {
  ASSERT_TRUE(Open("").ok());
  EXPECT_EQ(Usable(), kSandboxKey);
  EXPECT_THAT(files_->paths(), IsEmpty());
  EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(KeyFilesTest, TakesUpNewContent) {
  Write(current_, "bl_a");
  ASSERT_TRUE(Open(current_).ok());
  Said();
  Write(current_, "bl_b");
  EXPECT_THAT(Look(), ElementsAre("current loaded"));
  EXPECT_EQ(Usable(), "bl_b");
}

TEST_F(KeyFilesTest, ABadFileTakesNothingAwayAndIsToldOnce) {
  const std::string secret = "bl_live_\xff_secret";
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "is empty"},
      {secret, "has characters that no API key has"},
      {"bl_a\nbl_b", "has blanks or several lines"},
      {"(deleted)", "cannot be read"},
      {"(folder)", "is not a regular file"},
  };
  Write(current_, "bl_a");
  ASSERT_TRUE(Open(current_).ok());
  Said();
  for (const auto& [content, problem] : bad) {
    SCOPED_TRACE(problem);
    fs::remove_all(current_);
    if (content == "(folder)") {
      fs::create_directory(current_);
    } else if (content != "(deleted)") {
      Write(current_, content);
    }
    EXPECT_THAT(Look(), ElementsAre("current kept"));
    EXPECT_THAT(problem_, HasSubstr(problem));
    EXPECT_THAT(problem_, Not(HasSubstr("bl_")));
    EXPECT_THAT(Look(), IsEmpty());
    EXPECT_EQ(Usable(), "bl_a");
  }
  fs::remove_all(current_);
  Write(current_, "bl_a");
  EXPECT_THAT(Look(), ElementsAre("current good again"));
  fs::remove(current_);
  EXPECT_THAT(Look(), ElementsAre("current kept"));
  Write(current_, "bl_b");
  EXPECT_THAT(Look(), ElementsAre("current loaded"));
}

TEST_F(KeyFilesTest, WhatOneLookAloneFindsDoesNotCount) {
  Write(current_, "bl_a");
  ASSERT_TRUE(Open(current_).ok());
  Said();
  for (const std::string half : {"", "b", "bl", "bl_", "bl_b"}) {
    Write(current_, half);
    files_->Look();
    EXPECT_THAT(Said(), IsEmpty());
    EXPECT_EQ(Usable(), "bl_a");
  }
  files_->Look();
  EXPECT_THAT(Said(), ElementsAre("current loaded"));
  EXPECT_EQ(Usable(), "bl_b");
}

TEST_F(KeyFilesTest, TheNextFileMayComeAndGo) {
  Write(current_, "bl_a");
  ASSERT_TRUE(Open(current_, next_).ok());
  EXPECT_THAT(Said(), ElementsAre("current loaded"));
  Write(next_, "bl_b");
  EXPECT_THAT(Look(), ElementsAre("next loaded"));
  fs::remove(next_);
  EXPECT_THAT(Look(), ElementsAre("next gone"));
  EXPECT_FALSE(keys_.Snapshot().slots[1].present);
  Write(next_, "");
  EXPECT_THAT(Look(), ElementsAre("next kept"));
  fs::remove(next_);
  EXPECT_THAT(Look(), ElementsAre("next gone"));
  EXPECT_THAT(Look(), IsEmpty());
}

TEST_F(KeyFilesTest, ABadNextFileThatGoesIsTold) {
  Write(current_, "bl_a");
  Write(next_, "");
  ASSERT_TRUE(Open(current_, next_).ok());
  Said();
  fs::remove(next_);
  EXPECT_THAT(Look(), ElementsAre("next gone"));
  EXPECT_THAT(Look(), IsEmpty());
}

}  // namespace
}  // namespace blooio::gateway
