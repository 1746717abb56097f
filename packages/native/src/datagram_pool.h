// What other parts of the addon may ask of a pool of UDP sockets.
#pragma once
#include <sys/socket.h>

#include <vector>

#include "napi_util.h"

namespace maru {

struct PoolSocket {
  int fd = -1;
  int family = AF_INET;
  bool mayFragment = false;
  bool isAsked = false;  // not in the epoll set: poolReceive asks it
};

/** A pool that is open: valid for the call. */
struct PoolAccess {
  const std::vector<PoolSocket>* sockets = nullptr;
  bool* offload = nullptr;  // UDP_SEGMENT works here

  /** Null for an integer that means no open socket. */
  const PoolSocket* Socket(int32_t index) const {
    if (index < 0 || index >= static_cast<int32_t>(sockets->size())) return nullptr;
    const PoolSocket& socket = (*sockets)[index];
    return socket.fd >= 0 ? &socket : nullptr;
  }
};

/** False when `value` is no pool, or one that was closed. */
bool ReadPool(napi_env env, napi_value value, PoolAccess* out);

/** Four words and a port as a socket address. False when the address is of another family than the socket's. */
bool ReadEndpoint(const int32_t* in, int family, sockaddr_storage* out);

}  // namespace maru
