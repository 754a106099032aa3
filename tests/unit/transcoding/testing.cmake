# The test-only protos, and the routes of all protos by name, for the unit tests
# and the fuzz targets of the transcoder.
get_directory_property(google_protos DIRECTORY ${CMAKE_SOURCE_DIR}/proto DEFINITION GOOGLE_PROTO_ROOT)
set(folder ${CMAKE_CURRENT_LIST_DIR})
set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
set(sources)
foreach(stem testing broken)
  add_custom_command(
    OUTPUT ${generated}/${stem}.pb.cc ${generated}/${stem}.pb.h
    COMMAND protobuf::protoc -I${folder} -I${CMAKE_SOURCE_DIR}/proto -I${google_protos}
            --cpp_out=${generated} ${stem}.proto
    DEPENDS ${folder}/${stem}.proto ${CMAKE_SOURCE_DIR}/proto/blooio/rest/v1/annotations.proto
    COMMENT "Generating ${stem}.pb"
    VERBATIM)
  list(APPEND sources ${generated}/${stem}.pb.cc)
endforeach()

add_library(testing_proto STATIC EXCLUDE_FROM_ALL ${sources})
target_include_directories(testing_proto SYSTEM PUBLIC ${generated})
target_link_libraries(testing_proto PUBLIC blooio_proto)
target_compile_options(testing_proto PRIVATE -w)
set_target_properties(testing_proto PROPERTIES CXX_CLANG_TIDY "")

add_library(testing_routes STATIC EXCLUDE_FROM_ALL ${folder}/routes.cc)
target_link_libraries(testing_routes PUBLIC gateway_transcoding testing_proto)
