// The sockets of a listen address, bound and listening.
//
//   auto sockets = ListeningSockets::Open("127.0.0.1:0");
//   sockets->address();   // "127.0.0.1:41234"
//
// A name may have several addresses, which share the port; those that this machine
// does not have are passed over. 0.0.0.0 is IPv4 alone, [::] is both.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/file_descriptor.h"

namespace blooio::gateway {

class ListeningSockets {
 public:
  // Of "host:port", "[v6]:port" or "unix:/path". A socket at that path that nobody
  // listens on is replaced; of a port that is taken nothing is shared. Errors are
  // the system's words, such as "Address already in use". Looks the host up, so for
  // start-up only.
  static absl::StatusOr<ListeningSockets> Open(const std::string& listen);
  ListeningSockets(ListeningSockets&&) = default;
  // Takes a unix socket's path away.
  ~ListeningSockets();

  // With the port that was taken for port 0.
  const std::string& address() const { return address_; }
  const std::vector<FileDescriptor>& sockets() const { return sockets_; }

 private:
  ListeningSockets() = default;
  absl::Status OpenUnix(const std::string& path);
  absl::Status OpenTcp(const std::string& host, int port);

  std::string address_;
  std::string unix_path_;
  dev_t unix_device_ = 0;
  ino_t unix_inode_ = 0;
  std::vector<FileDescriptor> sockets_;
};

}  // namespace blooio::gateway
