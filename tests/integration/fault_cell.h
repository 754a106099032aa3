// A cell of the fault matrix: one call of one kind that meets a fault, and what the sandbox
// came to know of it.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/harness/sandbox_server.h"

namespace blooio::integration {

// A kind of call, as far as faults are concerned.
struct CallKind {
  std::string name = "";
  bool read = false;
  bool create = false;
  // The caller gives a key.
  bool keyed = false;
  // A key travels upstream, the caller's or a minted one.
  bool travels = false;
  // What the upstream answers when all is well.
  int status = 201;

  // A blind repeat by the caller is safe.
  bool repeatable() const { return read || (keyed && travels); }
};

const std::vector<CallKind>& CallKinds();

struct Cell {
  CallKind kind = {};
  // Whose it is; no other cell has it, so that none meets what another's faults do to
  // limits and circuits.
  std::string account = "";
  std::shared_ptr<google::protobuf::Message> request = nullptr;
  // Where it ends up, if it gets there.
  const SandboxServer* sandbox = nullptr;
  // Its requests, as a fault's "match" tells them apart; those of the two kinds that
  // create the same thing are alike.
  std::string verb = "";
  std::string prefix = "";
  // Stands in its request; for a read, in its target.
  std::string mark = "";
};

// A call that nobody has made yet. `padding`: so many bytes more of text, where it has any.
Cell MakeCell(const CallKind& kind, const std::string& account, const SandboxServer& sandbox,
              size_t padding = 0);

// Its request once more with the key, which is the same operation.
std::shared_ptr<google::protobuf::Message> WithKey(const Cell& cell, const std::string& key);

// What is there to see at the sandbox, for one look at many cells.
struct Seen {
  explicit Seen(const SandboxServer& sandbox);
  explicit Seen(const Cell& cell) : Seen(*cell.sandbox) {}
  // Requests that came.
  int Requests(const Cell& cell) const;
  // How often it was carried out; 0 for a read.
  int Executions(const Cell& cell) const;

  std::vector<Recorded> requests;
  Json messages;
  Json groups;
};

}  // namespace blooio::integration
