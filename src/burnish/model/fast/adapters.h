/* The adapters' thin products, bfloat16 with sums in float32. Included by kernels.c where the processor has vdpbf16ps.
 *
 * A rank is one or two vectors wide: a general product spends more on setting up than on such a product, and each pass over N tokens is
 * made once here for all of a joined projection's adapters. What is multiplied with is kept in pairs along the direction of the sum, as
 * the instruction reads it (Intel SDM, VDPBF16PS: each lane adds two products).
 *
 * Legend: N tokens, I inputs, P adapted modules with O outputs each, R rank (a multiple of 8), Q = P R. places: where each module's
 * outputs begin in a row of the joined projection, and how many they are. a_in and b_in are summed over inputs and outputs, a_out and
 * b_out over the rank.
 */
#define TOGETHER 16 /* tokens that one thread takes at a time */

static inline __m512i spread(const bf16 *two) {
  int32_t bits;
  memcpy(&bits, two, 4);
  return _mm512_set1_epi32(bits);
}

/* Bring each module's A and B, float32, into both orders. A row of the table: R, I, O, Q, first column, and where A, B, a_in, a_out,
 * b_in and b_out are. */
void adapters_pack(long modules, const int64_t *table, const float *scales) {
#pragma omp parallel for schedule(dynamic, 1)
  for (long one = 0; one < modules; one++) {
    const int64_t *at = table + one * 11;
    long R = at[0], I = at[1], O = at[2], Q = at[3], first = at[4];
    const float *a = (const float *)at[5], *b = (const float *)at[6];
    pair *a_in = (pair *)at[7], *a_out = (pair *)at[8], *b_in = (pair *)at[9], *b_out = (pair *)at[10];
    float s = scales[one];
    for (long i = 0; i < I; i += 2)
      for (long r = 0; r < R; r++) a_in[i / 2 * Q + first + r] = paired(a[r * I + i], a[r * I + i + 1]);
    for (long r = 0; r < R; r += 2)
      for (long i = 0; i < I; i++) a_out[(first + r) / 2 * I + i] = paired(a[r * I + i], a[(r + 1) * I + i]);
    for (long o = 0; o < O; o += 2)
      for (long r = 0; r < R; r++) b_in[o / 2 * R + r] = paired(s * b[o * R + r], s * b[(o + 1) * R + r]);
    for (long r = 0; r < R; r += 2)
      for (long o = 0; o < O; o++) b_out[r / 2 * O + o] = paired(s * b[o * R + r], s * b[o * R + r + 1]);
  }
}

/* out[n, c] = sum over k of x[n, k] w[k, c], for some tokens and up to three vectors of columns. */
static inline __attribute__((always_inline)) void narrow_block(const int rows, const int vectors, long pairs, const bf16 *x, long ldx,
                                                               const pair *w, long ldw, long columns, bf16 *out, long ldo) {
  __m512 sum[16][3];
  __mmask16 some[3];
  UNROLL for (int v = 0; v < vectors; v++) {
    some[v] = lanes(columns - 16 * v);
    UNROLL for (int r = 0; r < rows; r++) sum[r][v] = _mm512_setzero_ps();
  }
  for (long k = 0; k < pairs; k++) {
    __m512i by[3];
    UNROLL for (int v = 0; v < vectors; v++) by[v] = _mm512_maskz_loadu_epi32(some[v], w + k * ldw + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512i two = spread(x + r * ldx + 2 * k);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = dot(sum[r][v], by[v], two);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < vectors; v++)
      _mm256_mask_storeu_epi16(out + r * ldo + 16 * v, some[v], (__m256i)_mm512_cvtneps_pbh(sum[r][v]));
}

static void narrow(long count, long K, const bf16 *x, long ldx, const pair *w, long ldw, long columns, bf16 *out, long ldo) {
  for (long c = 0; c < columns; c += 48) {
    long n = 0, wide = columns - c < 48 ? columns - c : 48;
#define NARROW(ROWS, VECTORS) \
  for (; n + ROWS <= count; n += ROWS) narrow_block(ROWS, VECTORS, K / 2, x + n * ldx, ldx, w + c, ldw, wide, out + n * ldo + c, ldo)
    if (wide > 32) {
      NARROW(8, 3);
      NARROW(1, 3);
    } else if (wide > 16) {
      NARROW(8, 2);
      NARROW(1, 2);
    } else {
      NARROW(16, 1);
      NARROW(4, 1);
      NARROW(1, 1);
    }
#undef NARROW
  }
}

/* out[n, o] += sum over k of m[n, k] w[k, o], for some tokens. */
static inline __attribute__((always_inline)) void wide_block(const int rows, long pairs, const bf16 *m, long ldm, const pair *w, long O,
                                                             bf16 *out, long ldo) {
  for (long o = 0; o < O; o += 32) {
    __m512 sum[8][2];
    __mmask16 some[2];
    UNROLL for (int v = 0; v < 2; v++) {
      some[v] = lanes(O - o - 16 * v);
      UNROLL for (int r = 0; r < rows; r++)
        sum[r][v] = widened(_mm256_maskz_loadu_epi16(some[v], out + r * ldo + o + 16 * v));
    }
    for (long k = 0; k < pairs; k++) {
      __m512i by[2];
      UNROLL for (int v = 0; v < 2; v++) by[v] = _mm512_maskz_loadu_epi32(some[v], w + k * O + o + 16 * v);
      UNROLL for (int r = 0; r < rows; r++) {
        __m512i two = spread(m + r * ldm + 2 * k);
        UNROLL for (int v = 0; v < 2; v++) sum[r][v] = dot(sum[r][v], by[v], two);
      }
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < 2; v++)
        _mm256_mask_storeu_epi16(out + r * ldo + o + 16 * v, some[v], (__m256i)_mm512_cvtneps_pbh(sum[r][v]));
  }
}

static void wide(long count, long K, const bf16 *m, long ldm, const pair *w, long O, bf16 *out, long ldo) {
  long n = 0;
  for (; n + 8 <= count; n += 8) wide_block(8, K / 2, m + n * ldm, ldm, w, O, out + n * ldo, ldo);
  for (; n + 2 <= count; n += 2) wide_block(2, K / 2, m + n * ldm, ldm, w, O, out + n * ldo, ldo);
  for (; n < count; n++) wide_block(1, K / 2, m + n * ldm, ldm, w, O, out + n * ldo, ldo);
}

/* middle = x A', and out += middle B' for each module. */
void adapters_forward(long N, long I, long P, long R, const int64_t *places, const bf16 *x, const pair *a_in, const pair *b_out,
                      bf16 *middle, bf16 *out, long ldo) {
  long Q = P * R;
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n += TOGETHER) {
    long count = N - n < TOGETHER ? N - n : TOGETHER;
    narrow(count, I, x + n * I, I, a_in, Q, Q, middle + n * Q, Q);
    const pair *b = b_out;
    for (long p = 0; p < P; p++) {
      long O = places[2 * p + 1];
      wide(count, R, middle + n * Q + p * R, Q, b, O, out + n * ldo + places[2 * p], ldo);
      b += R / 2 * O;
    }
  }
}

/* dmiddle = dy B for each module, some tokens. */
static void middle_back(long count, long P, long R, const int64_t *places, const bf16 *dy, long ldo, const pair *b_in, bf16 *dmiddle) {
  for (long p = 0; p < P; p++) {
    long O = places[2 * p + 1];
    narrow(count, O, dy + places[2 * p], ldo, b_in, R, R, dmiddle + p * R, P * R);
    b_in += O / 2 * R;
  }
}

/* dmiddle = dy B for each module, and dx += dmiddle A where dx is given. */
void adapters_backward(long N, long I, long P, long R, const int64_t *places, const bf16 *dy, long ldo, const pair *b_in,
                       const pair *a_out, bf16 *dmiddle, bf16 *dx) {
  long Q = P * R;
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n += TOGETHER) {
    long count = N - n < TOGETHER ? N - n : TOGETHER;
    middle_back(count, P, R, places, dy + n * ldo, ldo, b_in, dmiddle + n * Q);
    if (dx) wide(count, Q, dmiddle + n * Q, Q, a_out, I, dx + n * I, I);
  }
}

/* Put eight rows of 32 columns: unpacking left columns 0-3, 8-11, 16-19 and 24-27 in `low`, the others in `high`. */
static inline void put_tile(const __m512 *low, const __m512 *high, long columns, float scale, float *to, long by_r, long by_c) {
  const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const __m512i second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  float tile[8][32];
  for (int r = 0; r < 8; r++) {
    _mm512_storeu_ps(tile[r], _mm512_mul_ps(_mm512_permutex2var_ps(low[r], first, high[r]), _mm512_set1_ps(scale)));
    _mm512_storeu_ps(tile[r] + 16, _mm512_mul_ps(_mm512_permutex2var_ps(low[r], second, high[r]), _mm512_set1_ps(scale)));
  }
  if (by_c == 1)
    for (int r = 0; r < 8; r++) memcpy(to + r * by_r, tile[r], sizeof(float) * (size_t)columns);
  else
    for (long c = 0; c < columns; c++)
      for (int r = 0; r < 8; r++) to[c * by_c + r] = tile[r][c];
}

#define BESIDE 64 /* tokens that are gone through at once */

/* The columns of y beside each other that one thread takes, and where the rows of the next tokens are: they are asked for one line a step
 * (see fused.h), in the order in which they lie. */
typedef struct {
  const char *line, *end;
  long row, rows, bytes, stride;
} coming;

static inline void come(coming *next) {
  if (!next->line) return;
  __builtin_prefetch(next->line, 0, 2);
  next->line += 64;
  if (next->line < next->end) return;
  next->line = ++next->row < next->rows ? next->end - next->bytes + next->stride : NULL;
  next->end += next->stride;
}

/* Some tokens of 32 columns, as pairs of tokens: columns 0-3, 8-11, 16-19 and 24-27, then the others. A last odd token has zeros beside it. */
static inline void pair_tokens(long count, const bf16 *y, long ldy, long columns, __m512i *to) {
  __mmask16 some = lanes(columns / 2); /* columns are even */
  for (long n = 0; n < count; n += 2) {
    __m512i y0 = _mm512_maskz_loadu_epi32(some, y + n * ldy);
    __m512i y1 = n + 1 < count ? _mm512_maskz_loadu_epi32(some, y + (n + 1) * ldy) : _mm512_setzero_si512();
    _mm512_store_si512(to + n, _mm512_unpacklo_epi16(y0, y1));
    _mm512_store_si512(to + n + 1, _mm512_unpackhi_epi16(y0, y1));
  }
}

/* One gradient: to[r](c) = scale * sum over n of m[n, r] y[n, c], of `rows` r. m comes in pairs of tokens. */
typedef struct {
  const pair *m;
  const bf16 *y;
  long rows, columns, ldy;
  float scale;
  float *sums; /* rows x columns, the columns filled up to 32 */
  const int64_t *to; /* where each `rank` of the rows goes */
  long rank, by_r, by_c;
} gradient;

static inline void gram(const gradient *at, long N, long ldm, long n0, long tile, const __m512i *tokens, coming *next) {
  long pairs_here = ((N - n0 < BESIDE ? N - n0 : BESIDE) + 1) / 2, columns = at->columns - tile * 32 < 32 ? at->columns - tile * 32 : 32;
  for (long r0 = 0; r0 < at->rows; r0 += 8) {
    float *sums = at->sums + (tile * at->rows + r0) * 32;
    __m512 low[8], high[8];
    UNROLL for (int r = 0; r < 8; r++) {
      low[r] = n0 ? _mm512_loadu_ps(sums + r * 32) : _mm512_setzero_ps();
      high[r] = n0 ? _mm512_loadu_ps(sums + r * 32 + 16) : _mm512_setzero_ps();
    }
    for (long n = 0; n < pairs_here; n++) {
      const pair *by = at->m + (n0 / 2 + n) * ldm + r0;
      __m512i l = tokens[2 * n], h = tokens[2 * n + 1];
      come(next);
      UNROLL for (int r = 0; r < 8; r++) {
        __m512i two = _mm512_set1_epi32((int)by[r]);
        low[r] = dot(low[r], l, two);
        high[r] = dot(high[r], h, two);
      }
    }
    if (n0 + BESIDE >= N)
      put_tile(low, high, columns, at->scale, (float *)at->to[r0 / at->rank] + r0 % at->rank * at->by_r + tile * 32 * at->by_c, at->by_r,
               at->by_c);
    else
      UNROLL for (int r = 0; r < 8; r++) {
        _mm512_storeu_ps(sums + r * 32, low[r]);
        _mm512_storeu_ps(sums + r * 32 + 16, high[r]);
      }
  }
}

/* A thread's columns of one gradient, all tokens. */
static void gram_columns(const gradient *at, long N, long ldm, long begin, long end) {
  __m512i tokens[BESIDE];
  for (long n0 = 0; n0 < N && begin < end; n0 += BESIDE) {
    long count = N - n0 < BESIDE ? N - n0 : BESIDE, last = (end * 32 < at->columns ? end * 32 : at->columns);
    coming next = {.rows = N - n0 - count < BESIDE ? N - n0 - count : BESIDE, .bytes = 2 * (last - begin * 32), .stride = 2 * at->ldy};
    if (next.rows > 0) {
      next.line = (const char *)(at->y + (n0 + count) * at->ldy + begin * 32);
      next.end = next.line + next.bytes;
    }
    for (long tile = begin; tile < end; tile++) {
      pair_tokens(count, at->y + n0 * at->ldy + tile * 32, at->ldy, at->columns - tile * 32, tokens);
      gram(at, N, ldm, n0, tile, tokens, &next);
    }
  }
}

static void pairs_of_tokens(long N, long Q, const bf16 *m, pair *out) {
#pragma omp for schedule(static)
  for (long n = 0; n < N; n += 2)
    for (long q = 0; q < Q; q++) out[n / 2 * Q + q] = m[n * Q + q] | (n + 1 < N ? (pair)m[(n + 1) * Q + q] << 16 : 0);
}

static inline long filled(long columns) { return (columns + 31) / 32 * 32; }

/* Each module's dA = dmiddle' x and dB = scale dy' middle, float32, at `to`: every A's place, then every B's. scratch: 2 (N + 1) / 2 Q
 * pairs, and as many floats as all gradients have with their columns (I and O) filled up to 32. One thread makes one number, from the
 * first token to the last. */
void adapters_gradients(long N, long I, long P, long R, const int64_t *places, const bf16 *dy, long ldo, const bf16 *x,
                        const bf16 *middle, const bf16 *dmiddle, float scale, const int64_t *to, pair *scratch, int threads) {
  long Q = P * R;
  pair *m = scratch, *dm = scratch + (N + 1) / 2 * Q;
  float *sums = (float *)(dm + (N + 1) / 2 * Q);
#pragma omp parallel num_threads(threads)
  {
    pairs_of_tokens(N, Q, middle, m);
    pairs_of_tokens(N, Q, dmiddle, dm);
    float *mine = sums + Q * filled(I);
    for (long p = -1; p < P; p++) {
      gradient one = {.m = dm, .y = x, .rows = Q, .columns = I, .ldy = I, .scale = 1.0f, .sums = sums, .to = to, .rank = R, .by_r = I, .by_c = 1};
      if (p >= 0) {
        long O = places[2 * p + 1];
        one = (gradient){.m = m + p * R, .y = dy + places[2 * p], .rows = R, .columns = O, .ldy = ldo, .scale = scale, .sums = mine,
                         .to = to + P + p, .rank = R, .by_r = 1, .by_c = R};
        mine += R * filled(O);
      }
      long tiles = filled(one.columns) / 32;
#pragma omp for schedule(static) nowait
      for (long thread = 0; thread < threads; thread++)
        gram_columns(&one, N, Q, tiles * thread / threads, tiles * (thread + 1) / threads);
    }
  }
}
