/* What attention multiplies, as pairs of bfloat16: the functions of wide.h, two numbers an operand. Half the reading and twice the products a
 * cycle. Queries, keys, values and what comes back are bfloat16 as they stand; gradients of probabilities are rounded to it, as they are by
 * attention on GPUs; the probabilities that make the answer are two numbers each (rounded once, one of 1,008 gradients of small models fell
 * under a cosine of 0.999 to float32's); sums are float32. */
#define NUM pair
#define PER 2
#define MULTIPLY product_pairs

/* Sixteen tokens at a time where the head's width is that of whole vectors; as many as are left of one part, then one by one. */
static inline long NAME(by_sixteen)(long count, const T *x, long E, long stride, NUM *y, long ldy) {
  long i = 0;
  for (; E % 32 == 0 && i + 16 <= count; i += 16)
    for (long e = 0; e < E / 2; e += 16) turn_pairs(x + i * stride + 2 * e, stride, 16, 16, y + e * ldy + i, ldy);
  return i;
}

static inline void NAME(by_width)(long shared, const T *from, long own, const T *x, long E, long stride, NUM *y, long ldy) {
  const T *parts[2] = {from, x};
  long counts[2] = {shared, own}, begin = 0;
  for (int part = 0; part < 2; begin += counts[part++])
    for (long i = NAME(by_sixteen)(counts[part], parts[part], E, stride, y + begin, ldy); i < counts[part]; i++) {
      const pair *one = (const pair *)(parts[part] + i * stride);
      for (long e = 0; e < E / 2; e++) y[e * ldy + begin + i] = one[e];
    }
  for (long e = 0; e < E / 2; e++)
    for (long i = shared + own; i < ldy; i++) y[e * ldy + i] = 0;
}

static inline void NAME(by_tokens)(long shared, const T *from, long own, const T *x, long E, long stride, NUM *y, long ldy) {
  long t = shared + own;
  for (long i = 0; i < t; i += 2) {
    const T *one = NAME(token)(i, shared, from, x, stride), *next = i + 1 < t ? NAME(token)(i + 1, shared, from, x, stride) : one;
    pair *to = y + i / 2 * ldy; /* an odd last token stands twice: what it is multiplied with is 0 there */
#pragma omp simd
    for (long e = 0; e < E; e++) to[e] = (pair)one[e] | (pair)next[e] << 16;
    for (long e = E; e < ldy; e++) to[e] = 0;
  }
}

static inline const NUM *NAME(both)(long count, const T *x, long E, long stride, NUM *room, long ldy, const NUM **lines, long *ld) {
  NAME(by_tokens)(0, x, count, x, E, stride, room, ldy);
  *lines = room;
  *ld = stride / 2;
  return (const NUM *)x;
}

static inline const NUM *NAME(along)(long count, long span, const float *scores, long ld, NUM *room) {
  for (long i = 0; i < count; i++)
    for (long j = 0; j < span; j += 16)
      _mm256_storeu_si256((void *)(room + (i * ld + j) / 2), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(scores + i * ld + j)));
  return room;
}

/* What `along` rounded away of the same scores, as operands; changes the scores. */
static inline const NUM *NAME(left_over)(long count, long span, float *scores, long ld, NUM *room) {
  for (long i = 0; i < count; i++)
    for (long j = 0; j < span; j += 16) {
      __m512 x = _mm512_loadu_ps(scores + i * ld + j);
      _mm512_storeu_ps(scores + i * ld + j, _mm512_sub_ps(x, widened((__m256i)_mm512_cvtneps_pbh(x))));
    }
  return NAME(along)(count, span, scores, ld, room);
}

static inline const NUM *NAME(across)(long count, long span, const float *scores, long ld, NUM *room) {
  for (long i = 0; i < count; i += 2)
    for (long j = 0; j < span; j += 16) {
      const float *one = scores + i * ld + j;
      __m512 next = i + 1 < count ? _mm512_loadu_ps(one + ld) : _mm512_setzero_ps();
      __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(one)));
      __m512i high = _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(next)), 16);
      _mm512_storeu_si512((void *)(room + i / 2 * ld + j), _mm512_or_si512(low, high));
    }
  return room;
}
