#include "service/base/file_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "service/base/folder_events.h"
#include "service/base/path_trail.h"
#include "service/base/signals_blocked.h"
#include "service/base/thread_name.h"

namespace blooio::gateway {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Events of one change follow each other within this; never waited longer than
// the second for the last one.
constexpr std::chrono::milliseconds kQuiet(10);
constexpr std::chrono::milliseconds kLongest(100);

SteadyTime Now() { return std::chrono::steady_clock::now(); }

}  // namespace

struct FileWatcher::Entry {
  Entry(std::vector<std::string> watched, Look what, absl::Duration later)
      : paths(std::move(watched)), look(std::move(what)), again(absl::ToChronoMilliseconds(later)) {}
  const std::vector<std::string> paths;
  Look look;
  const std::chrono::milliseconds again;
  // The thread's alone: what the paths led through last; none before the first look.
  FolderEvents::Names trail;
  bool looked = false;
  SteadyTime second_look = SteadyTime::max();
  bool dropped = false;  // Guarded by Core::mutex_.
};

class FileWatcher::Core {
 public:
  explicit Core(const Options& options)
      : poll_(absl::ToChronoMilliseconds(options.poll)),
        events_(options.inotify),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    const SignalsBlocked blocked;
    thread_ = std::thread([this] {
      NameThread("files");
      Run();
    });
  }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    Wake();
    thread_.join();
  }

  void Add(std::shared_ptr<Entry> entry) {
    {
      std::lock_guard lock(mutex_);
      entries_.push_back(std::move(entry));
    }
    Wake();
  }

  void Drop(Entry& entry) {
    std::unique_lock lock(mutex_);
    entry.dropped = true;
    std::erase_if(entries_, [&entry](const auto& other) { return other.get() == &entry; });
    if (std::this_thread::get_id() == thread_.get_id()) return;
    looked_.wait(lock, [this, &entry] { return looking_ != &entry; });
  }

  void Poke() {
    {
      std::lock_guard lock(mutex_);
      poked_ = true;
    }
    Wake();
  }

  bool polls_only() const { return polls_only_; }

 private:
  using Entries = std::vector<std::shared_ptr<Entry>>;

  void Wake() { eventfd_write(wake_.get(), 1); }

  void Run() {
    SteadyTime next_poll = Now() + poll_;
    Entries entries;
    for (bool all = false; Take(entries, all);) {
      if (Now() >= next_poll) all = true;
      if (all) next_poll = Now() + poll_;
      for (const std::shared_ptr<Entry>& entry : Changed(entries, all)) LookAt(*entry);
      SteadyTime next = next_poll;
      for (const std::shared_ptr<Entry>& entry : entries) next = std::min(next, entry->second_look);
      entries.clear();
      Wait(next);
    }
  }

  // False when it is time to end.
  bool Take(Entries& entries, bool& all) {
    std::lock_guard lock(mutex_);
    entries = entries_;
    all = std::exchange(poked_, false);
    return !stopped_;
  }

  // Follows every path anew, then says which entries are due.
  Entries Changed(const Entries& entries, bool all) {
    Entries changed;
    bool complete = true;
    for (const std::shared_ptr<Entry>& entry : entries) {
      FolderEvents::Names trail;
      for (const std::string& path : entry->paths) {
        WalkPath(path, [&](const std::string& folder, const std::string& name) {
          complete &= events_.Follow(folder, name, trail);
        });
      }
      const bool due = all || !entry->looked || trail != entry->trail || events_.Touched(entry->trail);
      entry->trail = std::move(trail);
      const bool again = Now() >= entry->second_look;
      if (due || again) changed.push_back(entry);
      if (again) entry->second_look = SteadyTime::max();
      if (due && entry->again.count() > 0) entry->second_look = Now() + entry->again;
    }
    events_.ForgetOthers();
    polls_only_ = !complete;
    return changed;
  }

  void LookAt(Entry& entry) {
    {
      std::lock_guard lock(mutex_);
      if (entry.dropped || stopped_) return;
      looking_ = &entry;
    }
    entry.looked = true;
    entry.look();
    {
      std::lock_guard lock(mutex_);
      looking_ = nullptr;
    }
    looked_.notify_all();
  }

  // Until the next look is due, something was asked for, or events came and a pause
  // after them.
  void Wait(SteadyTime next_look) {
    SteadyTime until = next_look;
    SteadyTime latest = SteadyTime::max();
    while (true) {
      pollfd what[] = {{wake_.get(), POLLIN, 0}, {events_.fd(), POLLIN, 0}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Now()).count();
      if (left <= 0) return;
      poll(what, std::size(what), static_cast<int>(std::min<int64_t>(left, 3600 * 1000)));
      if (eventfd_t count = 0; what[0].revents != 0) {
        eventfd_read(wake_.get(), &count);
        return;
      }
      if (what[1].revents == 0 || !events_.Read()) continue;
      latest = std::min(latest, Now() + kLongest);
      until = std::min({Now() + kQuiet, latest, next_look});
    }
  }

  const std::chrono::milliseconds poll_;
  FolderEvents events_;
  const FileDescriptor wake_;
  std::atomic<bool> polls_only_ = false;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable looked_;
  Entries entries_;
  const Entry* looking_ = nullptr;
  bool poked_ = false;
  bool stopped_ = false;

  std::thread thread_;
};

FileWatcher::FileWatcher(const Options& options) : core_(std::make_shared<Core>(options)) {}
FileWatcher::~FileWatcher() { core_->Stop(); }

FileWatcher::Watch FileWatcher::Add(std::vector<std::string> paths, Look look, absl::Duration again) {
  auto entry = std::make_shared<Entry>(std::move(paths), std::move(look), again);
  core_->Add(entry);
  return Watch(core_, std::move(entry));
}

void FileWatcher::Poke() { core_->Poke(); }
bool FileWatcher::polls_only() const { return core_->polls_only(); }

FileWatcher::Watch::Watch(std::shared_ptr<Core> core, std::shared_ptr<Entry> entry)
    : core_(std::move(core)), entry_(std::move(entry)) {}

FileWatcher::Watch& FileWatcher::Watch::operator=(Watch&& other) noexcept {
  std::swap(core_, other.core_);
  std::swap(entry_, other.entry_);
  return *this;
}

FileWatcher::Watch::~Watch() {
  if (entry_ != nullptr) core_->Drop(*entry_);
}

}  // namespace blooio::gateway
