// Datagrams on their way out: as trains that the system cuts (UDP_SEGMENT), and many trains in one system call (sendmmsg).
#pragma once
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace maru {

constexpr int kMaxSegments = 64;  // UDP_MAX_SEGMENTS of Linux
constexpr size_t kMaxTrainBytes = 65507;

/** One sendmsg of `count` vectors, cut into segments of `segment` bytes where that is not 0. Returns 0 or the error. */
int SendVectors(int fd, const sockaddr_storage& to, iovec* vectors, size_t count, uint16_t segment);

inline bool IsFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

/** Whether the error says that this device or kernel knows no segments. */
inline bool KnowsNoSegments(int error) { return error == EIO || error == EOPNOTSUPP; }

/** Trains that wait for {@link Leave}, all through one socket. What they are made of stays as it is until then. */
class Departures {
 public:
  static constexpr int kMaxTrains = 32;
  static constexpr int kMaxVectors = 512;

  /** Datagrams that the system did not take: a full buffer of the socket is a loss. */
  int lost = 0;
  /** Trains, and datagrams that had to go one by one. */
  int sends = 0;

  /** `offload`: whether UDP_SEGMENT works here, as far as is known. */
  explicit Departures(bool* offload) : offload_(offload) {}

  /** Whether a train of `vectors` pieces through `fd` can wait with the others; where not, these leave first. */
  bool Takes(int fd, int vectors) const { return count_ == 0 || (fd == fd_ && count_ < kMaxTrains && vectorCount_ + vectors <= kMaxVectors); }

  /** A train of `datagrams`, of `segment` bytes each but the last: `vectorCount` pieces, none of which belongs to two of them unless it is the only one. */
  void Add(int fd, const sockaddr_storage& to, const iovec* vectors, int vectorCount, size_t segment, int datagrams);

  /** Sends what waits. What the system does not take as a train goes one by one. */
  void Leave();

 private:
  struct Train {
    sockaddr_storage to;
    alignas(size_t) char control[CMSG_SPACE(sizeof(uint16_t))];
    int datagrams;
    size_t segment;
  };

  void LeaveAlone(int index);
  void LeaveOneByOne(const Train& train, const msghdr& header);

  bool* offload_;
  int fd_ = -1;
  int count_ = 0;
  int vectorCount_ = 0;
  mmsghdr messages_[kMaxTrains];
  Train trains_[kMaxTrains];
  iovec vectors_[kMaxVectors];
};

}  // namespace maru
