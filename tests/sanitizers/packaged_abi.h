// Included first into everything that is built with the thread sanitizer.
// protobuf lays its map fields out differently there, which the packaged
// libprotobuf does not: the first google.protobuf.Struct would crash. So its
// headers must not see the sanitizer; the standard library's may, and have by
// then.
#pragma once

#ifdef __cplusplus
#include <cstddef>
#endif
#undef __SANITIZE_THREAD__
