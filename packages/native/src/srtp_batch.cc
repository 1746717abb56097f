// SRTP in batches: one call opens what came, one seals a packet for each of its subscribers and sends what goes to one address together.
// Rows are those of OpenBatch and SealBatch of @maru/protocol/srtp; all that they say is checked against the memory that it is about.
#include <memory>
#include <unordered_set>
#include <vector>

#include "datagram_pool.h"
#include "departures.h"
#include "napi_util.h"
#include "srtp_key.h"

namespace maru {
namespace {

constexpr napi_type_tag kKeysTag = {0x6d617275'73727470ULL, 0x27c9d4b1'6e8f0a53ULL};

constexpr int kOpenInts = 6;     // offset, length, header bytes, key, rollover, owner
constexpr int kSealInts = 9;     // address, key, rollover, head offset, head bytes, clear bytes, slab, body offset, body bytes
constexpr int kAddressInts = 8;  // socket, address (4), port, generation, holders
constexpr int kStreamInts = 3;   // address, offset, length
constexpr int kResults = 5;      // packets, bytes, sends, lost, rows of streams
constexpr int kOpened = -1;
constexpr int kUnauthentic = -4;
constexpr int kStreamSocket = -1;
constexpr int kMinHeaderBytes = 12;
constexpr uint32_t kMaxSlabs = 16;
/** What is sealed before it leaves: enough to be signed together and to leave in one call, little enough to be in a cache still when the system copies it. */
constexpr size_t kReadyBytes = 96 * 1024;

struct Keys {
  std::vector<std::unique_ptr<SrtpKey>> keys;
  std::vector<int32_t> free;
  // of a batch that is being sent: the rows of each address as a chain
  std::vector<int32_t> first, last, next, order;
  std::vector<uint8_t> ready = std::vector<uint8_t>(kReadyBytes + kMaxTrainBytes);
  std::vector<Signature> unsignedPackets;

  const SrtpKey* Find(int32_t index) const {
    return index >= 0 && index < static_cast<int32_t>(keys.size()) ? keys[index].get() : nullptr;
  }
};

napi_value CreateKeys(napi_env env, napi_callback_info) { return Wrap(env, new Keys(), kKeysTag); }

/** Makes a key of (encryption, salt, authentication or undefined, tagBytes); null, with an error raised, where these fit no profile. */
std::unique_ptr<SrtpKey> ReadKey(napi_env env, const napi_value* argv) {
  Bytes encryption, salt, authentication;
  int32_t tagBytes;
  auto key = std::make_unique<SrtpKey>();
  bool ok = ReadBytes(env, argv[0], &encryption) && ReadBytes(env, argv[1], &salt) && ReadInt(env, argv[3], &tagBytes);
  ReadBytes(env, argv[2], &authentication);
  if (ok && key->Init(encryption.data, encryption.length, salt.data, salt.length, authentication.data, authentication.length, tagBytes)) return key;
  Fail(env, "a key of SRTP is (encryption, salt, authentication or undefined, tagBytes) of one of its profiles");
  return nullptr;
}

/** srtpAddKey(keys, encryption, salt, authentication or undefined, tagBytes): an integer. */
napi_value AddKey(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  size_t argc = 5;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Keys* keys = argc >= 5 ? Unwrap<Keys>(env, argv[0], kKeysTag) : nullptr;
  if (!keys) return Fail(env, "srtpAddKey(keys, encryption, salt, authentication, tagBytes)");
  auto key = ReadKey(env, argv + 1);
  if (!key) return nullptr;
  int32_t index = static_cast<int32_t>(keys->keys.size());
  if (keys->free.empty()) {
    keys->keys.emplace_back();
  } else {
    index = keys->free.back();
    keys->free.pop_back();
  }
  keys->keys[index] = std::move(key);
  return Int(env, index);
}

/** srtpRemoveKey(keys, key): removing what is not there changes nothing. */
napi_value RemoveKey(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  int32_t index;
  Keys* keys = argc == 2 ? Unwrap<Keys>(env, argv[0], kKeysTag) : nullptr;
  if (!keys || !ReadInt(env, argv[1], &index)) return Fail(env, "srtpRemoveKey(keys, key)");
  if (!keys->Find(index)) return nullptr;
  keys->keys[index].reset();
  keys->free.push_back(index);
  return nullptr;
}

/** Reads a table of `count` rows of `ints` integers from two arguments. */
bool ReadTable(napi_env env, const napi_value* argv, int ints, int32_t** table, int32_t* count) {
  Bytes bytes;
  if (!ReadBytes(env, argv[0], &bytes) || !ReadInt(env, argv[1], count) || *count < 0) return false;
  *table = reinterpret_cast<int32_t*>(bytes.data);
  return static_cast<uint64_t>(*count) * ints * sizeof(int32_t) <= bytes.length;
}

/** Whether `length` bytes from `offset` on are within `size`. */
bool IsWithin(int32_t offset, int32_t length, size_t size) {
  return offset >= 0 && length >= 0 && static_cast<uint64_t>(offset) + static_cast<uint64_t>(length) <= size;
}

/** srtpOpenBatch(keys, slab, table, count): each length becomes the plain one, or the refusal. */
napi_value OpenBatch(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  size_t argc = 4;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Keys* keys = argc == 4 ? Unwrap<Keys>(env, argv[0], kKeysTag) : nullptr;
  Bytes slab;
  int32_t *table, count;
  if (!keys || !ReadBytes(env, argv[1], &slab) || !ReadTable(env, argv + 2, kOpenInts, &table, &count)) {
    return Fail(env, "srtpOpenBatch(keys, slab, table, count)");
  }
  for (int32_t* row = table; row < table + count * kOpenInts; row += kOpenInts) {
    int32_t offset = row[0], length = row[1], headerBytes = row[2];
    if (row[3] == kOpened) continue;
    const SrtpKey* key = keys->Find(row[3]);
    bool fits = key && IsWithin(offset, length, slab.length) && headerBytes >= kMinHeaderBytes && headerBytes <= length - key->tagBytes();
    uint8_t* packet = slab.data + offset;
    bool ok = fits && key->Open(packet, headerBytes, length, static_cast<uint32_t>(row[4]), packet + headerBytes);
    row[1] = ok ? length - key->tagBytes() : kUnauthentic;
  }
  return nullptr;
}

/**
 * The ciphers of this thread, each in an external of its own: to look a pointer up in a set costs a tenth of what a type tag does, and a packet
 * by itself notices.
 */
class Ciphers {
 public:
  /** A value that owns `cipher`. */
  napi_value Give(napi_env env, SrtpKey* cipher) {
    auto remove = [](napi_env, void* data, void* of) {
      static_cast<Ciphers*>(of)->given_.erase(data);
      delete static_cast<SrtpKey*>(data);
    };
    napi_value value;
    given_.insert(cipher);
    return napi_create_external(env, cipher, remove, this, &value) == napi_ok ? value : nullptr;
  }

  /** The cipher in `value`; null where it holds none of ours. */
  SrtpKey* Find(napi_env env, napi_value value) const {
    void* data;
    bool isOurs = napi_get_value_external(env, value, &data) == napi_ok && given_.count(data) == 1;
    return isOurs ? static_cast<SrtpKey*>(data) : nullptr;
  }

 private:
  std::unordered_set<const void*> given_;
};

/** Never freed: finalizers of a thread that ends may still ask. */
thread_local Ciphers* const ciphers = new Ciphers;

/** createSrtpCipher(encryption, salt, authentication or undefined, tagBytes): an object that srtpSeal and srtpOpen take. */
napi_value CreateCipher(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  size_t argc = 4;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  if (argc < 4) return Fail(env, "createSrtpCipher(encryption, salt, authentication, tagBytes)");
  auto key = ReadKey(env, argv);
  return key ? ciphers->Give(env, key.release()) : nullptr;
}

/** What srtpSeal and srtpOpen are about: (cipher, rollover, bytes, offset, length, out, headerBytes, textOut). */
struct PacketCall {
  SrtpKey* key;
  int32_t rollover, offset, length, headerBytes, textOut;
  Bytes bytes, out;

  bool Read(napi_env env, napi_callback_info info) {
    napi_value argv[8];
    size_t argc = 8;
    napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
    key = argc == 8 ? ciphers->Find(env, argv[0]) : nullptr;
    return key && ReadInt(env, argv[1], &rollover) && ReadBytes(env, argv[2], &bytes) && ReadInt(env, argv[3], &offset) && ReadInt(env, argv[4], &length) &&
           ReadBytes(env, argv[5], &out) && ReadInt(env, argv[6], &headerBytes) && ReadInt(env, argv[7], &textOut) &&
           IsWithin(offset, length, bytes.length) && headerBytes >= kMinHeaderBytes;
  }
};

/** srtpSeal(…): the text is `length` bytes from `offset`; its header is in `out` already, before `textOut`, and text and tag are written there. */
napi_value SealPacket(napi_env env, napi_callback_info info) {
  PacketCall call;
  bool fits = call.Read(env, info) && call.textOut >= call.headerBytes && IsWithin(call.textOut, call.length + call.key->tagBytes(), call.out.length);
  if (!fits) return Fail(env, "srtpSeal(cipher, rollover, text, offset, length, out with room for the tag, headerBytes, textOut)");
  Text text = {nullptr, 0, call.bytes.data + call.offset, call.length};
  uint8_t* packet = call.out.data + call.textOut - call.headerBytes;
  bool ok = call.key->Seal(packet, call.headerBytes, text, static_cast<uint32_t>(call.rollover));
  return ok ? nullptr : Fail(env, "srtpSeal: OpenSSL failed");
}

/** srtpOpen(…): the packet is `length` bytes from `offset`, its text is written to `textOut`: 1, or 0 for what the sender did not write. */
napi_value OpenPacket(napi_env env, napi_callback_info info) {
  PacketCall call;
  bool isRead = call.Read(env, info);
  int32_t textBytes = isRead ? call.length - call.headerBytes - call.key->tagBytes() : -1;
  if (textBytes < 0 || !IsWithin(call.textOut, textBytes, call.out.length)) {
    return Fail(env, "srtpOpen(cipher, rollover, packet, offset, length, out, headerBytes, textOut)");
  }
  bool ok = call.key->Open(call.bytes.data + call.offset, call.headerBytes, call.length, static_cast<uint32_t>(call.rollover), call.out.data + call.textOut);
  return Int(env, ok ? 1 : 0);
}

/** What srtpSendBatch works with. */
struct Sending {
  Keys* keys;
  PoolAccess pool;
  Bytes heads;
  Bytes slabs[kMaxSlabs];
  uint32_t slabCount = 0;
  int32_t *addresses, addressCount;
  int32_t *table, count;
  Bytes streamOut;
  int32_t *streams, maxStreams;
  int32_t *results;

  int32_t packets = 0, bytes = 0, lost = 0, streamCount = 0;
  int32_t streamUsed = 0;
  size_t readyBytes = 0;
  Departures departures;

  explicit Sending(const PoolAccess& of) : pool(of), departures(of.offload) {}

  const int32_t* Row(int32_t index) const { return table + index * kSealInts; }

  /** The length of the packet of `row` as it leaves; -1 for a row that means nothing. */
  int32_t SizeOf(const int32_t* row) const {
    const SrtpKey* key = keys->Find(row[1]);
    bool fits = key && static_cast<uint32_t>(row[6]) < slabCount && IsWithin(row[3], row[4], heads.length) && row[5] >= kMinHeaderBytes && row[5] <= row[4] &&
                IsWithin(row[7], row[8], slabs[row[6]].length);
    if (!fits) return -1;
    int64_t size = static_cast<int64_t>(row[4]) + row[8] + key->tagBytes();
    return size <= static_cast<int64_t>(kMaxTrainBytes) ? static_cast<int32_t>(size) : -1;
  }

  /** Puts head and body of `row` together at `out`, encrypted. */
  bool Encrypt(const int32_t* row, uint8_t* out) const {
    const uint8_t* head = heads.data + row[3];
    int clearBytes = row[5];
    memcpy(out, head, clearBytes);
    Text text = {head + clearBytes, row[4] - clearBytes, slabs[row[6]].data + row[7], row[8]};
    return keys->Find(row[1])->Encrypt(out, clearBytes, text, static_cast<uint32_t>(row[2]));
  }

  /** Its tag is written by {@link Sign}, where encrypting has not done so. */
  void WillSign(const int32_t* row, uint8_t* packet) {
    const SrtpKey* key = keys->Find(row[1]);
    if (key->isSigned()) keys->unsignedPackets.push_back(key->SignatureOf(packet, row[4] + row[8], static_cast<uint32_t>(row[2])));
  }

  void Sign() {
    SignAll(keys->unsignedPackets.data(), static_cast<int>(keys->unsignedPackets.size()));
    keys->unsignedPackets.clear();
  }

  void Leave() {
    Sign();
    departures.Leave();
    readyBytes = 0;
  }

  /** What the next address but one, and the next, are going to need. */
  void Prefetch(size_t at) const {
    if (at + 2 < keys->order.size()) {
      if (const SrtpKey* key = keys->Find(Row(keys->first[keys->order[at + 2]])[1])) key->Prefetch();
    }
    if (at + 1 < keys->order.size()) {
      if (const SrtpKey* key = keys->Find(Row(keys->first[keys->order[at + 1]])[1])) key->PrefetchKeys();
    }
  }
};

/** Packets that leave in one piece: all of one size, only the last may be shorter. */
struct Train {
  uint8_t* bytes;
  int32_t length = 0;
  int32_t segment = 0;
  int32_t count = 0;
  bool isClosed = false;

  bool Takes(int32_t size, bool offload) const {
    if (count == 0) return true;
    return offload && !isClosed && size <= segment && count < kMaxSegments && static_cast<size_t>(length) + size <= kMaxTrainBytes;
  }

  uint8_t* End() { return bytes + length; }

  void Append(int32_t size) {
    if (count == 0) segment = size;
    isClosed = size < segment;
    length += size;
    count += 1;
  }
};

/** A train behind those that are ready. */
Train NextTrain(Sending* s, int fd) {
  if (s->readyBytes > kReadyBytes || !s->departures.Takes(fd, 1)) s->Leave();
  return {s->keys->ready.data() + s->readyBytes};
}

void MakeReady(Sending* s, int fd, const sockaddr_storage& to, const Train& train) {
  if (train.count == 0) return;
  iovec whole = {train.bytes, static_cast<size_t>(train.length)};
  s->departures.Add(fd, to, &whole, 1, train.segment, train.count);
  s->readyBytes += train.length;
  s->packets += train.count;
  s->bytes += train.length;
}

void SendToSocket(Sending* s, int32_t address, const PoolSocket& socket, const sockaddr_storage& to) {
  Train train = NextTrain(s, socket.fd);
  for (int32_t index = s->keys->first[address]; index >= 0; index = s->keys->next[index]) {
    const int32_t* row = s->Row(index);
    int32_t size = s->SizeOf(row);
    if (size < 0) {
      s->lost += 1;
      continue;
    }
    if (!train.Takes(size, *s->pool.offload)) {
      MakeReady(s, socket.fd, to, train);
      train = NextTrain(s, socket.fd);
    }
    if (!s->Encrypt(row, train.End())) {
      s->lost += 1;
      continue;
    }
    s->WillSign(row, train.End());
    train.Append(size);
  }
  MakeReady(s, socket.fd, to, train);
}

/** What goes to a stream is sealed for its owner to send. */
void SendToStream(Sending* s, int32_t address) {
  for (int32_t index = s->keys->first[address]; index >= 0; index = s->keys->next[index]) {
    const int32_t* row = s->Row(index);
    int32_t size = s->SizeOf(row);
    bool fits = size >= 0 && s->streamCount < s->maxStreams && IsWithin(s->streamUsed, size, s->streamOut.length);
    uint8_t* packet = s->streamOut.data + s->streamUsed;
    if (!fits || !s->Encrypt(row, packet)) {
      s->lost += 1;
      continue;
    }
    s->WillSign(row, packet);
    int32_t* out = s->streams + s->streamCount * kStreamInts;
    out[0] = address;
    out[1] = s->streamUsed;
    out[2] = size;
    s->streamCount += 1;
    s->streamUsed += size;
    s->packets += 1;
    s->bytes += size;
  }
}

void SendToAddress(Sending* s, int32_t address) {
  const int32_t* where = s->addresses + address * kAddressInts;
  if (where[0] == kStreamSocket) return SendToStream(s, address);
  const PoolSocket* socket = s->pool.Socket(where[0]);
  sockaddr_storage to;
  if (socket && ReadEndpoint(where + 1, socket->family, &to)) return SendToSocket(s, address, *socket, to);
  for (int32_t index = s->keys->first[address]; index >= 0; index = s->keys->next[index]) s->lost += 1;
}

/** Chains the rows of each address, in their order. */
void Sort(Sending* s) {
  Keys* keys = s->keys;
  if (keys->first.size() < static_cast<size_t>(s->addressCount)) {
    keys->first.resize(s->addressCount, -1);
    keys->last.resize(s->addressCount, -1);
  }
  if (keys->next.size() < static_cast<size_t>(s->count)) keys->next.resize(s->count);
  keys->order.clear();
  for (int32_t index = 0; index < s->count; index++) {
    int32_t address = s->Row(index)[0];
    keys->next[index] = -1;
    if (address < 0 || address >= s->addressCount) {
      s->lost += 1;
      continue;
    }
    if (keys->first[address] < 0) {
      keys->first[address] = index;
      keys->order.push_back(address);
    } else {
      keys->next[keys->last[address]] = index;
    }
    keys->last[address] = index;
  }
}

bool ReadSlabs(napi_env env, napi_value list, Sending* s) {
  if (napi_get_array_length(env, list, &s->slabCount) != napi_ok || s->slabCount > kMaxSlabs) return false;
  for (uint32_t i = 0; i < s->slabCount; i++) {
    napi_value slab;
    if (napi_get_element(env, list, i, &slab) != napi_ok || !ReadBytes(env, slab, &s->slabs[i])) return false;
  }
  return true;
}

constexpr char kSendBatchUsage[] = "srtpSendBatch(open pool, keys, addresses, heads, slabs, table, count, streamOut, streams, results)";

/**
 * srtpSendBatch(pool, keys, addresses, heads, slabs, table, count, streamOut, streams, results): seals and sends. Writes to `results` packets,
 * bytes, sends, lost, and how many rows of `streams` say what of `streamOut` goes to which stream.
 */
napi_value SendBatch(napi_env env, napi_callback_info info) {
  napi_value argv[10];
  size_t argc = 10;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  PoolAccess pool;
  if (argc < 10 || !ReadPool(env, argv[0], &pool)) return Fail(env, kSendBatchUsage);
  Sending s(pool);
  Bytes addresses, streams, results;
  s.keys = Unwrap<Keys>(env, argv[1], kKeysTag);
  if (!s.keys || !ReadBytes(env, argv[2], &addresses) || !ReadBytes(env, argv[3], &s.heads) ||
      !ReadSlabs(env, argv[4], &s) || !ReadTable(env, argv + 5, kSealInts, &s.table, &s.count) || !ReadBytes(env, argv[7], &s.streamOut) ||
      !ReadBytes(env, argv[8], &streams) || !ReadBytes(env, argv[9], &results) || results.length < kResults * sizeof(int32_t)) {
    return Fail(env, kSendBatchUsage);
  }
  s.addresses = reinterpret_cast<int32_t*>(addresses.data);
  s.addressCount = static_cast<int32_t>(addresses.length / sizeof(int32_t) / kAddressInts);
  s.streams = reinterpret_cast<int32_t*>(streams.data);
  s.maxStreams = static_cast<int32_t>(streams.length / sizeof(int32_t) / kStreamInts);
  Sort(&s);
  for (size_t at = 0; at < s.keys->order.size(); at++) {
    s.Prefetch(at);
    int32_t address = s.keys->order[at];
    SendToAddress(&s, address);
    s.keys->first[address] = -1;
  }
  s.Leave();
  const int32_t counts[kResults] = {s.packets - s.departures.lost, s.bytes, s.departures.sends, s.lost + s.departures.lost, s.streamCount};
  memcpy(results.data, counts, sizeof counts);
  return nullptr;
}

}  // namespace

void RegisterSrtpBatch(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"createSrtpKeys", nullptr, CreateKeys, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpAddKey", nullptr, AddKey, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpRemoveKey", nullptr, RemoveKey, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"createSrtpCipher", nullptr, CreateCipher, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpSeal", nullptr, SealPacket, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpOpen", nullptr, OpenPacket, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpOpenBatch", nullptr, OpenBatch, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"srtpSendBatch", nullptr, SendBatch, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 8, properties);
}

}  // namespace maru
