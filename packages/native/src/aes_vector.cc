#include "aes_vector.h"

#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
// GCC 12 takes the arguments that its own header leaves undefined on purpose for mistakes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

// Of these functions alone the compiler may use such instructions: IsSupported guards them.
#define MARU_VECTOR __attribute__((target("avx512f,avx512bw,avx512vl,vaes,vpclmulqdq,aes,pclmul,bmi2")))
#define MARU_INLINE MARU_VECTOR inline __attribute__((always_inline))

namespace maru {
namespace {

constexpr size_t kVectorBytes = 64;
constexpr size_t kStrideBytes = 4 * kVectorBytes;  // sixteen blocks

/**
 * GHASH is computed as POLYVAL of reversed blocks (RFC 8452 Appendix A), whose products need no shifting: a product is reduced by
 * Montgomery's method with x^127 + x^126 + x^121, which is 0xc2 << 56 in the upper half.
 */
constexpr long long kPolynomial = static_cast<long long>(0xc200000000000000ULL);

MARU_INLINE __m128i Reversal() { return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

MARU_INLINE __m512i WideReversal() { return _mm512_broadcast_i32x4(Reversal()); }

MARU_INLINE __m128i Reverse(__m128i block) { return _mm_shuffle_epi8(block, Reversal()); }

MARU_INLINE __m128i LoadBlock(const uint8_t* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }

MARU_INLINE void StoreBlock(uint8_t* bytes, __m128i block) { _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), block); }

/** lo + mid x^64 + hi x^128, times x^-128, in the field. */
MARU_INLINE __m128i Reduce(__m128i lo, __m128i mid, __m128i hi) {
  const __m128i polynomial = _mm_set_epi64x(0, kPolynomial);
  lo = _mm_xor_si128(lo, _mm_slli_si128(mid, 8));
  hi = _mm_xor_si128(hi, _mm_srli_si128(mid, 8));
  lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e), _mm_clmulepi64_si128(lo, polynomial, 0x00));
  __m128i folded = _mm_clmulepi64_si128(lo, polynomial, 0x00);
  return _mm_xor_si128(_mm_xor_si128(hi, _mm_shuffle_epi32(lo, 0x4e)), folded);
}

MARU_INLINE __m128i Multiply(__m128i a, __m128i b) {
  __m128i mid = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  return Reduce(_mm_clmulepi64_si128(a, b, 0x00), mid, _mm_clmulepi64_si128(a, b, 0x11));
}

/** Times x (RFC 8452 Appendix A, mulX_POLYVAL). */
MARU_INLINE __m128i MultiplyByX(__m128i a) {
  __m128i carries = _mm_srli_epi64(a, 63);
  __m128i shifted = _mm_or_si128(_mm_slli_epi64(a, 1), _mm_slli_si128(carries, 8));
  __m128i isOver = _mm_sub_epi64(_mm_setzero_si128(), _mm_shuffle_epi32(carries, 0xee));  // all ones where the highest bit was set
  return _mm_xor_si128(shifted, _mm_and_si128(isOver, _mm_set_epi64x(kPolynomial, 1)));
}

MARU_INLINE __m128i FoldLanes(__m512i lanes) {
  __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(lanes), _mm512_extracti64x4_epi64(lanes, 1));
  return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/** Sums of products of up to sixteen blocks with powers of H, not reduced yet. */
struct Products {
  __m512i lo, mid, hi;
};

MARU_INLINE void AddProduct(Products* sum, __m512i blocks, __m512i powers) {
  sum->lo = _mm512_xor_si512(sum->lo, _mm512_clmulepi64_epi128(blocks, powers, 0x00));
  sum->hi = _mm512_xor_si512(sum->hi, _mm512_clmulepi64_epi128(blocks, powers, 0x11));
  // 0x96 is the XOR of three
  sum->mid = _mm512_ternarylogic_epi64(sum->mid, _mm512_clmulepi64_epi128(blocks, powers, 0x01), _mm512_clmulepi64_epi128(blocks, powers, 0x10), 0x96);
}

MARU_INLINE __m128i ReduceProducts(const Products& sum) { return Reduce(FoldLanes(sum.lo), FoldLanes(sum.mid), FoldLanes(sum.hi)); }

MARU_INLINE Products NoProducts() { return {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()}; }

/** Bits for the first `count` bytes of a vector. */
MARU_INLINE __mmask64 MaskOf(size_t count) { return count >= kVectorBytes ? ~0ULL : _bzhi_u64(~0ULL, static_cast<unsigned>(count)); }

constexpr int BlocksOf(size_t bytes) { return static_cast<int>((bytes + kBlockBytes - 1) / kBlockBytes); }

/** The hash so far, and the powers of H that go on with it. */
struct Hash {
  const uint8_t* powers;  // of sixteen blocks; those of fewer are the last ones
  __m128i value;

  /** Powers for `blocks` blocks with `behind` more behind them. */
  MARU_INLINE const uint8_t* Factors(int blocks, int behind) const { return powers + (16 - blocks - behind) * kBlockBytes; }

  /**
   * Of `count` vectors of reversed blocks, `blocks` in all, zeros behind them. `sum` has the products of what is to be hashed before them, then with
   * `value` in it, or behind them, `behind` blocks.
   */
  template <int kMax>
  MARU_INLINE void Add(const __m512i (&vectors)[kMax], int count, int blocks, Products sum, int behind = 0) {
    const uint8_t* factors = Factors(blocks, behind);
    for (int i = 0; i < count; i++) AddProduct(&sum, vectors[i], _mm512_loadu_si512(factors + i * kVectorBytes));
    value = ReduceProducts(sum);
  }

  /** The same for what `value` comes right before. */
  template <int kMax>
  MARU_INLINE void AddNext(__m512i (&vectors)[kMax], int count, int blocks, Products sum, int behind = 0) {
    vectors[0] = _mm512_xor_si512(vectors[0], _mm512_zextsi128_si512(value));
    Add(vectors, count, blocks, sum, behind);
  }

  MARU_INLINE void AddBytes(const uint8_t* bytes, size_t length) {
    const __m512i reversal = WideReversal();
    for (size_t at = 0; at < length; at += kStrideBytes) {
      size_t part = length - at < kStrideBytes ? length - at : kStrideBytes;
      __m512i vectors[4];
      int count = 0;
      for (size_t done = 0; done < part; done += kVectorBytes) {
        vectors[count++] = _mm512_shuffle_epi8(_mm512_maskz_loadu_epi8(MaskOf(part - done), bytes + at + done), reversal);
      }
      AddNext(vectors, count, BlocksOf(part), NoProducts());
    }
  }

  /** The products of up to a vector of bytes, the first of all, with `behind` blocks behind them. */
  MARU_INLINE Products FirstBytes(const uint8_t* bytes, size_t length, int behind) const {
    Products sum = NoProducts();
    __m512i blocks = _mm512_shuffle_epi8(_mm512_maskz_loadu_epi8(MaskOf(length), bytes), WideReversal());
    AddProduct(&sum, blocks, _mm512_loadu_si512(Factors(BlocksOf(length), behind)));
    return sum;
  }

  /** The product of the lengths in bits, last of all. */
  MARU_INLINE Products Lengths(size_t additionalBytes, size_t textBytes) const {
    Products sum = NoProducts();
    __m128i lengths = _mm_set_epi64x(static_cast<long long>(additionalBytes) * 8, static_cast<long long>(textBytes) * 8);
    AddProduct(&sum, _mm512_zextsi128_si512(lengths), _mm512_loadu_si512(Factors(1, 0)));
    return sum;
  }
};

template <int kRounds>
MARU_INLINE __m128i EncryptBlock(const uint8_t* roundKeys, __m128i block) {
  block = _mm_xor_si128(block, LoadBlock(roundKeys));
  for (int i = 1; i < kRounds; i++) block = _mm_aesenc_si128(block, LoadBlock(roundKeys + i * kBlockBytes));
  return _mm_aesenclast_si128(block, LoadBlock(roundKeys + kRounds * kBlockBytes));
}

/** A key stream: counters reversed, so that the lowest word of each is what counts. */
template <int kRounds>
struct Stream {
  __m512i keys[kRounds + 1];
  __m512i counters;

  MARU_INLINE Stream(const uint8_t* roundKeys, __m128i counter, int first) {
    for (int i = 0; i <= kRounds; i++) keys[i] = _mm512_broadcast_i32x4(LoadBlock(roundKeys + i * kBlockBytes));
    __m512i numbers = _mm512_set_epi32(0, 0, 0, first + 3, 0, 0, 0, first + 2, 0, 0, 0, first + 1, 0, 0, 0, first);
    counters = _mm512_add_epi32(_mm512_broadcast_i32x4(Reverse(counter)), numbers);
  }

  /** The next `kCount` vectors. */
  template <int kCount>
  MARU_INLINE void Next(__m512i (&out)[kCount]) {
    const __m512i reversal = WideReversal();
    const __m512i step = _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4);
    for (int i = 0; i < kCount; i++) {
      out[i] = _mm512_xor_si512(_mm512_shuffle_epi8(counters, reversal), keys[0]);
      counters = _mm512_add_epi32(counters, step);
    }
#pragma GCC unroll 16
    for (int round = 1; round < kRounds; round++) {
      for (int i = 0; i < kCount; i++) out[i] = _mm512_aesenc_epi128(out[i], keys[round]);
    }
    for (int i = 0; i < kCount; i++) out[i] = _mm512_aesenclast_epi128(out[i], keys[kRounds]);
  }
};

enum class Hashes { nothing, input, output };

/** What is hashed of a vector: what is encrypted, on both sides. */
template <Hashes kHashes>
MARU_INLINE __m512i Hashed(__m512i in, __m512i result) {
  return _mm512_shuffle_epi8(kHashes == Hashes::input ? in : result, WideReversal());
}

/** XORs `kCount` vectors of text with the key stream. */
template <int kRounds, Hashes kHashes, int kCount>
MARU_INLINE void Crypt(Stream<kRounds>* stream, const uint8_t* text, uint8_t* out, __m512i (&hashed)[kCount]) {
  __m512i key[kCount];
  stream->Next(key);
  for (int i = 0; i < kCount; i++) {
    __m512i in = _mm512_loadu_si512(text + i * kVectorBytes);
    __m512i result = _mm512_xor_si512(in, key[i]);
    _mm512_storeu_si512(out + i * kVectorBytes, result);
    if (kHashes != Hashes::nothing) hashed[i] = Hashed<kHashes>(in, result);
  }
}

/** The same with what is left, less than a stride; returns the vectors. */
template <int kRounds, Hashes kHashes>
MARU_INLINE int CryptRest(Stream<kRounds>* stream, const uint8_t* text, size_t length, uint8_t* out, __m512i (&hashed)[4]) {
  __m512i key[4];
  stream->Next(key);
  int count = 0;
  for (size_t done = 0; done < length; done += kVectorBytes, count++) {
    __mmask64 mask = MaskOf(length - done);
    __m512i in = _mm512_maskz_loadu_epi8(mask, text + done);
    __m512i result = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(in, key[count]));
    _mm512_mask_storeu_epi8(out + done, mask, result);
    if (kHashes != Hashes::nothing) hashed[count] = Hashed<kHashes>(in, result);
  }
  return count;
}

/** Both directions of GCM: returns the tag. A sum of products is reduced as seldom as sixteen powers of H allow. */
template <int kRounds, Hashes kHashes>
MARU_VECTOR __m128i Gcm(const uint8_t* roundKeys, const uint8_t* powers, const uint8_t* iv, const uint8_t* additional, size_t additionalBytes, const uint8_t* text,
                        size_t textBytes, uint8_t* out) {
  constexpr int kFirst = 3;  // vectors of text that are hashed with additional data of one
  constexpr size_t kFirstBytes = kFirst * kVectorBytes;
  alignas(16) uint8_t counter[kBlockBytes] = {0};
  memcpy(counter, iv, kGcmIvBytes);
  Stream<kRounds> stream(roundKeys, LoadBlock(counter), 2);
  counter[kBlockBytes - 1] = 1;
  __m128i hiding = EncryptBlock<kRounds>(roundKeys, LoadBlock(counter));
  Hash hash = {powers, _mm_setzero_si128()};
  size_t at = 0;
  if (additionalBytes <= kVectorBytes && textBytes >= kFirstBytes) {
    __m512i hashed[kFirst];
    Crypt<kRounds, kHashes>(&stream, text, out, hashed);
    hash.Add(hashed, kFirst, BlocksOf(kFirstBytes), hash.FirstBytes(additional, additionalBytes, BlocksOf(kFirstBytes)));
    at = kFirstBytes;
  } else {
    hash.AddBytes(additional, additionalBytes);
  }
  __m512i hashed[4];
  for (; textBytes - at >= kStrideBytes; at += kStrideBytes) {
    Crypt<kRounds, kHashes>(&stream, text + at, out + at, hashed);
    hash.AddNext(hashed, 4, 16, NoProducts());
  }
  Products lengths = hash.Lengths(additionalBytes, textBytes);
  int rest = BlocksOf(textBytes - at);
  int count = rest > 0 ? CryptRest<kRounds, kHashes>(&stream, text + at, textBytes - at, out + at, hashed) : 0;
  if (rest > 0 && rest < 16) {
    hash.AddNext(hashed, count, rest, lengths, 1);
  } else {
    if (rest > 0) hash.AddNext(hashed, count, rest, NoProducts());
    AddProduct(&lengths, _mm512_zextsi128_si512(hash.value), _mm512_loadu_si512(hash.Factors(1, 0)));
    hash.value = ReduceProducts(lengths);
  }
  return _mm_xor_si128(Reverse(hash.value), hiding);
}

template <int kRounds>
MARU_VECTOR void CtrStream(const uint8_t* roundKeys, const uint8_t* counter, const uint8_t* text, size_t textBytes, uint8_t* out) {
  Stream<kRounds> stream(roundKeys, LoadBlock(counter), 0);
  __m512i unhashed[4];
  size_t at = 0;
  for (; textBytes - at >= kStrideBytes; at += kStrideBytes) Crypt<kRounds, Hashes::nothing>(&stream, text + at, out + at, unhashed);
  if (textBytes > at) CryptRest<kRounds, Hashes::nothing>(&stream, text + at, textBytes - at, out + at, unhashed);
}

/** Each word of `key` XORed with those before it, and with `mix`. */
MARU_INLINE __m128i NextKey(__m128i key, __m128i mix) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, mix);
}

#define MARU_NEXT_KEY(index, before, constant, word) \
  keys[index] = NextKey(keys[before], _mm_shuffle_epi32(_mm_aeskeygenassist_si128(keys[(index) - 1], constant), word))

/** The key schedules (FIPS 197 §5.2). */
MARU_VECTOR void Expand128(const uint8_t* key, uint8_t* out) {
  __m128i keys[11];
  keys[0] = LoadBlock(key);
  MARU_NEXT_KEY(1, 0, 0x01, 0xff);
  MARU_NEXT_KEY(2, 1, 0x02, 0xff);
  MARU_NEXT_KEY(3, 2, 0x04, 0xff);
  MARU_NEXT_KEY(4, 3, 0x08, 0xff);
  MARU_NEXT_KEY(5, 4, 0x10, 0xff);
  MARU_NEXT_KEY(6, 5, 0x20, 0xff);
  MARU_NEXT_KEY(7, 6, 0x40, 0xff);
  MARU_NEXT_KEY(8, 7, 0x80, 0xff);
  MARU_NEXT_KEY(9, 8, 0x1b, 0xff);
  MARU_NEXT_KEY(10, 9, 0x36, 0xff);
  for (int i = 0; i < 11; i++) StoreBlock(out + i * kBlockBytes, keys[i]);
}

MARU_VECTOR void Expand256(const uint8_t* key, uint8_t* out) {
  __m128i keys[15];
  keys[0] = LoadBlock(key);
  keys[1] = LoadBlock(key + kBlockBytes);
  MARU_NEXT_KEY(2, 0, 0x01, 0xff);
  MARU_NEXT_KEY(3, 1, 0x00, 0xaa);
  MARU_NEXT_KEY(4, 2, 0x02, 0xff);
  MARU_NEXT_KEY(5, 3, 0x00, 0xaa);
  MARU_NEXT_KEY(6, 4, 0x04, 0xff);
  MARU_NEXT_KEY(7, 5, 0x00, 0xaa);
  MARU_NEXT_KEY(8, 6, 0x08, 0xff);
  MARU_NEXT_KEY(9, 7, 0x00, 0xaa);
  MARU_NEXT_KEY(10, 8, 0x10, 0xff);
  MARU_NEXT_KEY(11, 9, 0x00, 0xaa);
  MARU_NEXT_KEY(12, 10, 0x20, 0xff);
  MARU_NEXT_KEY(13, 11, 0x00, 0xaa);
  MARU_NEXT_KEY(14, 12, 0x40, 0xff);
  for (int i = 0; i < 15; i++) StoreBlock(out + i * kBlockBytes, keys[i]);
}

/** H^16 to H^1, H being what the key makes of zeros. */
MARU_VECTOR void ComputePowers(const uint8_t* roundKeys, int rounds, uint8_t* powers) {
  __m128i zero = _mm_setzero_si128();
  __m128i h = MultiplyByX(Reverse(rounds == 10 ? EncryptBlock<10>(roundKeys, zero) : EncryptBlock<14>(roundKeys, zero)));
  __m128i power = h;
  for (int i = 15; i >= 0; i--) {
    StoreBlock(powers + i * kBlockBytes, power);
    power = Multiply(power, h);
  }
}

}  // namespace

bool AesVector::IsSupported() {
  static const char* const wish = getenv("MARU_VECTOR");
  static const bool supported = !(wish && strcmp(wish, "off") == 0) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                                __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("bmi2");
  return supported;
}

bool AesVector::Init(const uint8_t* key, size_t keyBytes) {
  if (keyBytes != 16 && keyBytes != 32) return false;
  memset(roundKeys_, 0, sizeof roundKeys_);
  memset(powers_, 0, sizeof powers_);
  rounds_ = keyBytes == 16 ? 10 : 14;
  if (rounds_ == 10) Expand128(key, roundKeys_);
  else Expand256(key, roundKeys_);
  ComputePowers(roundKeys_, rounds_, powers_);
  return true;
}

MARU_VECTOR void AesVector::GcmSeal(const uint8_t* iv, const uint8_t* additional, size_t additionalBytes, const uint8_t* text, size_t textBytes, uint8_t* out,
                                    uint8_t* tag) const {
  __m128i value = rounds_ == 10 ? Gcm<10, Hashes::output>(roundKeys_, powers_, iv, additional, additionalBytes, text, textBytes, out)
                                : Gcm<14, Hashes::output>(roundKeys_, powers_, iv, additional, additionalBytes, text, textBytes, out);
  StoreBlock(tag, value);
}

MARU_VECTOR bool AesVector::GcmOpen(const uint8_t* iv, const uint8_t* additional, size_t additionalBytes, const uint8_t* text, size_t textBytes, const uint8_t* tag,
                                    uint8_t* out) const {
  __m128i expected = LoadBlock(tag);
  __m128i value = rounds_ == 10 ? Gcm<10, Hashes::input>(roundKeys_, powers_, iv, additional, additionalBytes, text, textBytes, out)
                                : Gcm<14, Hashes::input>(roundKeys_, powers_, iv, additional, additionalBytes, text, textBytes, out);
  if (_mm_movemask_epi8(_mm_cmpeq_epi8(value, expected)) == 0xffff) return true;
  memset(out, 0, textBytes);  // nothing of a text that nobody vouches for is handed out
  return false;
}

void AesVector::Ctr(const uint8_t* counter, const uint8_t* text, size_t textBytes, uint8_t* out) const {
  if (rounds_ == 10) CtrStream<10>(roundKeys_, counter, text, textBytes, out);
  else CtrStream<14>(roundKeys_, counter, text, textBytes, out);
}

}  // namespace maru

#pragma GCC diagnostic pop

#else

namespace maru {

bool AesVector::IsSupported() { return false; }
bool AesVector::Init(const uint8_t*, size_t) { return false; }
void AesVector::GcmSeal(const uint8_t*, const uint8_t*, size_t, const uint8_t*, size_t, uint8_t*, uint8_t*) const {}
bool AesVector::GcmOpen(const uint8_t*, const uint8_t*, size_t, const uint8_t*, size_t, const uint8_t*, uint8_t*) const { return false; }
void AesVector::Ctr(const uint8_t*, const uint8_t*, size_t, uint8_t*) const {}

}  // namespace maru

#endif

namespace maru {

/** Keys do not stay behind in memory that is given back. */
AesVector::~AesVector() {
  volatile uint8_t* bytes = roundKeys_;
  for (size_t i = 0; i < sizeof roundKeys_; i++) bytes[i] = 0;
  bytes = powers_;
  for (size_t i = 0; i < sizeof powers_; i++) bytes[i] = 0;
}

}  // namespace maru
