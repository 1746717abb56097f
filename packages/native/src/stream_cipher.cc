// AES in counter mode and HMAC-SHA1 with contexts that are kept: what SRTP's older profiles are made of.
// The symbols are those of the OpenSSL that Node.js itself exports; nothing is linked.
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "aes_vector.h"
#include "hmac_sha1.h"
#include "napi_util.h"

namespace maru {
namespace {

constexpr napi_type_tag kCtrTag = {0x6d617275'63747231ULL, 0x4b0d1c62'8ae95f17ULL};
constexpr napi_type_tag kHmacTag = {0x6d617275'686d6163ULL, 0xe1703b94'2cd86a05ULL};
/** By AesVector where the processor can, else a context of OpenSSL. */
struct Ctr {
  std::unique_ptr<AesVector> vector;
  EVP_CIPHER_CTX* ctx = nullptr;
  ~Ctr() { EVP_CIPHER_CTX_free(ctx); }
};

/** The one argument of both constructors. */
bool ReadKey(napi_env env, napi_callback_info info, Bytes* key) {
  napi_value argv[1];
  size_t argc = 1;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  return argc == 1 && ReadBytes(env, argv[0], key);
}

/** Reads bytes and an offset from two arguments, and checks that `needed` bytes fit there. */
bool ReadRoom(napi_env env, const napi_value* argv, size_t needed, uint8_t** out) {
  Bytes bytes;
  int32_t offset;
  if (!ReadBytes(env, argv[0], &bytes) || !ReadInt(env, argv[1], &offset) || offset < 0) return false;
  if (static_cast<uint64_t>(offset) + needed > bytes.length) return false;
  *out = bytes.data + offset;
  return true;
}

/** createAesCtr(key): an object that aesCtr takes. */
napi_value CreateCtr(napi_env env, napi_callback_info info) {
  Bytes key;
  if (!ReadKey(env, info, &key) || (key.length != 16 && key.length != 32)) return Fail(env, "createAesCtr(key of 16 or 32 bytes)");
  Ctr* ctr = new Ctr();
  if (AesVector::IsSupported()) {
    ctr->vector = std::make_unique<AesVector>();
    ctr->vector->Init(key.data, key.length);
    return Wrap(env, ctr, kCtrTag);
  }
  ctr->ctx = EVP_CIPHER_CTX_new();
  const EVP_CIPHER* cipher = key.length == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
  if (!ctr->ctx || EVP_EncryptInit_ex(ctr->ctx, cipher, nullptr, key.data, nullptr) != 1) {
    delete ctr;
    return Fail(env, "createAesCtr: OpenSSL refused the key");
  }
  return Wrap(env, ctr, kCtrTag);
}

/** aesCtr(ctr, counter, bytes, offset, length, out, offset) */
napi_value Xor(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  size_t argc = 7;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Ctr* ctr = argc == 7 ? Unwrap<Ctr>(env, argv[0], kCtrTag) : nullptr;
  Bytes counter, input;
  uint8_t* out;
  if (!ctr || !ReadBytes(env, argv[1], &counter) || counter.length != kBlockBytes || !ReadRange(env, argv + 2, &input) ||
      !ReadRoom(env, argv + 5, input.length, &out)) {
    return Fail(env, "aesCtr(ctr, counter of 16 bytes, bytes, offset, length, out, offset)");
  }
  if (ctr->vector) {
    ctr->vector->Ctr(counter.data, input.data, input.length, out);
    return nullptr;
  }
  int length = 0;
  bool ok = EVP_EncryptInit_ex(ctr->ctx, nullptr, nullptr, nullptr, counter.data) == 1 &&
            EVP_EncryptUpdate(ctr->ctx, out, &length, input.data, static_cast<int>(input.length)) == 1;
  return ok ? nullptr : Fail(env, "aesCtr: OpenSSL failed");
}

/** createHmacSha1(key): an object that hmacSha1 takes. */
napi_value CreateHmac(napi_env env, napi_callback_info info) {
  Bytes key;
  if (!ReadKey(env, info, &key) || key.length > SHA_CBLOCK) return Fail(env, "createHmacSha1(key of at most 64 bytes)");
  Hmac* hmac = new Hmac();
  hmac->SetKey(key.data, key.length);
  return Wrap(env, hmac, kHmacTag);
}

/** hmacSha1(hmac, bytes, offset, length, out, offset): writes 20 bytes. */
napi_value Sign(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  size_t argc = 6;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Hmac* hmac = argc == 6 ? Unwrap<Hmac>(env, argv[0], kHmacTag) : nullptr;
  Bytes input;
  uint8_t* out;
  if (!hmac || !ReadRange(env, argv + 1, &input) || !ReadRoom(env, argv + 4, SHA_DIGEST_LENGTH, &out)) {
    return Fail(env, "hmacSha1(hmac, bytes, offset, length, out with room for 20 bytes, offset)");
  }
  hmac->Sign(input.data, input.length, out);
  return nullptr;
}

}  // namespace

void RegisterStreamCipher(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"createAesCtr", nullptr, CreateCtr, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"aesCtr", nullptr, Xor, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"createHmacSha1", nullptr, CreateHmac, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"hmacSha1", nullptr, Sign, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 4, properties);
}

}  // namespace maru
