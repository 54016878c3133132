/* What attention multiplies, as float: one number an operand. Included by kernels.c for a type whose pairs the processor does not multiply.
 * paired.h has the same functions for pairs; `PER` numbers stand in one operand. */
#define NUM float
#define PER 1
#define MULTIPLY product_floats

/* y[e / PER][i]: summed over the head's width. Zero from the last token to ldy. */
static inline void NAME(by_width)(long shared, const T *from, long own, const T *x, long E, long stride, NUM *y, long ldy) {
  for (long i = 0; i < shared + own; i++) {
    const T *one = NAME(token)(i, shared, from, x, stride);
    for (long e = 0; e < E; e++) y[e * ldy + i] = GET(one[e]);
  }
  for (long e = 0; e < E; e++)
    for (long i = shared + own; i < ldy; i++) y[e * ldy + i] = 0;
}

/* y[i / PER][e]: summed over tokens. Zero from the head's width to ldy. */
static inline void NAME(by_tokens)(long shared, const T *from, long own, const T *x, long E, long stride, NUM *y, long ldy) {
  for (long i = 0; i < shared + own; i++) {
    const T *one = NAME(token)(i, shared, from, x, stride);
#pragma omp simd
    for (long e = 0; e < E; e++) y[i * ldy + e] = GET(one[e]);
    for (long e = E; e < ldy; e++) y[i * ldy + e] = 0;
  }
}

/* The same tokens both ways: rows (summed over the width, ld apart) and lines (as by_tokens), in `room`. */
static inline const NUM *NAME(both)(long count, const T *x, long E, long stride, NUM *room, long ldy, const NUM **lines, long *ld) {
  NAME(by_tokens)(0, x, count, x, E, stride, room, ldy);
  *lines = room;
  *ld = ldy;
  return room;
}

/* Scores as operands: each query's over keys, and for `across` each key's over queries. */
static inline const NUM *NAME(along)(long count, long span, const float *scores, long ld, NUM *room) {
  (void)count, (void)span, (void)ld, (void)room;
  return scores;
}

static inline const NUM *NAME(across)(long count, long span, const float *scores, long ld, NUM *room) {
  (void)count, (void)span, (void)ld, (void)room;
  return scores;
}
