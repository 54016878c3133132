/* Two bfloat16 numbers in 32 bits, as the processor multiplies them: each lane of a sum gets both products (Intel SDM, VDPBF16PS). */
#include <immintrin.h>

typedef uint32_t pair __attribute__((may_alias, aligned(2)));
typedef uint32_t pairs __attribute__((vector_size(64), aligned(2), may_alias));

static inline pair paired(float low, float high) { return (pair)to_bf16(low) | (pair)to_bf16(high) << 16; }

static inline __m512 dot(__m512 sum, __m512i a, __m512i b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }

static inline __m512 widened(__m256i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16)); }

/* The lanes of a vector of sixteen that `left` numbers fill. */
static inline __mmask16 lanes(long left) { return (__mmask16)(left >= 16 ? 0xffff : left > 0 ? (1 << left) - 1 : 0); }

#define UNROLL _Pragma("GCC unroll 16")

/* 16 rows of w, 16 pairs each, into 16 rows of pairs, ldo apart: pair k of row i goes to to[k][i]. What is not there is zero. */
static inline void turn_pairs(const bf16 *w, long ldw, long rows, long pairs_left, pair *to, long ldo) {
  __m512i r[16], t[16];
  __mmask16 some = lanes(pairs_left);
  UNROLL for (int i = 0; i < 16; i++) r[i] = i < rows ? _mm512_maskz_loadu_epi32(some, w + i * ldw) : _mm512_setzero_si512();
  UNROLL for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  UNROLL for (int i = 0; i < 4; i++) {
    __m512i a = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88), b = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    __m512i c = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88), d = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    _mm512_storeu_si512(to + i * ldo, _mm512_shuffle_i32x4(a, c, 0x88));
    _mm512_storeu_si512(to + (4 + i) * ldo, _mm512_shuffle_i32x4(b, d, 0x88));
    _mm512_storeu_si512(to + (8 + i) * ldo, _mm512_shuffle_i32x4(a, c, 0xdd));
    _mm512_storeu_si512(to + (12 + i) * ldo, _mm512_shuffle_i32x4(b, d, 0xdd));
  }
}
