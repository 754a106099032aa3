// As service/precompiled.h, with gRPC.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "service/precompiled.h"
