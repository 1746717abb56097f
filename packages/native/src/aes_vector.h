// AES-GCM and AES-CTR sixteen blocks at a time, where the processor has VAES and VPCLMULQDQ with 512 bits: a packet of 1,200 bytes in a
// tenth of a microsecond. OpenSSL 3.0, which Node.js brings, does it in 0.4, and needs as long again to be called.
#pragma once
#include <cstddef>
#include <cstdint>

namespace maru {

constexpr size_t kGcmIvBytes = 12;
constexpr size_t kGcmTagBytes = 16;
constexpr size_t kBlockBytes = 16;

/** One AES key, ready. All that is done with it takes the same time whatever key and text are. */
class AesVector {
 public:
  /** Whether this processor can; nothing else may be called where it cannot. */
  static bool IsSupported();

  ~AesVector();

  /** 16 or 32 bytes; false for any other length. */
  bool Init(const uint8_t* key, size_t keyBytes);

  /** Asks the processor for what sealing is going to read: a key that was not used for a while is in no cache. */
  void Prefetch(bool isGcm) const {
    for (size_t at = 0; at < static_cast<size_t>(rounds_ + 1) * kBlockBytes; at += kLineBytes) __builtin_prefetch(roundKeys_ + at);
    for (size_t at = 0; isGcm && at < kPowers * kBlockBytes; at += kLineBytes) __builtin_prefetch(powers_ + at);
  }

  /** Encrypts `textBytes` of `text` to `out`, the same memory or apart from it, and writes the tag over both (NIST SP 800-38D §7.1). */
  void GcmSeal(const uint8_t* iv, const uint8_t* additional, size_t additionalBytes, const uint8_t* text, size_t textBytes, uint8_t* out, uint8_t* tag) const;

  /** Decrypts; false for a wrong tag, and then zeros are written (§7.2). */
  bool GcmOpen(const uint8_t* iv, const uint8_t* additional, size_t additionalBytes, const uint8_t* text, size_t textBytes, const uint8_t* tag, uint8_t* out) const;

  /** XORs with the key stream that begins at `counter`, 16 bytes, whose last 32 bits count. */
  void Ctr(const uint8_t* counter, const uint8_t* text, size_t textBytes, uint8_t* out) const;

 private:
  static constexpr int kMaxRoundKeys = 15;
  static constexpr int kPowers = 16;
  static constexpr int kPadding = 3;
  static constexpr size_t kLineBytes = 64;

  alignas(64) uint8_t roundKeys_[kMaxRoundKeys * kBlockBytes];
  int rounds_ = 0;
  /** H^16 to H^1 as factors of POLYVAL, and zeros. */
  alignas(64) uint8_t powers_[(kPowers + kPadding) * kBlockBytes];
};

}  // namespace maru
