// One key of one direction of SRTP, ready for packets (RFC 3711, RFC 7714).
#pragma once
#include <openssl/evp.h>

#include <cstdint>
#include <cstring>
#include <memory>

#include "aes_vector.h"
#include "hmac_lanes.h"
#include "hmac_sha1.h"

namespace maru {

constexpr size_t kGcmSaltBytes = kGcmIvBytes;
constexpr size_t kCounterSaltBytes = 14;

inline void WriteBe32(uint8_t* out, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(out, &value, sizeof value);
}

inline void XorBytes(uint8_t* out, const uint8_t* with, int count) {
  for (int i = 0; i < count; i++) out[i] ^= with[i];
}

/** A text in two pieces, of which the first may be empty. */
struct Text {
  const uint8_t* first;
  int firstBytes;
  const uint8_t* second;
  int secondBytes;
  int Bytes() const { return firstBytes + secondBytes; }
};

class SrtpKey {
 public:
  ~SrtpKey() { EVP_CIPHER_CTX_free(ctx_); }

  int tagBytes() const { return tagBytes_; }

  /** False when the lengths fit no profile, or OpenSSL refuses. */
  bool Init(const uint8_t* key, size_t keyBytes, const uint8_t* salt, size_t saltBytes, const uint8_t* authentication, size_t authenticationBytes, int tagBytes) {
    isGcm_ = authentication == nullptr;
    tagBytes_ = tagBytes;
    bool fits = isGcm_ ? saltBytes == kGcmSaltBytes && tagBytes == static_cast<int>(kGcmTagBytes)
                       : saltBytes == kCounterSaltBytes && authenticationBytes == SHA_DIGEST_LENGTH && (tagBytes == 4 || tagBytes == 10);
    if (!fits || (keyBytes != 16 && keyBytes != 32)) return false;
    memcpy(salt_, salt, saltBytes);
    if (!isGcm_) hmac_.SetKey(authentication, authenticationBytes);
    if (AesVector::IsSupported()) {
      vector_ = std::make_unique<AesVector>();
      return vector_->Init(key, keyBytes);
    }
    const EVP_CIPHER* cipher = isGcm_ ? (keyBytes == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()) : (keyBytes == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr());
    ctx_ = EVP_CIPHER_CTX_new();
    return ctx_ && EVP_CipherInit_ex(ctx_, cipher, nullptr, key, nullptr, 1) == 1;
  }

  /** Whether what {@link Encrypt} wrote wants a {@link SignatureOf}: with GCM the tag is there already. */
  bool isSigned() const { return !isGcm_; }

  /** Asks the processor for this object. */
  void Prefetch() const { __builtin_prefetch(this); }

  /** And for what it points to, once it has come. */
  void PrefetchKeys() const {
    if (vector_) vector_->Prefetch(isGcm_);
  }

  /** Writes encrypted text and tag behind the `headerBytes` of header that are at `packet` already. */
  bool Seal(uint8_t* packet, int headerBytes, const Text& text, uint32_t rollover) const {
    if (!Encrypt(packet, headerBytes, text, rollover)) return false;
    if (isGcm_) return true;
    Signature signature = SignatureOf(packet, headerBytes + text.Bytes(), rollover);
    SignAll(&signature, 1);
    return true;
  }

  /** The same but for the tag, where it is a signature. */
  bool Encrypt(uint8_t* packet, int headerBytes, const Text& text, uint32_t rollover) const {
    uint8_t iv[kBlockBytes];
    MakeIv(packet, rollover, iv);
    if (!vector_) return EncryptByOpenSsl(packet, headerBytes, text, iv);
    EncryptByVector(packet, headerBytes, text, iv);
    return true;
  }

  /** The code over packet and rollover counter (RFC 3711 §4.2), to be written behind the packet. */
  Signature SignatureOf(uint8_t* packet, int length, uint32_t rollover) const {
    return {&hmac_, packet, static_cast<size_t>(length), rollover, packet + length, tagBytes_};
  }

  /** Checks the packet of `length` bytes and decrypts its text to `out`, where it lies or apart. False, and no text, when it is not what the sender wrote. */
  bool Open(const uint8_t* packet, int headerBytes, int length, uint32_t rollover, uint8_t* out) const {
    const uint8_t* text = packet + headerBytes;
    int textBytes = length - headerBytes - tagBytes_, done = 0;
    if (!isGcm_ && !IsSigned(packet, length - tagBytes_, rollover)) return false;
    uint8_t iv[kBlockBytes];
    MakeIv(packet, rollover, iv);
    if (vector_ && isGcm_) return vector_->GcmOpen(iv, packet, headerBytes, text, textBytes, text + textBytes, out);
    if (vector_) {
      vector_->Ctr(iv, text, textBytes, out);
      return true;
    }
    if (!isGcm_) return EVP_CipherInit_ex(ctx_, nullptr, nullptr, nullptr, iv, 1) == 1 && (textBytes == 0 || EVP_CipherUpdate(ctx_, out, &done, text, textBytes) == 1);
    uint8_t tag[kGcmTagBytes];
    memcpy(tag, text + textBytes, sizeof tag);
    bool ok = EVP_CipherInit_ex(ctx_, nullptr, nullptr, nullptr, iv, 0) == 1 && EVP_CIPHER_CTX_ctrl(ctx_, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag) == 1 &&
              EVP_CipherUpdate(ctx_, nullptr, &done, packet, headerBytes) == 1 && (textBytes == 0 || EVP_CipherUpdate(ctx_, out, &done, text, textBytes) == 1) &&
              EVP_CipherFinal_ex(ctx_, out + textBytes, &done) == 1;
    if (!ok) memset(out, 0, textBytes);  // nothing of a text that nobody vouches for is handed out
    return ok;
  }

 private:
  void EncryptByVector(uint8_t* packet, int headerBytes, const Text& text, const uint8_t* iv) const {
    uint8_t* out = packet + headerBytes;
    const uint8_t* from = text.second;
    if (text.firstBytes > 0) {  // the pieces are put together first: blocks do not end where they do
      memcpy(out, text.first, text.firstBytes);
      memcpy(out + text.firstBytes, text.second, text.secondBytes);
      from = out;
    }
    if (isGcm_) vector_->GcmSeal(iv, packet, headerBytes, from, text.Bytes(), out, out + text.Bytes());
    else vector_->Ctr(iv, from, text.Bytes(), out);
  }

  bool EncryptByOpenSsl(uint8_t* packet, int headerBytes, const Text& text, const uint8_t* iv) const {
    uint8_t* out = packet + headerBytes;
    uint8_t* tag = out + text.Bytes();
    int length = 0;
    if (EVP_CipherInit_ex(ctx_, nullptr, nullptr, nullptr, iv, 1) != 1) return false;
    if (isGcm_ && EVP_CipherUpdate(ctx_, nullptr, &length, packet, headerBytes) != 1) return false;
    if (text.firstBytes > 0 && EVP_CipherUpdate(ctx_, out, &length, text.first, text.firstBytes) != 1) return false;
    if (text.secondBytes > 0 && EVP_CipherUpdate(ctx_, out + text.firstBytes, &length, text.second, text.secondBytes) != 1) return false;
    return !isGcm_ || (EVP_CipherFinal_ex(ctx_, tag, &length) == 1 && EVP_CIPHER_CTX_ctrl(ctx_, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, tag) == 1);
  }

  /** GCM: 00 00 SSRC ROC SEQ; AES-CM: 00 00 00 00 SSRC ROC SEQ 00 00; over both the salt (RFC 7714 §8.1, RFC 3711 §4.1.1). */
  void MakeIv(const uint8_t* packet, uint32_t rollover, uint8_t* iv) const {
    uint8_t numbers[10];
    memcpy(numbers, packet + 8, 4);
    WriteBe32(numbers + 4, rollover);
    memcpy(numbers + 8, packet + 2, 2);
    memcpy(iv, salt_, kBlockBytes);
    XorBytes(iv + (isGcm_ ? 2 : 4), numbers, sizeof numbers);
  }

  bool IsSigned(const uint8_t* packet, size_t length, uint32_t rollover) const {
    uint8_t tag[SHA_DIGEST_LENGTH];
    Signature signature = {&hmac_, packet, length, rollover, tag, tagBytes_};
    SignAll(&signature, 1);
    uint8_t difference = 0;
    for (int i = 0; i < tagBytes_; i++) difference |= tag[i] ^ packet[length + i];
    return difference == 0;
  }

  /** One of both. */
  std::unique_ptr<AesVector> vector_;
  EVP_CIPHER_CTX* ctx_ = nullptr;
  uint8_t salt_[kBlockBytes] = {0};
  int tagBytes_ = 0;
  bool isGcm_ = false;
  Hmac hmac_;
};

}  // namespace maru
