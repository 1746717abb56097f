// Socket addresses as the addon handles them: read from text once, compared as integers.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace maru {

/** An address and port as one comparable value. */
struct PeerKey {
  uint64_t high, low;
  uint32_t port;
  bool operator==(const PeerKey& other) const { return high == other.high && low == other.low && port == other.port; }
};

struct PeerHash {
  size_t operator()(const PeerKey& key) const {
    return (key.high * 0x9e3779b97f4a7c15ULL) ^ (key.low * 0xc2b2ae3d27d4eb4fULL) ^ (key.port * 0x165667b19e3779f9ULL);
  }
};

inline socklen_t SizeOf(int family) { return family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6); }

inline int FamilyOf(const std::string& address) { return address.find(':') == std::string::npos ? AF_INET : AF_INET6; }

inline PeerKey KeyOf(const sockaddr_storage& address) {
  PeerKey key{0, 0, 0};
  if (address.ss_family == AF_INET) {
    auto& in = reinterpret_cast<const sockaddr_in&>(address);
    key.low = in.sin_addr.s_addr;
    key.port = in.sin_port;
  } else {
    auto& in6 = reinterpret_cast<const sockaddr_in6&>(address);
    memcpy(&key.high, in6.sin6_addr.s6_addr, 8);
    memcpy(&key.low, in6.sin6_addr.s6_addr + 8, 8);
    key.port = in6.sin6_port | 0x10000u;
  }
  return key;
}

inline bool ParseAddress(int family, const std::string& text, int port, sockaddr_storage* out) {
  memset(out, 0, sizeof *out);
  out->ss_family = family;
  if (family == AF_INET) {
    auto* in = reinterpret_cast<sockaddr_in*>(out);
    in->sin_port = htons(port);
    return inet_pton(AF_INET, text.c_str(), &in->sin_addr) == 1;
  }
  auto* in6 = reinterpret_cast<sockaddr_in6*>(out);
  in6->sin6_port = htons(port);
  return inet_pton(AF_INET6, text.c_str(), &in6->sin6_addr) == 1;
}

inline int PortOf(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                            : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

}  // namespace maru
