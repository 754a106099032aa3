// What a completion queue hands back: who is told that an operation has ended.
//
//   Tag written_ = Tag::To<&HealthWatch::Written>(this);   // lives as long as the call
//   stream_.Write(reply, &written_);
#pragma once

namespace blooio::gateway {

class Tag {
 public:
  // `call->*handle(ok)`, a public or private member function.
  template <auto handle, class Call>
  static Tag To(Call* call) {
    return Tag(call, [](void* told, bool ok) { (static_cast<Call*>(told)->*handle)(ok); });
  }

  // May end the call, and this with it. Without `ok` nothing came of the operation.
  void Tell(bool ok) const { tell_(call_, ok); }

 private:
  Tag(void* call, void (*tell)(void*, bool)) : call_(call), tell_(tell) {}

  void* call_;
  void (*tell_)(void*, bool);
};

}  // namespace blooio::gateway
