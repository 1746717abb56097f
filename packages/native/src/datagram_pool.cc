// Many UDP sockets in one epoll set, for a relay: one wake-up receives from all that are ready, one call sends through any.
// Sockets are small integers, addresses four 32-bit words and a port (IPv4 mapped into IPv6): nothing is kept for a peer.
#include <errno.h>
#include <time.h>  // before the next, which needs it
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include <vector>

#include "address.h"
#include "datagram_pool.h"
#include "departures.h"
#include "napi_util.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace maru {
namespace {

constexpr napi_type_tag kPoolTag = {0x6d617275'706f6f6cULL, 0x5b0c7e92'a4d1f386ULL};
constexpr int kSlots = 64;                      // datagrams, or trains of them, a batch
constexpr size_t kSlotBytes = 65536 + 1088;     // what UDP_GRO may deliver, and so that slots do not share cache lines' sets
constexpr int kMaxReceived = 128;               // descriptors a batch: errors of the network have no slot
constexpr int kMessagesPerSocket = 16;          // then the next socket has its turn
constexpr int kReadySockets = 64;
constexpr int kBatchesPerTurn = 4;              // then whoever else waits for this thread has theirs
constexpr int kTurnsPerWakeup = 4;              // while much comes: each gathers for a while and takes what is there
constexpr int kBusyPerMs = 15;                  // datagrams a millisecond from which on waking up for each costs more than relaying it
constexpr double kRateWindowMs = 5;             // over which the rate is taken
constexpr int kReceived = 10;                   // socket, offset, length, step, address (4), port, how long it had waited
constexpr int kSent = 10;                       // socket, offset, length, header, flags, address (4), port
constexpr int64_t kMaxWaitedUs = 10'000'000;
constexpr int kHeaderBytes = 4;

enum BindFlags { kReusePort = 1, kReportErrors = 2, kMayFragment = 4, kReceiveSingly = 8, kWhenAsked = 16, kStampArrival = 32 };
enum SendFlags { kDontFragment = 1 };

struct Pool {
  napi_env env;
  int epoll = -1;
  bool closed = false;
  bool offload = true;  // UDP_SEGMENT works here
  uv_poll_t* poll = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  napi_ref object = nullptr;
  napi_ref onBatch = nullptr;
  napi_ref buffers[2] = {nullptr, nullptr};
  napi_async_context context = nullptr;
  uint8_t* slab = nullptr;
  int32_t* descriptors = nullptr;
  std::vector<PoolSocket> sockets;
  std::vector<int32_t> freeSockets;
  int32_t restNs = 0;
  bool isBusy = false;
  int received = 0;  // since `windowAt`
  double windowAt = 0;
};

/** What one batch holds so far. */
struct Batch {
  int slots = 0;
  int count = 0;
  bool hasMore = false;  // a socket had as many as were asked of it
};

/** Four words and a port, as JavaScript compares them. */
void WriteEndpoint(const sockaddr_storage& address, int32_t* out) {
  uint32_t words[4] = {0, 0, htonl(0xffff), 0};
  if (address.ss_family == AF_INET) words[3] = reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr;
  else memcpy(words, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, sizeof words);
  for (int i = 0; i < 4; i++) out[i] = static_cast<int32_t>(ntohl(words[i]));
  out[4] = PortOf(address);
}

}  // namespace

/** The opposite. False when the address is of another family than the socket's. */
bool ReadEndpoint(const int32_t* in, int family, sockaddr_storage* out) {
  bool isIpv4 = in[0] == 0 && in[1] == 0 && in[2] == 0xffff;
  if (isIpv4 != (family == AF_INET)) return false;
  out->ss_family = static_cast<sa_family_t>(family);
  if (isIpv4) {
    auto* address = reinterpret_cast<sockaddr_in*>(out);
    address->sin_port = htons(static_cast<uint16_t>(in[4]));
    address->sin_addr.s_addr = htonl(static_cast<uint32_t>(in[3]));
    return true;
  }
  auto* address = reinterpret_cast<sockaddr_in6*>(out);
  memset(address, 0, sizeof *address);
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(static_cast<uint16_t>(in[4]));
  uint32_t words[4];
  for (int i = 0; i < 4; i++) words[i] = htonl(static_cast<uint32_t>(in[i]));
  memcpy(&address->sin6_addr, words, sizeof words);
  return true;
}

namespace {

/** Appends a descriptor; `offset` is -1 for an error of the network: then `length` is type and code, `step` the MTU if known. */
void Append(Pool* pool, Batch* batch, int32_t socket, const sockaddr_storage& from, int32_t offset, int32_t length, int32_t step, int32_t waitedUs) {
  int32_t* out = pool->descriptors + batch->count * kReceived;
  out[0] = socket;
  out[1] = offset;
  out[2] = length;
  out[3] = step;
  WriteEndpoint(from, out + 4);
  out[9] = waitedUs;
  batch->count += 1;
}

/** How long ago, by the system's clock. That may be set meanwhile: what cannot be is taken for no time. */
int32_t MicrosecondsSince(const timespec& stamp) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t us = (static_cast<int64_t>(now.tv_sec) - stamp.tv_sec) * 1'000'000 + (now.tv_nsec - stamp.tv_nsec) / 1'000;
  return us < 0 || us > kMaxWaitedUs ? 0 : static_cast<int32_t>(us);
}

/** Takes one ICMP error from the socket's queue of errors. */
void ReceiveError(Pool* pool, Batch* batch, int32_t index) {
  alignas(cmsghdr) char control[256];
  sockaddr_storage destination;
  memset(&destination, 0, sizeof destination);
  uint8_t ignored[1];
  iovec vector = {ignored, sizeof ignored};
  msghdr header;
  memset(&header, 0, sizeof header);
  header.msg_name = &destination;
  header.msg_namelen = sizeof destination;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  if (recvmsg(pool->sockets[index].fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message; message = CMSG_NXTHDR(&header, message)) {
    bool isError = (message->cmsg_level == SOL_IP && message->cmsg_type == IP_RECVERR) ||
                   (message->cmsg_level == SOL_IPV6 && message->cmsg_type == IPV6_RECVERR);
    if (!isError) continue;
    sock_extended_err error;
    memcpy(&error, CMSG_DATA(message), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    Append(pool, batch, index, destination, -1, (error.ee_type << 8) | error.ee_code, static_cast<int32_t>(error.ee_info), 0);
    return;
  }
}

void ReceiveFrom(Pool* pool, Batch* batch, int32_t index) {
  int room = kSlots - batch->slots < kMessagesPerSocket ? kSlots - batch->slots : kMessagesPerSocket;
  mmsghdr messages[kMessagesPerSocket];
  iovec vectors[kMessagesPerSocket];
  sockaddr_storage addresses[kMessagesPerSocket];
  alignas(cmsghdr) char controls[kMessagesPerSocket][CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec))];
  for (int i = 0; i < room; i++) {
    vectors[i] = {pool->slab + (batch->slots + i) * kSlotBytes, 65536};
    msghdr& header = messages[i].msg_hdr;
    header.msg_name = &addresses[i];
    header.msg_namelen = sizeof addresses[i];
    header.msg_iov = &vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = controls[i];
    header.msg_controllen = sizeof controls[i];
    header.msg_flags = 0;
  }
  int received = recvmmsg(pool->sockets[index].fd, messages, room, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < received; i++) {
    int length = static_cast<int>(messages[i].msg_len);
    int step = length, waitedUs = 0;
    for (cmsghdr* control = CMSG_FIRSTHDR(&messages[i].msg_hdr); control; control = CMSG_NXTHDR(&messages[i].msg_hdr, control)) {
      if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) memcpy(&step, CMSG_DATA(control), sizeof step);
      if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
        timespec stamp;
        memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
        waitedUs = MicrosecondsSince(stamp);
      }
    }
    if (step <= 0 || step > length) step = length;
    Append(pool, batch, index, addresses[i], static_cast<int32_t>((batch->slots + i) * kSlotBytes), length, step, waitedUs);
    pool->received += step > 0 ? (length + step - 1) / step : 1;
  }
  if (received <= 0) return;
  batch->slots += received;
  batch->hasMore |= received == room;
}

double NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/** Whether so much comes that it pays to let some gather. */
void TakeRate(Pool* pool) {
  double now = NowMs();
  if (now - pool->windowAt < kRateWindowMs) return;
  pool->isBusy = pool->received > kBusyPerMs * (now - pool->windowAt);
  pool->received = 0;
  pool->windowAt = now;
}

/** Tells JavaScript of what came, from outside of it. */
void Tell(Pool* pool, const Batch& batch) {
  napi_env env = pool->env;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value object, function, result, argv[1] = {Int(env, batch.count)};
  napi_get_reference_value(env, pool->object, &object);
  napi_get_reference_value(env, pool->onBatch, &function);
  if (napi_make_callback(env, pool->context, object, function, 1, argv, &result) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

enum class Taken { nothing, all, some };

/** Receives one batch from whatever is ready and tells JavaScript. Returns `some` when more may be waiting. */
Taken ReceiveBatch(Pool* pool) {
  epoll_event ready[kReadySockets];
  int count = epoll_wait(pool->epoll, ready, kReadySockets, 0);
  Batch batch;
  for (int i = 0; i < count && batch.slots < kSlots && batch.count + kMessagesPerSocket < kMaxReceived; i++) {
    int32_t index = static_cast<int32_t>(ready[i].data.u32);
    if (ready[i].events & EPOLLERR) ReceiveError(pool, &batch, index);
    if (ready[i].events & EPOLLIN) ReceiveFrom(pool, &batch, index);
  }
  if (batch.count == 0) return Taken::nothing;
  Tell(pool, batch);
  return batch.hasMore || batch.slots == kSlots || count == kReadySockets ? Taken::some : Taken::all;
}

void OnPoll(uv_poll_t* poll, int, int) {
  Pool* pool = static_cast<Pool*>(poll->data);
  int turns = pool->isBusy && pool->restNs > 0 ? kTurnsPerWakeup : 1;
  for (int turn = 0; turn < turns; turn++) {
    if (turns > 1) {
      timespec rest = {0, pool->restNs};
      nanosleep(&rest, nullptr);
    }
    Taken taken = Taken::some;
    for (int batch = 0; batch < kBatchesPerTurn && taken == Taken::some && !pool->closed; batch++) taken = ReceiveBatch(pool);
    if (pool->closed) return;
    if (taken == Taken::nothing) break;
  }
  TakeRate(pool);
}

void CloseDescriptors(Pool* pool) {
  pool->closed = true;
  uv_poll_stop(pool->poll);
  for (PoolSocket& socket : pool->sockets) {
    if (socket.fd >= 0) close(socket.fd);
  }
  close(pool->epoll);
}

void FreePoll(uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); }

void ClosePool(Pool* pool) {
  if (pool->closed) return;
  CloseDescriptors(pool);
  uv_close(reinterpret_cast<uv_handle_t*>(pool->poll), [](uv_handle_t* handle) {
    Pool* closing = static_cast<Pool*>(handle->data);
    napi_handle_scope scope;
    napi_open_handle_scope(closing->env, &scope);
    napi_remove_async_cleanup_hook(closing->cleanup);
    napi_async_destroy(closing->env, closing->context);
    for (napi_ref buffer : closing->buffers) napi_delete_reference(closing->env, buffer);
    napi_delete_reference(closing->env, closing->onBatch);
    napi_delete_reference(closing->env, closing->object);  // from here on, the collector may free it
    napi_close_handle_scope(closing->env, scope);
    FreePoll(handle);
  });
}

/** The process or worker ends with the pool open: the loop must see the handle closed, JavaScript is gone already. */
void CloseAtExit(napi_async_cleanup_hook_handle hook, void* data) {
  Pool* pool = static_cast<Pool*>(data);
  if (pool->closed) {
    napi_remove_async_cleanup_hook(hook);
    return;
  }
  CloseDescriptors(pool);
  pool->poll->data = hook;
  uv_close(reinterpret_cast<uv_handle_t*>(pool->poll), [](uv_handle_t* handle) {
    napi_remove_async_cleanup_hook(static_cast<napi_async_cleanup_hook_handle>(handle->data));
    FreePoll(handle);
  });
}

/** openPool(slab, descriptors, restNs, onBatch): an object. */
napi_value OpenPool(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  size_t argc = 4;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes slab, descriptors;
  int32_t restNs;
  if (argc < 4 || !ReadBytes(env, argv[0], &slab) || !ReadBytes(env, argv[1], &descriptors) || !ReadInt(env, argv[2], &restNs) ||
      slab.length < kSlots * kSlotBytes || descriptors.length < kMaxReceived * kReceived * 4) {
    return Fail(env, "openPool(slab, descriptors, restNs, onBatch): one of them is too small");
  }
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return Fail(env, uv_err_name(-errno));
  Pool* pool = new Pool();
  pool->env = env;
  pool->epoll = epoll;
  pool->restNs = restNs;
  pool->slab = slab.data;
  pool->descriptors = reinterpret_cast<int32_t*>(descriptors.data);
  uv_loop_t* loop;
  napi_get_uv_event_loop(env, &loop);
  pool->poll = new uv_poll_t();
  uv_poll_init(loop, pool->poll, epoll);
  pool->poll->data = pool;
  napi_value object, name;
  napi_create_object(env, &object);
  napi_create_string_utf8(env, "maru:datagram-pool", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, object, name, &pool->context);
  napi_wrap(env, object, pool, [](napi_env, void* data, void*) { delete static_cast<Pool*>(data); }, nullptr, nullptr);
  napi_type_tag_object(env, object, &kPoolTag);
  napi_create_reference(env, object, 1, &pool->object);
  napi_create_reference(env, argv[3], 1, &pool->onBatch);
  for (int i = 0; i < 2; i++) napi_create_reference(env, argv[i], 1, &pool->buffers[i]);
  napi_add_async_cleanup_hook(env, CloseAtExit, pool, &pool->cleanup);
  uv_poll_start(pool->poll, UV_READABLE, OnPoll);
  return object;
}

Pool* PoolOf(napi_env env, napi_value value) {
  Pool* pool = Unwrap<Pool>(env, value, kPoolTag);
  return pool && !pool->closed ? pool : nullptr;
}

bool IsOpen(Pool* pool, int32_t index) {
  return index >= 0 && index < static_cast<int32_t>(pool->sockets.size()) && pool->sockets[index].fd >= 0;
}

/** A socket bound to `local`, or the negated error. */
int BoundSocket(const sockaddr_storage& local, int32_t bufferBytes, int32_t flags) {
  int family = local.ss_family, on = 1;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (flags & kReusePort) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bufferBytes > 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bufferBytes, sizeof bufferBytes);
  }
  if (flags & kStampArrival) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (!(flags & kReceiveSingly)) setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
  if (flags & kReportErrors) {
    setsockopt(fd, family == AF_INET ? SOL_IP : SOL_IPV6, family == AF_INET ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
  }
  if ((flags & kMayFragment) && family == AF_INET) {
    int never = IP_PMTUDISC_DONT;
    setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &never, sizeof never);
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&local), SizeOf(family)) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

/** poolBind(pool, address, port, bufferBytes, flags): the integer of a bound socket, or the negated number of the system's error. */
napi_value PoolBind(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  size_t argc = 5;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  std::string address;
  int32_t port, buffer, flags;
  Pool* pool = argc == 5 ? PoolOf(env, argv[0]) : nullptr;
  if (!pool || !ReadText(env, argv[1], &address) || !ReadInt(env, argv[2], &port) || !ReadInt(env, argv[3], &buffer) || !ReadInt(env, argv[4], &flags)) {
    return Fail(env, "poolBind(open pool, address, port, bufferBytes, flags)");
  }
  sockaddr_storage local;
  int family = FamilyOf(address);
  if (!ParseAddress(family, address, port, &local)) return Int(env, -EINVAL);
  int fd = BoundSocket(local, buffer, flags);
  if (fd < 0) return Int(env, fd);
  int32_t index = static_cast<int32_t>(pool->sockets.size());
  if (pool->freeSockets.empty()) {
    pool->sockets.emplace_back();
  } else {
    index = pool->freeSockets.back();
    pool->freeSockets.pop_back();
  }
  pool->sockets[index] = {fd, family, (flags & kMayFragment) != 0, (flags & kWhenAsked) != 0};
  if (flags & kWhenAsked) return Int(env, index);
  epoll_event event;
  memset(&event, 0, sizeof event);
  event.events = EPOLLIN;
  event.data.u32 = static_cast<uint32_t>(index);
  if (epoll_ctl(pool->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    int error = errno;
    close(fd);
    pool->sockets[index].fd = -1;
    pool->freeSockets.push_back(index);
    return Int(env, -error);
  }
  return Int(env, index);
}

/** errorName(number): `EADDRINUSE` for what poolBind returned. */
napi_value ErrorName(napi_env env, napi_callback_info info) {
  napi_value argv[1], result;
  size_t argc = 1;
  int32_t number;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  if (argc < 1 || !ReadInt(env, argv[0], &number)) return Fail(env, "errorName(number)");
  napi_create_string_utf8(env, uv_err_name(number), NAPI_AUTO_LENGTH, &result);
  return result;
}

/** Reads (pool, integer) of an open socket; null when they are not. */
Pool* ReadSocket(napi_env env, napi_callback_info info, int32_t* index) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Pool* pool = argc == 2 ? PoolOf(env, argv[0]) : nullptr;
  return pool && ReadInt(env, argv[1], index) && IsOpen(pool, *index) ? pool : nullptr;
}

/** poolPort(pool, socket) */
napi_value PoolPort(napi_env env, napi_callback_info info) {
  int32_t index;
  Pool* pool = ReadSocket(env, info, &index);
  if (!pool) return Fail(env, "poolPort(open pool, open socket)");
  sockaddr_storage local;
  socklen_t size = sizeof local;
  getsockname(pool->sockets[index].fd, reinterpret_cast<sockaddr*>(&local), &size);
  return Int(env, PortOf(local));
}

/** poolClose(pool, socket): the integer may be given again. Closing what is closed changes nothing. */
napi_value PoolClose(napi_env env, napi_callback_info info) {
  int32_t index;
  Pool* pool = ReadSocket(env, info, &index);
  if (!pool) return nullptr;
  close(pool->sockets[index].fd);  // which takes it out of the epoll set, too
  pool->sockets[index].fd = -1;
  pool->freeSockets.push_back(index);
  return nullptr;
}

void SetDontFragment(int fd, int family, bool isSet, bool mayFragment) {
  int value = isSet ? IP_PMTUDISC_DO : mayFragment ? IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
  if (family == AF_INET) setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &value, sizeof value);
}

/** What poolSend works with. */
struct Sending {
  Pool* pool;
  Bytes slab;
  const int32_t* table;
  int32_t count;
  Departures departures;
  /** Of datagrams that wait. */
  uint8_t headers[Departures::kMaxVectors][kHeaderBytes];
  int headerCount = 0;

  explicit Sending(Pool* of) : pool(of), departures(&of->offload) {}

  const int32_t* Row(int32_t index) const { return table + index * kSent; }

  bool Fits(const int32_t* row) const { return row[1] >= 0 && row[2] >= 0 && static_cast<size_t>(row[1]) + row[2] <= slab.length; }

  static size_t SizeOf(const int32_t* row) { return static_cast<size_t>(row[2]) + (row[3] != 0 ? kHeaderBytes : 0); }

  void Leave() {
    departures.Leave();
    headerCount = 0;
  }
};

/** One datagram or several, of `segment` bytes each but the last. */
struct Train {
  iovec vectors[2 * kMaxSegments];
  int vectorCount = 0;
  int segments = 0;
  size_t segment = 0;
  size_t bytes = 0;
  bool isClosed = false;

  bool Takes(size_t size) const { return !isClosed && size > 0 && size <= segment && segments < kMaxSegments && bytes + size <= kMaxTrainBytes; }

  void Add(Sending* s, const int32_t* row) {
    if (row[3] != 0) {
      uint8_t* header = s->headers[s->headerCount++];
      uint32_t word = htonl(static_cast<uint32_t>(row[3]));
      memcpy(header, &word, kHeaderBytes);
      vectors[vectorCount++] = {header, kHeaderBytes};
    }
    vectors[vectorCount++] = {s->slab.data + row[1], static_cast<size_t>(row[2])};
    size_t size = Sending::SizeOf(row);
    if (segments == 0) segment = size;
    isClosed = size < segment;  // a shorter one can only be the last
    bytes += size;
    segments += 1;
  }
};

/** Whether both leave through one socket to one peer in the same way. */
bool AreAlike(const int32_t* one, const int32_t* other) {
  return one[0] == other[0] && (one[3] != 0) == (other[3] != 0) && memcmp(one + 4, other + 4, 6 * sizeof *one) == 0;
}

/** Gathers the row at `at` and those behind it that may leave with it; returns the next. */
int32_t Gather(Sending* s, int32_t at, Train* train) {
  const int32_t* first = s->Row(at);
  train->Add(s, first);
  for (at += 1; at < s->count && s->pool->offload; at++) {
    const int32_t* row = s->Row(at);
    if (!AreAlike(row, first) || !s->Fits(row) || !train->Takes(Sending::SizeOf(row))) break;
    train->Add(s, row);
  }
  return at;
}

/**
 * poolSend(pool, slab, descriptors, count): sends descriptors in order, those of equal size to one peer through one socket
 * as a train where the path allows. Returns how many datagrams were lost here: a full buffer of the socket is a loss.
 */
napi_value PoolSend(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  size_t argc = 4;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes slab, table;
  int32_t count;
  Pool* pool = argc == 4 ? PoolOf(env, argv[0]) : nullptr;
  if (!pool || !ReadBytes(env, argv[1], &slab) || !ReadBytes(env, argv[2], &table) || !ReadInt(env, argv[3], &count) || count < 0 ||
      static_cast<size_t>(count) * kSent * 4 > table.length) {
    return Fail(env, "poolSend(open pool, slab, descriptors, count)");
  }
  Sending s(pool);
  s.slab = slab;
  s.table = reinterpret_cast<const int32_t*>(table.data);
  s.count = count;
  int lost = 0;
  for (int32_t at = 0; at < count;) {
    const int32_t* first = s.Row(at);
    sockaddr_storage to;
    if (!IsOpen(pool, first[0]) || !s.Fits(first) || !ReadEndpoint(first + 5, pool->sockets[first[0]].family, &to)) {
      lost += 1;
      at += 1;
      continue;
    }
    const PoolSocket& socket = pool->sockets[first[0]];
    bool dontFragment = (first[4] & kDontFragment) != 0;
    if (dontFragment || s.headerCount + kMaxSegments > Departures::kMaxVectors) s.Leave();
    Train train;
    at = Gather(&s, at, &train);
    if (!s.departures.Takes(socket.fd, train.vectorCount)) s.departures.Leave();
    if (dontFragment) SetDontFragment(socket.fd, socket.family, true, socket.mayFragment);
    s.departures.Add(socket.fd, to, train.vectors, train.vectorCount, train.segment, train.segments);
    if (!dontFragment) continue;
    s.Leave();
    SetDontFragment(socket.fd, socket.family, false, socket.mayFragment);
  }
  s.Leave();
  return Int(env, lost + s.departures.lost);
}

/** poolReceive(pool): hands over what has come to the sockets that wait to be asked. */
napi_value PoolReceive(napi_env env, napi_callback_info info) {
  napi_value argv[1], object, function;
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Pool* pool = argc == 1 ? PoolOf(env, argv[0]) : nullptr;
  if (!pool) return Fail(env, "poolReceive(open pool)");
  napi_get_reference_value(env, pool->object, &object);
  napi_get_reference_value(env, pool->onBatch, &function);
  for (int32_t index = 0; !pool->closed && index < static_cast<int32_t>(pool->sockets.size());) {
    Batch batch;
    for (; index < static_cast<int32_t>(pool->sockets.size()) && batch.slots + kMessagesPerSocket <= kSlots; index++) {
      if (IsOpen(pool, index) && pool->sockets[index].isAsked) ReceiveFrom(pool, &batch, index);
    }
    if (batch.count == 0) continue;
    napi_value count = Int(env, batch.count);
    if (napi_call_function(env, object, function, 1, &count, nullptr) != napi_ok) return nullptr;
  }
  return nullptr;
}

/** closePool(pool): all its sockets with it. Idempotent. */
napi_value Close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Pool* pool = argc == 1 ? PoolOf(env, argv[0]) : nullptr;
  if (pool) ClosePool(pool);
  return nullptr;
}

}  // namespace

bool ReadPool(napi_env env, napi_value value, PoolAccess* out) {
  Pool* pool = PoolOf(env, value);
  if (!pool) return false;
  out->sockets = &pool->sockets;
  out->offload = &pool->offload;
  return true;
}

void RegisterDatagramPool(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"openPool", OpenPool}, {"poolBind", PoolBind},     {"errorName", ErrorName}, {"poolPort", PoolPort}, {"poolClose", PoolClose},
                   {"poolSend", PoolSend}, {"poolReceive", PoolReceive}, {"closePool", Close}};
  for (const auto& entry : functions) {
    napi_property_descriptor property = {entry.name, nullptr, entry.function, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
    napi_define_properties(env, exports, 1, &property);
  }
}

}  // namespace maru
