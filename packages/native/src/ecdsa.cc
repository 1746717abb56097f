// Signatures of ECDSA over P-256 with SHA-256, as nearly all handshakes have them, verified by the OpenSSL that Node.js itself exports. A key
// object of Node.js costs as much again as the signature: it is checked by a multiplication. P-256 has a cofactor of 1, so that every point of
// the curve but infinity is a good key (NIST SP 800-56A §5.6.2.3.4), and infinity has no uncompressed form.
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#include <memory>

#include "napi_util.h"

namespace maru {
namespace {

constexpr size_t kPointBytes = 65;
constexpr uint8_t kUncompressed = 4;

struct FreeKey {
  void operator()(EC_KEY* key) const { EC_KEY_free(key); }
};

/** Whether `signature` is by the key at `point`. What makes no sense is no signature. */
bool Verify(const Bytes& point, const Bytes& data, const Bytes& signature) {
  // Each thread has one, which is given another point each time: the curve is the expensive part of it.
  thread_local std::unique_ptr<EC_KEY, FreeKey> key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  if (!key || point.length != kPointBytes || point.data[0] != kUncompressed) return false;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256_CTX hash;
  SHA256_Init(&hash);
  SHA256_Update(&hash, data.data, data.length);
  SHA256_Final(digest, &hash);
  bool isGood = EC_KEY_oct2key(key.get(), point.data, point.length, nullptr) == 1 &&
                ECDSA_verify(0, digest, sizeof digest, signature.data, static_cast<int>(signature.length), key.get()) == 1;
  if (!isGood) ERR_clear_error();
  return isGood;
}

/** verifyP256(point, data, signature): whether it is good. */
napi_value VerifyP256(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  Bytes point, data, signature;
  if (argc < 3 || !ReadBytes(env, argv[0], &point) || !ReadBytes(env, argv[1], &data) || !ReadBytes(env, argv[2], &signature) ||
      signature.length > 1024) {
    return Fail(env, "verifyP256(point, data, signature of at most 1024 bytes)");
  }
  napi_value result;
  napi_get_boolean(env, Verify(point, data, signature), &result);
  return result;
}

}  // namespace

void RegisterEcdsa(napi_env env, napi_value exports) {
  napi_property_descriptor property = {"verifyP256", nullptr, VerifyP256, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
  napi_define_properties(env, exports, 1, &property);
}

}  // namespace maru
