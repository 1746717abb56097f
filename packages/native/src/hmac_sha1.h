// HMAC-SHA1 with both pads of its key hashed once: what is copied for a packet are two states of 96 bytes.
// SHA_CTX is deprecated (binding.gyp says that we know): EVP would allocate for each copy of a prepared state.
#pragma once
#include <openssl/sha.h>

#include <cstdint>
#include <cstring>

namespace maru {

/** The states of both hashes after their pads (RFC 2104 §4). */
struct Hmac {
  SHA_CTX inner, outer;

  /** A key of at most SHA_CBLOCK bytes. */
  void SetKey(const uint8_t* key, size_t length) {
    uint8_t innerPad[SHA_CBLOCK], outerPad[SHA_CBLOCK];
    memset(innerPad, 0x36, sizeof innerPad);
    memset(outerPad, 0x5c, sizeof outerPad);
    for (size_t i = 0; i < length; i++) {
      innerPad[i] ^= key[i];
      outerPad[i] ^= key[i];
    }
    SHA1_Init(&inner);
    SHA1_Update(&inner, innerPad, sizeof innerPad);
    SHA1_Init(&outer);
    SHA1_Update(&outer, outerPad, sizeof outerPad);
  }

  /** The code of `length` bytes and, where `suffix` is given, four more. */
  void Sign(const uint8_t* bytes, size_t length, uint8_t* out, const uint8_t* suffix = nullptr) const {
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX state = inner;
    SHA1_Update(&state, bytes, length);
    if (suffix) SHA1_Update(&state, suffix, 4);
    SHA1_Final(digest, &state);
    state = outer;
    SHA1_Update(&state, digest, sizeof digest);
    SHA1_Final(out, &state);
  }
};

}  // namespace maru
