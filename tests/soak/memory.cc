#include "tests/soak/memory.h"

#include "absl/strings/str_format.h"

namespace blooio::soak {
namespace {

constexpr size_t kEnough = 3;

}  // namespace

void MemoryLog::Note(const std::optional<World::Memory>& memory) {
  if (memory) samples_[memory->pid].push_back(memory->resident_kib);
}

std::string MemoryLog::Summary() const {
  std::string text = "resident memory of gateways (MiB: warm, at the end)";
  for (const auto& [pid, samples] : samples_) {
    if (samples.size() < kEnough) continue;
    const double warm = static_cast<double>(samples[samples.size() / 3]) / 1024;
    const double end = static_cast<double>(samples.back()) / 1024;
    absl::StrAppendFormat(&text, "\n  over %2d samples %42.1f %8.1f %+6.1f %%", samples.size(), warm, end,
                          100 * (end - warm) / warm);
  }
  return text;
}

}  // namespace blooio::soak
