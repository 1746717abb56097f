// HMAC by SHA-1 and SHA-256 under keys that are used once or seldom: of STUN messages, and of the steps of a key derivation.
// The hashes are those of the OpenSSL that Node.js itself exports; EVP would allocate for each code.
#include <openssl/sha.h>

#include <cstring>

#include "napi_util.h"

namespace maru {
namespace {

constexpr size_t kBlockBytes = 64;

struct Sha1 {
  using State = SHA_CTX;
  static constexpr size_t kBytes = SHA_DIGEST_LENGTH;
  static void Init(State* state) { SHA1_Init(state); }
  static void Update(State* state, const uint8_t* bytes, size_t length) { SHA1_Update(state, bytes, length); }
  static void Final(uint8_t* out, State* state) { SHA1_Final(out, state); }
};

struct Sha256 {
  using State = SHA256_CTX;
  static constexpr size_t kBytes = SHA256_DIGEST_LENGTH;
  static void Init(State* state) { SHA256_Init(state); }
  static void Update(State* state, const uint8_t* bytes, size_t length) { SHA256_Update(state, bytes, length); }
  static void Final(uint8_t* out, State* state) { SHA256_Final(out, state); }
};

/** The hash of one block, the key over `pad`, and then `bytes` (RFC 2104 §2). */
template <typename Hash>
void PaddedHash(const Bytes& key, uint8_t pad, const uint8_t* bytes, size_t length, uint8_t* out) {
  uint8_t block[kBlockBytes];
  memset(block, pad, sizeof block);
  for (size_t i = 0; i < key.length; i++) block[i] ^= key.data[i];
  typename Hash::State state;
  Hash::Init(&state);
  Hash::Update(&state, block, sizeof block);
  Hash::Update(&state, bytes, length);
  Hash::Final(out, &state);
}

/** hmacOf…(key, data, out): writes the code to the start of `out`. */
template <typename Hash>
napi_value Sign(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes key, data, out;
  if (argc < 3 || !ReadBytes(env, argv[0], &key) || !ReadBytes(env, argv[1], &data) || !ReadBytes(env, argv[2], &out) ||
      key.length > kBlockBytes || out.length < Hash::kBytes) {
    return Fail(env, "hmac(key of at most 64 bytes, data, out with room for the code)");
  }
  uint8_t inner[Hash::kBytes];
  PaddedHash<Hash>(key, 0x36, data.data, data.length, inner);
  PaddedHash<Hash>(key, 0x5c, inner, sizeof inner, out.data);
  return nullptr;
}

}  // namespace

void RegisterHmac(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"hmacOfSha1", nullptr, Sign<Sha1>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"hmacOfSha256", nullptr, Sign<Sha256>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 2, properties);
}

}  // namespace maru
