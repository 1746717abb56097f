// A UDP socket that receives in batches (recvmmsg, UDP_GRO) into one slab and sends in batches (UDP_SEGMENT) out of another.
// Peers are small integers: an address is parsed once.
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <unordered_map>
#include <vector>

#include "address.h"
#include "napi_util.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace maru {
namespace {

constexpr napi_type_tag kSocketTag = {0x6d617275'75647000ULL, 0x3f8a55c0'11be4d27ULL};
constexpr int kMessages = 16;             // datagrams a system call; trains, of up to 64 each, are taken one by one
constexpr size_t kMessageBytes = 65536;   // what UDP_GRO may deliver at once
constexpr int kRoundsPerWakeup = 4;       // then others have their turn …
constexpr int kPacketsPerWakeup = 32;     // … and JavaScript its tasks, while what it makes of the packets is young garbage
constexpr int kTurnPackets = 64;          // handed to JavaScript at once
constexpr size_t kMaxPeers = 8192;        // strangers can send from anywhere: the table starts anew when full
constexpr int kMaxSegments = 64;          // UDP_MAX_SEGMENTS of Linux
constexpr int kMaxTrainBytes = 65507;
constexpr int kDescriptor = 3;            // offset, length, peer

/** What all sockets of one environment share: the slab that they receive into. */
struct Receiving {
  uint8_t* slab = nullptr;
  int32_t* descriptors = nullptr;
  int maxDescriptors = 0;
  napi_ref slabRef = nullptr;
  napi_ref descriptorsRef = nullptr;
};

struct Socket {
  napi_env env;
  int fd = -1;
  int family = AF_INET;
  bool offload = true;   // UDP_SEGMENT works here
  bool receiveOffload = false;
  bool receivesTrains = false;  // the last batch was mostly of such
  bool closed = false;
  int events = UV_READABLE;
  uv_poll_t* poll = nullptr;  // on its own: at exit it outlives this
  napi_async_cleanup_hook_handle cleanup = nullptr;
  napi_ref object = nullptr;
  napi_ref onBatch = nullptr;
  napi_ref onWritable = nullptr;
  napi_async_context context = nullptr;
  Receiving* receiving = nullptr;
  std::unordered_map<PeerKey, int32_t, PeerHash> indexOf;
  std::vector<sockaddr_storage> peers;
  int32_t generation = 0;
};

int32_t Intern(Socket* socket, const sockaddr_storage& address) {
  PeerKey key = KeyOf(address);
  auto found = socket->indexOf.find(key);
  if (found != socket->indexOf.end()) return found->second;
  if (socket->peers.size() >= kMaxPeers) {
    socket->peers.clear();
    socket->indexOf.clear();
    socket->generation += 1;
  }
  int32_t index = static_cast<int32_t>(socket->peers.size());
  socket->peers.push_back(address);
  socket->indexOf.emplace(key, index);
  return index;
}

void CallBack(Socket* socket, napi_ref callback, int argc, napi_value* argv) {
  napi_value object, function, result;
  napi_get_reference_value(socket->env, socket->object, &object);
  napi_get_reference_value(socket->env, callback, &function);
  if (napi_make_callback(socket->env, socket->context, object, function, argc, argv, &result) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(socket->env, &error);
    napi_fatal_exception(socket->env, error);
  }
}

/**
 * Hands over what was received, a few packets' worth at a time: between two turns JavaScript runs what they led to, answers
 * leave, and what a message needed is garbage while it is young. `generation` is that of the peer integers in the table.
 */
void Deliver(Socket* socket, int count, int32_t generation) {
  for (int from = 0; from < count && !socket->closed && generation == socket->generation; from += kTurnPackets) {
    napi_handle_scope scope;
    napi_open_handle_scope(socket->env, &scope);
    int to = count - from < kTurnPackets ? count : from + kTurnPackets;
    napi_value argv[3] = {Int(socket->env, from), Int(socket->env, to), Int(socket->env, generation)};
    CallBack(socket, socket->onBatch, 3, argv);
    napi_close_handle_scope(socket->env, scope);
  }
}

/** Receives one batch and tells JavaScript; adds its packets to `packets`. Returns whether more may be waiting. */
bool ReceiveBatch(Socket* socket, int* packets) {
  Receiving* receiving = socket->receiving;
  const int most = socket->receivesTrains ? 1 : kMessages;
  mmsghdr messages[kMessages];
  iovec vectors[kMessages];
  sockaddr_storage addresses[kMessages];
  alignas(cmsghdr) char controls[kMessages][CMSG_SPACE(sizeof(int))];
  for (int i = 0; i < most; i++) {
    vectors[i] = {receiving->slab + i * kMessageBytes, kMessageBytes};
    msghdr& header = messages[i].msg_hdr;
    memset(&header, 0, sizeof header);
    header.msg_name = &addresses[i];
    header.msg_namelen = sizeof addresses[i];
    header.msg_iov = &vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = controls[i];
    header.msg_controllen = sizeof controls[i];
  }
  int received = recvmmsg(socket->fd, messages, most, MSG_DONTWAIT, nullptr);
  if (received <= 0) return false;
  int32_t* descriptor = receiving->descriptors;
  int count = 0;
  for (int i = 0; i < received; i++) {
    int length = static_cast<int>(messages[i].msg_len);
    int step = length;
    for (cmsghdr* control = CMSG_FIRSTHDR(&messages[i].msg_hdr); control; control = CMSG_NXTHDR(&messages[i].msg_hdr, control)) {
      if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) memcpy(&step, CMSG_DATA(control), sizeof step);
    }
    if (step <= 0) step = length > 0 ? length : 1;
    int32_t generation = socket->generation;
    int32_t peer = Intern(socket, addresses[i]);
    if (generation != socket->generation) count = 0, descriptor = receiving->descriptors;  // older indices mean nothing now
    int at = 0;
    do {
      if (count == receiving->maxDescriptors) break;
      *descriptor++ = static_cast<int32_t>(i * kMessageBytes) + at;
      *descriptor++ = length - at < step ? length - at : step;
      *descriptor++ = peer;
      count += 1;
      at += step;
    } while (at < length);
  }
  socket->receivesTrains = count >= 4 * received;
  *packets += count;
  Deliver(socket, count, socket->generation);
  return received == most;
}

void OnPoll(uv_poll_t* poll, int status, int events) {
  Socket* socket = static_cast<Socket*>(poll->data);
  if (status < 0) events = UV_READABLE;
  if (events & UV_WRITABLE) {
    socket->events = UV_READABLE;
    uv_poll_start(socket->poll, socket->events, OnPoll);
    napi_handle_scope scope;
    napi_open_handle_scope(socket->env, &scope);
    CallBack(socket, socket->onWritable, 0, nullptr);
    napi_close_handle_scope(socket->env, scope);
  }
  if (!(events & UV_READABLE)) return;
  int packets = 0;
  for (int round = 0; round < kRoundsPerWakeup && packets < kPacketsPerWakeup && !socket->closed; round++) {
    if (!ReceiveBatch(socket, &packets)) break;
  }
}

void FreePoll(uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); }

/** Ends the socket; its memory goes when the event loop has let go of it and JavaScript has too. */
void CloseSocket(Socket* socket) {
  if (socket->closed) return;
  socket->closed = true;
  uv_poll_stop(socket->poll);
  close(socket->fd);
  uv_close(reinterpret_cast<uv_handle_t*>(socket->poll), [](uv_handle_t* handle) {
    Socket* closing = static_cast<Socket*>(handle->data);
    napi_handle_scope scope;
    napi_open_handle_scope(closing->env, &scope);
    napi_remove_async_cleanup_hook(closing->cleanup);
    napi_async_destroy(closing->env, closing->context);
    napi_delete_reference(closing->env, closing->onBatch);
    napi_delete_reference(closing->env, closing->onWritable);
    napi_delete_reference(closing->env, closing->object);  // from here on, the collector may free it
    napi_close_handle_scope(closing->env, scope);
    FreePoll(handle);
  });
}

/** The process or worker ends with the socket open: the loop must see the handle closed, JavaScript is gone already. */
void CloseAtExit(napi_async_cleanup_hook_handle hook, void* data) {
  Socket* socket = static_cast<Socket*>(data);
  if (socket->closed) {
    napi_remove_async_cleanup_hook(hook);
    return;
  }
  socket->closed = true;
  uv_poll_stop(socket->poll);
  close(socket->fd);
  socket->poll->data = hook;
  uv_close(reinterpret_cast<uv_handle_t*>(socket->poll), [](uv_handle_t* handle) {
    napi_remove_async_cleanup_hook(static_cast<napi_async_cleanup_hook_handle>(handle->data));
    FreePoll(handle);
  });
}

/** openSocket(address, port, bufferBytes, onBatch, onWritable): an object; throws the system's error code. */
napi_value OpenSocket(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  size_t argc = 5;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  std::string address;
  int32_t port, buffer;
  Receiving* receiving = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void**>(&receiving));
  if (!receiving || !receiving->slab) return Fail(env, "openSocket: call receiveInto first");
  if (argc < 5 || !ReadText(env, argv[0], &address) || !ReadInt(env, argv[1], &port) || !ReadInt(env, argv[2], &buffer)) {
    return Fail(env, "openSocket(address, port, bufferBytes, onBatch, onWritable)");
  }
  int family = FamilyOf(address);
  sockaddr_storage local;
  if (!ParseAddress(family, address, port, &local)) return Fail(env, "EINVAL");
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(env, uv_err_name(-errno));
  int on = 1;
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (bind(fd, reinterpret_cast<sockaddr*>(&local), SizeOf(family)) != 0) {
    int error = errno;
    close(fd);
    return Fail(env, uv_err_name(-error));
  }
  Socket* socket = new Socket();
  socket->env = env;
  socket->fd = fd;
  socket->family = family;
  socket->receiving = receiving;
  socket->receiveOffload = setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
  uv_loop_t* loop;
  napi_get_uv_event_loop(env, &loop);
  socket->poll = new uv_poll_t();
  uv_poll_init(loop, socket->poll, fd);
  socket->poll->data = socket;
  napi_value object, name;
  napi_create_object(env, &object);
  napi_create_string_utf8(env, "maru:datagram-socket", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, object, name, &socket->context);
  napi_wrap(env, object, socket, [](napi_env, void* data, void*) { delete static_cast<Socket*>(data); }, nullptr, nullptr);
  napi_type_tag_object(env, object, &kSocketTag);
  napi_create_reference(env, object, 1, &socket->object);
  napi_create_reference(env, argv[3], 1, &socket->onBatch);
  napi_create_reference(env, argv[4], 1, &socket->onWritable);
  napi_add_async_cleanup_hook(env, CloseAtExit, socket, &socket->cleanup);
  uv_poll_start(socket->poll, UV_READABLE, OnPoll);
  return object;
}

/** receiveInto(slab, descriptors): where every socket of this environment receives. Call once. */
napi_value ReceiveInto(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes slab, descriptors;
  if (argc < 2 || !ReadBytes(env, argv[0], &slab) || !ReadBytes(env, argv[1], &descriptors) || slab.length < kMessages * kMessageBytes) {
    return Fail(env, "receiveInto(slab of 1 MiB, descriptors)");
  }
  Receiving* receiving = new Receiving();
  receiving->slab = slab.data;
  receiving->descriptors = reinterpret_cast<int32_t*>(descriptors.data);
  receiving->maxDescriptors = static_cast<int>(descriptors.length / (4 * kDescriptor));
  napi_create_reference(env, argv[0], 1, &receiving->slabRef);
  napi_create_reference(env, argv[1], 1, &receiving->descriptorsRef);
  napi_set_instance_data(env, receiving, [](napi_env, void* data, void*) { delete static_cast<Receiving*>(data); }, nullptr);
  return nullptr;
}

Socket* SocketOf(napi_env env, napi_value value) {
  Socket* socket = Unwrap<Socket>(env, value, kSocketTag);
  return socket && !socket->closed ? socket : nullptr;
}

/** localPort(socket) */
napi_value LocalPort(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Socket* socket = argc == 1 ? SocketOf(env, argv[0]) : nullptr;
  if (!socket) return Fail(env, "localPort(open socket)");
  sockaddr_storage local;
  socklen_t size = sizeof local;
  getsockname(socket->fd, reinterpret_cast<sockaddr*>(&local), &size);
  return Int(env, PortOf(local));
}

/** peerIndex(socket, address, port): the integer for a remote end; -1 for an address of another family. */
napi_value PeerIndex(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  std::string address;
  int32_t port;
  Socket* socket = argc == 3 ? SocketOf(env, argv[0]) : nullptr;
  if (!socket || !ReadText(env, argv[1], &address) || !ReadInt(env, argv[2], &port)) return Fail(env, "peerIndex(open socket, address, port)");
  sockaddr_storage peer;
  if (!ParseAddress(socket->family, address, port, &peer)) return Int(env, -1);
  return Int(env, Intern(socket, peer));
}

/** generation(socket): changes when all peer integers were forgotten. */
napi_value Generation(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Socket* socket = argc == 1 ? SocketOf(env, argv[0]) : nullptr;
  return socket ? Int(env, socket->generation) : Fail(env, "generation(open socket)");
}

/** peerAddress(socket, index): `address port` as text. */
napi_value PeerAddress(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  int32_t index;
  Socket* socket = argc == 2 ? SocketOf(env, argv[0]) : nullptr;
  if (!socket || !ReadInt(env, argv[1], &index) || index < 0 || index >= static_cast<int32_t>(socket->peers.size())) {
    return Fail(env, "peerAddress(open socket, known index)");
  }
  const sockaddr_storage& peer = socket->peers[index];
  char text[INET6_ADDRSTRLEN + 8];
  const void* address = peer.ss_family == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr)
                                                  : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr);
  inet_ntop(peer.ss_family, address, text, INET6_ADDRSTRLEN);
  std::string result = std::string(text) + " " + std::to_string(PortOf(peer));
  napi_value value;
  napi_create_string_utf8(env, result.c_str(), result.size(), &value);
  return value;
}

/** One sendmsg of `bytes` to `peer`, cut into segments of `segment` bytes where that is not 0. Returns 0 or the error. */
int SendTrain(Socket* socket, const uint8_t* bytes, size_t length, int32_t peer, uint16_t segment) {
  sockaddr_storage& address = socket->peers[peer];
  iovec vector = {const_cast<uint8_t*>(bytes), length};
  msghdr header;
  memset(&header, 0, sizeof header);
  header.msg_name = &address;
  header.msg_namelen = SizeOf(socket->family);
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
  if (segment != 0) {
    memset(control, 0, sizeof control);
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = SOL_UDP;
    message->cmsg_type = UDP_SEGMENT;
    message->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    memcpy(CMSG_DATA(message), &segment, sizeof segment);
  }
  return sendmsg(socket->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

/**
 * sendBatch(socket, slab, descriptors, from, count): sends descriptors [from, count), trains of equal size to one peer in
 * one call where the path allows. Returns how many are done; fewer than asked when the socket's buffer is full, and then
 * onWritable is called once it has room. Other errors are losses.
 */
napi_value SendBatch(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  size_t argc = 5;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes slab, table;
  int32_t from, count;
  Socket* socket = argc == 5 ? SocketOf(env, argv[0]) : nullptr;
  if (!socket || !ReadBytes(env, argv[1], &slab) || !ReadBytes(env, argv[2], &table) || !ReadInt(env, argv[3], &from) ||
      !ReadInt(env, argv[4], &count) || from < 0 || count < from || static_cast<size_t>(count) * kDescriptor * 4 > table.length) {
    return Fail(env, "sendBatch(open socket, slab, descriptors, from, count)");
  }
  const int32_t* d = reinterpret_cast<const int32_t*>(table.data);
  int32_t at = from;
  while (at < count) {
    int32_t offset = d[at * kDescriptor], length = d[at * kDescriptor + 1], peer = d[at * kDescriptor + 2];
    if (offset < 0 || length < 0 || static_cast<size_t>(offset) + length > slab.length || peer < 0 || peer >= static_cast<int32_t>(socket->peers.size())) {
      at += 1;  // no such peer (any more): a loss
      continue;
    }
    int32_t next = at + 1, total = length;
    while (socket->offload && length > 0 && next < count && next - at < kMaxSegments) {
      const int32_t* candidate = d + next * kDescriptor;
      bool fits = candidate[2] == peer && candidate[0] == offset + total && candidate[1] > 0 && candidate[1] <= length && total + candidate[1] <= kMaxTrainBytes &&
                  static_cast<size_t>(candidate[0]) + candidate[1] <= slab.length;
      if (!fits) break;
      total += candidate[1];
      next += 1;
      if (candidate[1] < length) break;  // a shorter one can only be the last
    }
    int error = SendTrain(socket, slab.data + offset, total, peer, next - at > 1 ? static_cast<uint16_t>(length) : 0);
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
      socket->events = UV_READABLE | UV_WRITABLE;
      uv_poll_start(socket->poll, socket->events, OnPoll);
      break;
    }
    if (error != 0 && next - at > 1) {
      // a segment larger than the path takes, or a device without offload: send these singly, and all after EIO or EINVAL
      if (error == EIO || error == EINVAL || error == EOPNOTSUPP) {
        socket->offload = false;
        continue;
      }
      for (int32_t single = at; single < next; single++) {
        SendTrain(socket, slab.data + d[single * kDescriptor], d[single * kDescriptor + 1], peer, 0);
      }
    }
    at = next;
  }
  return Int(env, at - from);
}

/** closeSocket(socket): idempotent. */
napi_value Close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Socket* socket = argc == 1 ? SocketOf(env, argv[0]) : nullptr;
  if (socket) CloseSocket(socket);
  return nullptr;
}

/** offload(socket): bit 0 set where UDP_SEGMENT works so far, bit 1 where UDP_GRO does. */
napi_value Offload(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Socket* socket = argc == 1 ? SocketOf(env, argv[0]) : nullptr;
  if (!socket) return Fail(env, "offload(open socket)");
  return Int(env, (socket->offload ? 1 : 0) | (socket->receiveOffload ? 2 : 0));
}

}  // namespace

void RegisterDatagramSocket(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"receiveInto", ReceiveInto}, {"openSocket", OpenSocket}, {"localPort", LocalPort}, {"peerIndex", PeerIndex},
                   {"peerAddress", PeerAddress}, {"generation", Generation}, {"sendBatch", SendBatch}, {"offload", Offload}, {"closeSocket", Close}};
  for (const auto& entry : functions) {
    napi_property_descriptor property = {entry.name, nullptr, entry.function, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
    napi_define_properties(env, exports, 1, &property);
  }
}

}  // namespace maru
