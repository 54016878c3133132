/* Two bfloat16 numbers in 32 bits, as the processor multiplies them: each lane of a sum gets both products (Intel SDM, VDPBF16PS). */
#include <immintrin.h>

typedef uint32_t pair __attribute__((may_alias, aligned(2)));
typedef uint32_t pairs __attribute__((vector_size(64), aligned(2), may_alias));

static inline pair paired(float low, float high) { return (pair)to_bf16(low) | (pair)to_bf16(high) << 16; }

static inline __m512 dot(__m512 sum, __m512i a, __m512i b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }

static inline __m512 widened(__m256i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16)); }
