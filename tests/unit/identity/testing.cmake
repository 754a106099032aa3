# Certificates and tokens made by tests.
add_library(testing_credentials STATIC EXCLUDE_FROM_ALL unit/identity/pki.cc unit/identity/tokens.cc)
target_link_libraries(testing_credentials PUBLIC gateway_identity)
# GCC 12 sees overlapping copies in "literal" + string (its bug 105651).
target_compile_options(testing_credentials PUBLIC -Wno-restrict)
