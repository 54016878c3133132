/* The element-wise passes and the attention of the training step, for the CPU; and its products where the processor multiplies bfloat16.
 *
 * Legend: N tokens of all rows end to end, D width, H query heads, K key-value heads, E head width, I inner width,
 * V vocabulary. `T` is the compute type: float or bfloat16 (its bits in a uint16_t). Sums are float always.
 *
 * Every function splits its work by tokens, or by row and head, and no two threads write the same number: results do not
 * depend on how many threads there are. The plain torch forms of the same functions are in plain.py, tested equal.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t bf16;

static inline float from_float(float x) { return x; }
static inline float from_bf16(bf16 x) {
  uint32_t bits = (uint32_t)x << 16;
  float y;
  memcpy(&y, &bits, 4);
  return y;
}
static inline float to_float(float x) { return x; }
static inline bf16 to_bf16(float x) { /* round to nearest even; a NaN stays one */
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return (bf16)((bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
}

/* e^x to 2e-7 relative (Cephes' expf): written out because libm's is called one number at a time. NaN stays NaN. */
static inline float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float n = rintf(x * 1.44269504088896341f);
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = ((int32_t)n + 127) << 23;
  float scale;
  memcpy(&scale, &bits, 4);
  return p * scale;
}

static inline float fast_tanh(float x) {
  float e = fast_exp(2.0f * x);
  return 1.0f - 2.0f / (e + 1.0f);
}

/* ---- small matrix products, for attention: of float, and of pairs of bfloat16 where the processor multiplies those ---- */
#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX__)
#define VL 8
#else
#define VL 4
#endif
#define NR (2 * VL)
#define MR 6
typedef float vec __attribute__((vector_size(4 * VL), aligned(4)));

static inline long padded(long n) { return (n + NR - 1) / NR * NR; }

#define OPERAND float
#define VECTOR vec
#define PRODUCT(x) x##_floats
#define SPREAD(x) (x)
#define ADD(sum, x, y) ((sum) + (x) * (y))
#include "product.h"

#if defined(__AVX512BF16__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define PAIRS 1
#include "pairs.h"
#define OPERAND pair
#define VECTOR pairs
#define PRODUCT(x) x##_pairs
#define SPREAD(x) _mm512_set1_epi32((int)(x))
#define ADD(sum, x, y) ((vec)dot((__m512)(sum), (__m512i)(y), x))
#include "product.h"
#include "adapters.h"
int has_pairs(void) { return 1; }
#else
int has_pairs(void) { return 0; }
#endif

static inline long this_thread(void) {
#ifdef _OPENMP
  extern int omp_get_thread_num(void);
  return omp_get_thread_num();
#else
  return 0;
#endif
}

#define QUERIES 48 /* queries that are scored at once: eight blocks of MR */

/* Floats that one thread of attention needs for rows of at most `longest` tokens. */
long attention_scratch(long longest, long E) {
  long t = padded(longest), e = padded(E);
  return 2 * e * t + 4 * t * e + 4 * QUERIES * t + 3 * QUERIES * e + t + 256;
}

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)

#define T float
#define NAME(x) JOIN(x, f32)
#define GET from_float
#define PUT to_float
#include "typed.h"
#include "wide.h"
#include "attention.h"
#undef T
#undef NAME
#undef GET
#undef PUT

#define T bf16
#define NAME(x) JOIN(x, bf16)
#define GET from_bf16
#define PUT to_bf16
#include "typed.h"
#if PAIRS
#include "paired.h"
#else
#include "wide.h"
#endif
#include "attention.h"

#if PAIRS && !defined(__AMX_BF16__)
#include "fused.h"
int has_fused(void) { return 1; }
#else
int has_fused(void) { return 0; }
#endif
