// TCP sockets that are bound and not yet used: several may share a port, which node:net cannot ask for.
#include <errno.h>
#include <unistd.h>
#include <uv.h>

#include "address.h"
#include "napi_util.h"

namespace maru {
namespace {

/** bindStream(address, port): a descriptor, for node:net to listen or to connect with; or the negated number of the system's error. */
napi_value BindStream(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  std::string address;
  int32_t port;
  if (argc < 2 || !ReadText(env, argv[0], &address) || !ReadInt(env, argv[1], &port)) return Fail(env, "bindStream(address, port)");
  sockaddr_storage local;
  int family = FamilyOf(address), on = 1;
  if (!ParseAddress(family, address, port, &local)) return Int(env, -EINVAL);
  int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Int(env, -errno);
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&local), SizeOf(family)) == 0) return Int(env, fd);
  int error = errno;
  close(fd);
  return Int(env, -error);
}

}  // namespace

void RegisterStreamPort(napi_env env, napi_value exports) {
  napi_property_descriptor property = {"bindStream", nullptr, BindStream, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
  napi_define_properties(env, exports, 1, &property);
}

}  // namespace maru
