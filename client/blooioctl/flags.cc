#include "client/blooioctl/flags.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, server, "127.0.0.1:50051", "Gateway to call: host:port or unix:path.");
ABSL_FLAG(std::string, account, "", "Blooio account to act on, if the caller may use several.");
ABSL_FLAG(std::string, token_file, "",
          "File with the caller's bearer token. Without TLS it is sent to loopback only.");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(30), "How long a call may take, connecting included.");
ABSL_FLAG(std::string, tls_ca, "", "CA certificates (PEM) to trust; switches TLS on.");
ABSL_FLAG(std::string, tls_cert, "", "Certificate chain (PEM) to show the gateway (mTLS).");
ABSL_FLAG(std::string, tls_key, "", "Private key (PEM) of that certificate.");
ABSL_FLAG(bool, verbose, false, "On success, too, print what the trailing metadata says to stderr.");
