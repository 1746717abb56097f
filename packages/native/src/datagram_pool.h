// What other parts of the addon may ask of a pool of UDP sockets.
#pragma once
#include <sys/socket.h>
#include <sys/uio.h>

#include <vector>

#include "napi_util.h"

namespace maru {

constexpr int kMaxSegments = 64;       // UDP_MAX_SEGMENTS of Linux
constexpr size_t kMaxTrainBytes = 65507;

struct PoolSocket {
  int fd = -1;
  int family = AF_INET;
  bool mayFragment = false;
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

/** One sendmsg of `count` vectors, cut into segments of `segment` bytes where that is not 0. Returns 0 or the error. */
int SendVectors(int fd, const sockaddr_storage& to, iovec* vectors, size_t count, uint16_t segment);

inline bool IsFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

/** Whether the error says that this device or kernel knows no segments. */
inline bool KnowsNoSegments(int error) { return error == EIO || error == EOPNOTSUPP; }

}  // namespace maru
