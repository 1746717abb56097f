// Authenticated encryption with contexts that are kept: node:crypto makes an object a packet, and that is what it costs.
// The symbols are those of the OpenSSL that Node.js itself exports; nothing is linked.
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "aes_vector.h"
#include "napi_util.h"

namespace maru {
namespace {

constexpr napi_type_tag kAeadTag = {0x6d617275'61656164ULL, 0x9c1f4b1e'52d7403aULL};
constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;

/** AES-GCM by AesVector where the processor can, else contexts of OpenSSL. */
struct Aead {
  std::unique_ptr<AesVector> vector;
  EVP_CIPHER_CTX* seal = nullptr;
  EVP_CIPHER_CTX* open = nullptr;
  ~Aead() {
    EVP_CIPHER_CTX_free(seal);
    EVP_CIPHER_CTX_free(open);
  }
};

const EVP_CIPHER* CipherOf(const std::string& name) {
  if (name == "aes-128-gcm") return EVP_aes_128_gcm();
  if (name == "aes-256-gcm") return EVP_aes_256_gcm();
  if (name == "chacha20-poly1305") return EVP_chacha20_poly1305();
  return nullptr;
}

/** createAead(algorithm, key): an object that seal and open take. */
napi_value Create(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t argc = 2;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  std::string name;
  Bytes key;
  if (argc < 2 || !ReadText(env, argv[0], &name) || !ReadBytes(env, argv[1], &key)) return Fail(env, "createAead(algorithm, key)");
  const EVP_CIPHER* cipher = CipherOf(name);
  if (!cipher || static_cast<int>(key.length) != EVP_CIPHER_get_key_length(cipher)) return Fail(env, "createAead: unknown algorithm or wrong key length");
  Aead* aead = new Aead();
  if (name != "chacha20-poly1305" && AesVector::IsSupported()) {
    aead->vector = std::make_unique<AesVector>();
    aead->vector->Init(key.data, key.length);
    return Wrap(env, aead, kAeadTag);
  }
  aead->seal = EVP_CIPHER_CTX_new();
  aead->open = EVP_CIPHER_CTX_new();
  bool ok = aead->seal && aead->open && EVP_EncryptInit_ex(aead->seal, cipher, nullptr, key.data, nullptr) == 1 &&
            EVP_DecryptInit_ex(aead->open, cipher, nullptr, key.data, nullptr) == 1;
  if (!ok) {
    delete aead;
    return Fail(env, "createAead: OpenSSL refused the key");
  }
  return Wrap(env, aead, kAeadTag);
}

struct Call {
  Aead* aead;
  Bytes nonce, additional, input, output;
  int32_t offset;
};

/**
 * Reads (aead, nonce, additional, offset, length, input, offset, length, output, offset) and checks that `extra` more bytes than
 * the input's fit.
 */
bool ReadCall(napi_env env, napi_callback_info info, int extra, Call* call) {
  napi_value argv[10];
  size_t argc = 10;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  if (argc < 10) return false;
  call->aead = Unwrap<Aead>(env, argv[0], kAeadTag);
  if (!call->aead || !ReadBytes(env, argv[1], &call->nonce) || !ReadRange(env, argv + 2, &call->additional) ||
      !ReadRange(env, argv + 5, &call->input) || !ReadBytes(env, argv[8], &call->output) || !ReadInt(env, argv[9], &call->offset)) {
    return false;
  }
  int64_t needed = static_cast<int64_t>(call->offset) + static_cast<int64_t>(call->input.length) + extra;
  return call->nonce.length == kNonceBytes && call->offset >= 0 && needed <= static_cast<int64_t>(call->output.length);
}

/** seal(aead, nonce, additional, offset, length, plain, offset, length, out, offset): bytes written, tag included. */
napi_value Seal(napi_env env, napi_callback_info info) {
  Call call;
  if (!ReadCall(env, info, kTagBytes, &call)) return Fail(env, "seal(aead, nonce of 12 bytes, additional, its offset and length, plain, its offset and length, out with room for the tag, offset)");
  uint8_t* out = call.output.data + call.offset;
  if (call.aead->vector) {
    const Bytes &additional = call.additional, &text = call.input;
    call.aead->vector->GcmSeal(call.nonce.data, additional.data, additional.length, text.data, text.length, out, out + text.length);
    return Int(env, static_cast<int32_t>(text.length) + kTagBytes);
  }
  EVP_CIPHER_CTX* ctx = call.aead->seal;
  int length = 0, more = 0;
  bool ok = EVP_EncryptInit_ex(ctx, nullptr, nullptr, nullptr, call.nonce.data) == 1 &&
            EVP_EncryptUpdate(ctx, nullptr, &length, call.additional.data, static_cast<int>(call.additional.length)) == 1 &&
            EVP_EncryptUpdate(ctx, out, &length, call.input.data, static_cast<int>(call.input.length)) == 1 &&
            EVP_EncryptFinal_ex(ctx, out + length, &more) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out + length + more) == 1;
  if (!ok) return Fail(env, "seal: OpenSSL failed");
  return Int(env, length + more + kTagBytes);
}

/** open(aead, nonce, additional, offset, length, sealed, offset, length, out, offset): bytes written, or -1 for a wrong tag. */
napi_value Open(napi_env env, napi_callback_info info) {
  Call call;
  if (!ReadCall(env, info, -kTagBytes, &call)) return Fail(env, "open(aead, nonce of 12 bytes, additional, its offset and length, sealed, its offset and length, out, offset)");
  if (call.input.length < kTagBytes) return Int(env, -1);
  int size = static_cast<int>(call.input.length) - kTagBytes;
  uint8_t* out = call.output.data + call.offset;
  uint8_t tag[kTagBytes];
  memcpy(tag, call.input.data + size, kTagBytes);
  if (call.aead->vector) {
    const Bytes& additional = call.additional;
    bool isAuthentic = call.aead->vector->GcmOpen(call.nonce.data, additional.data, additional.length, call.input.data, size, tag, out);
    return Int(env, isAuthentic ? size : -1);
  }
  EVP_CIPHER_CTX* ctx = call.aead->open;
  int length = 0, more = 0;
  bool ok = EVP_DecryptInit_ex(ctx, nullptr, nullptr, nullptr, call.nonce.data) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1 &&
            EVP_DecryptUpdate(ctx, nullptr, &length, call.additional.data, static_cast<int>(call.additional.length)) == 1 &&
            EVP_DecryptUpdate(ctx, out, &length, call.input.data, size) == 1 && EVP_DecryptFinal_ex(ctx, out + length, &more) == 1;
  if (!ok) {
    memset(out, 0, size);  // nothing of a text that nobody vouches for is handed out
    return Int(env, -1);
  }
  return Int(env, length + more);
}

}  // namespace

void RegisterAead(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"createAead", nullptr, Create, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"seal", nullptr, Seal, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"open", nullptr, Open, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 3, properties);
}

}  // namespace maru
