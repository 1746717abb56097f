#include "departures.h"

#include <netinet/in.h>
#include <string.h>

#include "address.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

namespace maru {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

/** Tells the system by `control` to cut what `header` sends into segments. */
void SetSegment(msghdr* header, char* control, uint16_t segment) {
  header->msg_control = control;
  header->msg_controllen = CMSG_SPACE(sizeof segment);
  cmsghdr* message = CMSG_FIRSTHDR(header);
  message->cmsg_level = SOL_UDP;
  message->cmsg_type = UDP_SEGMENT;
  message->cmsg_len = CMSG_LEN(sizeof segment);
  memcpy(CMSG_DATA(message), &segment, sizeof segment);
}

void Direct(msghdr* header, const sockaddr_storage& to, iovec* vectors, size_t count) {
  memset(header, 0, sizeof *header);
  header->msg_name = const_cast<sockaddr_storage*>(&to);
  header->msg_namelen = SizeOf(to.ss_family);
  header->msg_iov = vectors;
  header->msg_iovlen = count;
}

int Send(int fd, const msghdr& header) {
  if (sendmsg(fd, &header, kFlags) >= 0) return 0;
  // with IP_RECVERR, a send first reports what an earlier one met: that is over, so once more
  if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH) return sendmsg(fd, &header, kFlags) >= 0 ? 0 : errno;
  return errno;
}

}  // namespace

int SendVectors(int fd, const sockaddr_storage& to, iovec* vectors, size_t count, uint16_t segment) {
  msghdr header;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof segment)] = {0};
  Direct(&header, to, vectors, count);
  if (segment != 0) SetSegment(&header, control, segment);
  return Send(fd, header);
}

void Departures::Add(int fd, const sockaddr_storage& to, const iovec* vectors, int vectorCount, size_t segment, int datagrams) {
  fd_ = fd;
  Train& train = trains_[count_];
  memcpy(&train.to, &to, SizeOf(to.ss_family));
  train.datagrams = datagrams;
  train.segment = segment;
  iovec* own = vectors_ + vectorCount_;
  memcpy(own, vectors, vectorCount * sizeof *vectors);
  msghdr* header = &messages_[count_].msg_hdr;
  Direct(header, train.to, own, vectorCount);
  if (datagrams > 1) SetSegment(header, train.control, static_cast<uint16_t>(segment));
  vectorCount_ += vectorCount;
  count_ += 1;
  sends += 1;
}

void Departures::Leave() {
  for (int at = 0; at < count_;) {
    int left = sendmmsg(fd_, messages_ + at, count_ - at, kFlags);
    at += left > 0 ? left : 0;
    if (at < count_) LeaveAlone(at++);  // what stopped the others: sent by itself, that says why
  }
  count_ = vectorCount_ = 0;
}

void Departures::LeaveAlone(int index) {
  const Train& train = trains_[index];
  const msghdr& header = messages_[index].msg_hdr;
  int error = Send(fd_, header);
  if (error == 0) return;
  if (train.datagrams == 1 || IsFull(error)) {
    lost += train.datagrams;
    return;
  }
  if (KnowsNoSegments(error)) *offload_ = false;
  LeaveOneByOne(train, header);
}

/** Either each datagram has as many pieces, or all lie in one. */
void Departures::LeaveOneByOne(const Train& train, const msghdr& header) {
  int pieces = static_cast<int>(header.msg_iovlen) / train.datagrams;
  iovec whole = header.msg_iov[0];
  for (int i = 0; i < train.datagrams; i++) {
    size_t at = i * train.segment;
    iovec part = {static_cast<uint8_t*>(whole.iov_base) + at, whole.iov_len - at < train.segment ? whole.iov_len - at : train.segment};
    iovec* own = pieces > 0 ? header.msg_iov + i * pieces : &part;
    if (SendVectors(fd_, train.to, own, pieces > 0 ? pieces : 1, 0) != 0) lost += 1;
    sends += 1;
  }
}

}  // namespace maru
