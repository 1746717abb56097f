#include "hmac_lanes.h"

#include <cstring>

#include "aes_vector.h"

namespace maru {
namespace {

void SignOne(const Signature& one) {
  uint8_t counter[4], code[SHA_DIGEST_LENGTH];
  uint32_t rollover = __builtin_bswap32(one.rollover);
  memcpy(counter, &rollover, sizeof counter);
  one.key->Sign(one.bytes, one.length, code, counter);
  memcpy(one.tag, code, one.tagBytes);
}

}  // namespace
}  // namespace maru

#if defined(__x86_64__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#define MARU_LANES __attribute__((target("avx512f,avx512bw,avx512vl")))
#define MARU_LANES_INLINE MARU_LANES inline __attribute__((always_inline))

namespace maru {
namespace {

constexpr int kLanes = 16;
/** Fewer are done sooner one by one, by the processor's own instructions for SHA-1. */
constexpr int kWorthLanes = 5;
constexpr int kWords = 5;
constexpr int kBlockWords = 16;
constexpr int kTailBytes = 2 * SHA_CBLOCK;

/** Five words of a state, each of sixteen hashes. */
struct States {
  __m512i words[kWords];
};

/** One step of FIPS 180-4 §6.1.2, of four phases of twenty each: 0xca chooses, 0x96 is the parity, 0xe8 the majority. */
template <int kPhase>
MARU_LANES_INLINE void Step(States* s, __m512i word) {
  constexpr uint32_t kConstants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  constexpr int kFunctions[4] = {0xca, 0x96, 0xe8, 0x96};
  __m512i* w = s->words;
  __m512i mixed = _mm512_ternarylogic_epi32(w[1], w[2], w[3], kFunctions[kPhase]);
  __m512i sum = _mm512_add_epi32(_mm512_add_epi32(w[4], _mm512_set1_epi32(static_cast<int>(kConstants[kPhase]))), word);
  sum = _mm512_add_epi32(_mm512_add_epi32(sum, mixed), _mm512_rol_epi32(w[0], 5));
  w[4] = w[3];
  w[3] = w[2];
  w[2] = _mm512_rol_epi32(w[1], 30);
  w[1] = w[0];
  w[0] = sum;
}

/** The word of the schedule at `t`, which takes the place of the one sixteen before. */
MARU_LANES_INLINE __m512i Schedule(__m512i* words, int t) {
  __m512i sum = _mm512_ternarylogic_epi32(words[(t + 13) & 15], words[(t + 8) & 15], words[(t + 2) & 15], 0x96);
  words[t & 15] = _mm512_rol_epi32(_mm512_xor_si512(sum, words[t & 15]), 1);
  return words[t & 15];
}

/** Hashes one block of each; those that `active` has no bit for stay as they are. */
MARU_LANES_INLINE void Compress(States* states, __m512i* words, __mmask16 active) {
  States s = *states;
#pragma GCC unroll 16
  for (int t = 0; t < 16; t++) Step<0>(&s, words[t]);
#pragma GCC unroll 4
  for (int t = 16; t < 20; t++) Step<0>(&s, Schedule(words, t));
#pragma GCC unroll 20
  for (int t = 20; t < 40; t++) Step<1>(&s, Schedule(words, t));
#pragma GCC unroll 20
  for (int t = 40; t < 60; t++) Step<2>(&s, Schedule(words, t));
#pragma GCC unroll 20
  for (int t = 60; t < 80; t++) Step<3>(&s, Schedule(words, t));
  for (int i = 0; i < kWords; i++) states->words[i] = _mm512_mask_add_epi32(states->words[i], active, states->words[i], s.words[i]);
}

/** Reads a block from each of sixteen places: word t of all of them becomes `words[t]`. */
MARU_LANES_INLINE void LoadBlocks(const uint8_t* const* blocks, __m512i* words) {
  const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  __m512i rows[kLanes], pairs[kLanes];
  for (int i = 0; i < kLanes; i++) rows[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks[i]), swap);
  for (int i = 0; i < kLanes; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < kLanes; i += 4) {  // rows[i + k]: word k of each quarter, of four lanes
    rows[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int k = 0; k < 4; k++) {
    __m512i even = _mm512_shuffle_i32x4(rows[k], rows[4 + k], 0x88), odd = _mm512_shuffle_i32x4(rows[k], rows[4 + k], 0xdd);
    __m512i evenHigh = _mm512_shuffle_i32x4(rows[8 + k], rows[12 + k], 0x88), oddHigh = _mm512_shuffle_i32x4(rows[8 + k], rows[12 + k], 0xdd);
    words[k] = _mm512_shuffle_i32x4(even, evenHigh, 0x88);
    words[4 + k] = _mm512_shuffle_i32x4(odd, oddHigh, 0x88);
    words[8 + k] = _mm512_shuffle_i32x4(even, evenHigh, 0xdd);
    words[12 + k] = _mm512_shuffle_i32x4(odd, oddHigh, 0xdd);
  }
}

/** A message as blocks: most lie where it lies, the last one or two are in `tail`, with counter and padding (FIPS 180-4 §5.1.1). */
struct Lane {
  const uint8_t* bytes;
  int wholeBlocks;
  int blocks = 0;
  alignas(64) uint8_t tail[kTailBytes];

  void Begin(const Signature& one) {
    bytes = one.bytes;
    wholeBlocks = static_cast<int>(one.length / SHA_CBLOCK);
    size_t rest = one.length % SHA_CBLOCK;
    int tailBlocks = rest + sizeof one.rollover + 1 + sizeof(uint64_t) <= SHA_CBLOCK ? 1 : 2;
    blocks = wholeBlocks + tailBlocks;
    memcpy(tail, one.bytes + wholeBlocks * SHA_CBLOCK, rest);
    memset(tail + rest, 0, sizeof tail - rest);
    uint32_t rollover = __builtin_bswap32(one.rollover);
    memcpy(tail + rest, &rollover, sizeof rollover);
    tail[rest + sizeof rollover] = 0x80;
    uint64_t bits = __builtin_bswap64((SHA_CBLOCK + one.length + sizeof rollover) * 8);
    memcpy(tail + tailBlocks * SHA_CBLOCK - sizeof bits, &bits, sizeof bits);
  }

  const uint8_t* Block(int index) const {
    if (index < wholeBlocks) return bytes + index * SHA_CBLOCK;
    return tail + (index < blocks ? index - wholeBlocks : 0) * SHA_CBLOCK;
  }
};

MARU_LANES_INLINE States LoadStates(const Signature* signatures, int count, SHA_CTX Hmac::*state) {
  alignas(64) uint32_t words[kWords][kLanes] = {};
  for (int i = 0; i < count; i++) {
    const SHA_CTX& from = signatures[i].key->*state;
    const uint32_t own[kWords] = {from.h0, from.h1, from.h2, from.h3, from.h4};
    for (int word = 0; word < kWords; word++) words[word][i] = own[word];
  }
  States states;
  for (int word = 0; word < kWords; word++) states.words[word] = _mm512_load_si512(words[word]);
  return states;
}

/** The outer hash: of one block, the digest of the inner one and padding. */
MARU_LANES_INLINE void CompressDigests(States* outer, const States& inner) {
  __m512i words[kBlockWords];
  for (int t = 0; t < kBlockWords; t++) words[t] = _mm512_setzero_si512();
  for (int t = 0; t < kWords; t++) words[t] = inner.words[t];
  words[kWords] = _mm512_set1_epi32(static_cast<int>(0x80000000));
  words[15] = _mm512_set1_epi32((SHA_CBLOCK + SHA_DIGEST_LENGTH) * 8);
  Compress(outer, words, 0xffff);
}

/** Up to sixteen at once. */
MARU_LANES void SignLanes(const Signature* signatures, int count) {
  Lane lanes[kLanes];
  int most = 0;
  for (int i = 0; i < kLanes; i++) {
    if (i < count) lanes[i].Begin(signatures[i]);
    else lanes[i].wholeBlocks = 0;
    if (lanes[i].blocks > most) most = lanes[i].blocks;
  }
  States states = LoadStates(signatures, count, &Hmac::inner);
  for (int block = 0; block < most; block++) {
    const uint8_t* blocks[kLanes];
    __mmask16 active = 0;
    for (int i = 0; i < kLanes; i++) {
      blocks[i] = lanes[i].Block(block);
      active |= static_cast<__mmask16>((block < lanes[i].blocks) << i);
    }
    __m512i words[kBlockWords];
    LoadBlocks(blocks, words);
    Compress(&states, words, active);
  }
  States outer = LoadStates(signatures, count, &Hmac::outer);
  CompressDigests(&outer, states);
  alignas(64) uint32_t words[kWords][kLanes];
  for (int word = 0; word < kWords; word++) _mm512_store_si512(words[word], outer.words[word]);
  for (int i = 0; i < count; i++) {
    uint32_t code[kWords];
    for (int word = 0; word < kWords; word++) code[word] = __builtin_bswap32(words[word][i]);
    memcpy(signatures[i].tag, code, signatures[i].tagBytes);
  }
}

}  // namespace

void SignAll(const Signature* signatures, int count) {
  int done = 0;
  for (; AesVector::IsSupported() && count - done >= kWorthLanes; done += kLanes) SignLanes(signatures + done, count - done < kLanes ? count - done : kLanes);
  for (; done < count; done++) SignOne(signatures[done]);
}

}  // namespace maru

#pragma GCC diagnostic pop

#else

namespace maru {

void SignAll(const Signature* signatures, int count) {
  for (int i = 0; i < count; i++) SignOne(signatures[i]);
}

}  // namespace maru

#endif
