/* A frozen projection's product, its bias and its adapters' in one pass, bfloat16 with sums in float32, and the head's products. Included
 * by kernels.c where the processor has vdpbf16ps and no matrix unit that would do the same faster.
 *
 * The work is cut into tiles of some tokens by 64 columns. A tile's weights are first brought into pairs along the direction of the sum
 * (the weights stay as the model has them, once in memory); then six tokens at a time meet them, with 24 vectors of sums in registers:
 * ten reads for 24 instructions, of which the processor starts two a cycle (measured: 0.43 to 0.48 TFLOP/s on one thread of a Zen 5,
 * where the instruction alone allows 0.53). An adapter's second product is some steps more of the same sums, so its output is neither
 * read again nor rounded twice. One thread makes one number, from the first input to the last: no result depends on the tiles.
 *
 * Legend: N tokens, I inputs, O outputs of all joined modules, P adapted modules, R rank, Q = P R.
 */
#define ROWS 6
#define HALF 32
#define WIDE (2 * HALF) /* columns of a tile: two halves, which need not stand side by side */
#define DEEP 2048       /* numbers of the sum that are packed at once: 256 KiB of weights */
#define TALL 210        /* tokens of a tile at most */

/* Half a tile: its columns, and where its adapter is: in the middle, and in the packed weights (rows of `ldw` pairs). */
typedef struct {
  int64_t start, count, middle, weights, ldw;
} half_tile;

typedef struct {
  long N, K, O;         /* tokens, numbers of the sum, columns of `out` */
  const bf16 *x;        /* (N, K), rows ldx apart */
  long ldx;
  const bf16 *w;        /* weights as the model has them: (O, K), or (K, O) where `along` is 0 */
  long ldw;
  int along;
  long tiles;
  const half_tile *halves; /* two a tile; NULL: all columns in order, with one adapter over all of them */
  const bf16 *bias;     /* by column, or none */
  const bf16 *middle;   /* (N, Q), of the adapters */
  long Q, rank;         /* pairs of the middle that a half takes: rank / 2 */
  const pair *thin;     /* the adapters' packed weights */
  bf16 *out;            /* (N, ldo) */
  long ldo;
  int gelu;
  const bf16 *gate_up;  /* see put_gated */
  bf16 *act;            /* (N, I) */
} task;

/* fast_exp of kernels.c, sixteen at once. */
static inline __m512 exp_lanes(__m512 x) {
  x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-87.0f)), _mm512_set1_ps(88.0f));
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504088896341f)), 0);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), r);
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
  p = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(p, r), r, r), _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(p, n);
}

/* silu and its slope. */
static inline __m512 silu_lanes(__m512 g, __m512 *slope) {
  __m512 one = _mm512_set1_ps(1.0f), s = _mm512_div_ps(one, _mm512_add_ps(one, exp_lanes(_mm512_sub_ps(_mm512_setzero_ps(), g))));
  __m512 f = _mm512_mul_ps(g, s);
  *slope = _mm512_fmadd_ps(f, _mm512_sub_ps(one, s), s);
  return f;
}

/* tanh-gelu and its slope. */
static inline __m512 gelu_lanes(__m512 g, __m512 *slope) {
  __m512 one = _mm512_set1_ps(1.0f), half = _mm512_set1_ps(0.5f), root = _mm512_set1_ps(0.7978845608028654f), square = _mm512_mul_ps(g, g);
  __m512 inner = _mm512_mul_ps(_mm512_mul_ps(root, g), _mm512_fmadd_ps(square, _mm512_set1_ps(0.044715f), one));
  __m512 e = exp_lanes(_mm512_add_ps(inner, inner));
  __m512 t = _mm512_sub_ps(one, _mm512_div_ps(_mm512_set1_ps(2.0f), _mm512_add_ps(e, one)));
  __m512 share = _mm512_mul_ps(half, _mm512_add_ps(one, t)), bent = _mm512_fnmadd_ps(t, t, one);
  __m512 turn = _mm512_mul_ps(root, _mm512_fmadd_ps(square, _mm512_set1_ps(0.134145f), one));
  *slope = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_mul_ps(half, g), bent), turn, share);
  return _mm512_mul_ps(g, share);
}

/* Weights of a half, numbers k0 to k0 + deep of the sum, into pairs: to[k / 2][column]. */
static void pack_half(const task *at, const half_tile *half, long k0, long deep, pair *to) {
  if (at->along) {
    for (long c = 0; c < HALF; c += 16)
      for (long k = 0; k < deep; k += 32)
        turn_pairs(at->w + (half->start + c) * at->ldw + k0 + k, at->ldw, half->count - c, (deep - k) / 2, to + k / 2 * WIDE + c, WIDE);
    return;
  }
  static const uint16_t order[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                     8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  __m512i low = _mm512_loadu_si512(order), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  __mmask32 some = half->count >= HALF ? 0xffffffffu : half->count > 0 ? (1u << half->count) - 1 : 0;
  const bf16 *w = at->w + k0 * at->ldw + half->start;
  for (long k = 0; k < deep; k += 2, w += 2 * at->ldw) {
    __m512i one = _mm512_maskz_loadu_epi16(some, w), next = _mm512_maskz_loadu_epi16(some, w + at->ldw);
    _mm512_storeu_si512(to + k / 2 * WIDE, _mm512_permutex2var_epi16(one, low, next));
    _mm512_storeu_si512(to + k / 2 * WIDE + 16, _mm512_permutex2var_epi16(one, high, next));
  }
}

/* The lines of the weights that are packed next. They are asked for one by one between sums: rows of weights are kilobytes apart, so the
 * processor does not foresee them, and of many asked for at once it forgets most. (Waiting for them took as long as 30 tokens' sums.) */
typedef struct {
  const task *at;
  half_tile halves[2];
  long k0, deep, row;
  const char *line, *end; /* the next line, and where its row ends; NULL: none is left */
  long mask;              /* a line is asked for where no bit of it is set in the number of the sum's step */
} asking;

static void ask_row(asking *next) {
  const task *at = next->at;
  for (long rows = at->along ? WIDE : next->deep; next->row < rows;) {
    long row = next->row++, bytes = 2 * (at->along ? next->deep : WIDE);
    const half_tile *half = next->halves + (at->along ? row / HALF : 0);
    if (at->along && row % HALF >= half->count) continue;
    const bf16 *from = at->along ? at->w + (half->start + row % HALF) * at->ldw + next->k0 : at->w + (next->k0 + row) * at->ldw + half->start;
    next->line = (const char *)((uintptr_t)from & ~(uintptr_t)63);
    next->end = (const char *)from + bytes;
    return;
  }
  next->line = NULL;
}

/* Spread what is to be asked for over so many steps of the sum. */
static void ask_over(asking *next, long steps) {
  long lines = 2 * next->deep * WIDE / 64 + (next->at->along ? WIDE : next->deep), gap = 1;
  while (2 * gap * lines <= steps) gap *= 2;
  next->row = 0;
  next->mask = gap - 1;
  ask_row(next);
}

static inline void ask_line(asking *next) {
  __builtin_prefetch(next->line, 0, 2);
  next->line += 64;
  if (next->line >= next->end) ask_row(next);
}

/* sum[row][column] (+)= x w over `deep` numbers, then the adapters' where they are given: `rows` tokens by a tile's columns. */
static inline __attribute__((always_inline)) void meet(const int rows, long deep, const bf16 *x, long ldx, const pair *w, float *sum,
                                                       int add, const task *at, const half_tile *halves, const bf16 *middle,
                                                       asking *next) {
  __m512 s[ROWS][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < 4; v++) s[r][v] = add ? _mm512_loadu_ps(sum + r * WIDE + 16 * v) : _mm512_setzero_ps();
  for (long k = 0; k < deep / 2; k++) {
    if (!(k & next->mask) && next->line) ask_line(next);
    __m512i by[4];
    UNROLL for (int v = 0; v < 4; v++) by[v] = _mm512_loadu_si512(w + k * WIDE + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512i two = spread(x + r * ldx + 2 * k);
      UNROLL for (int v = 0; v < 4; v++) s[r][v] = dot(s[r][v], by[v], two);
    }
  }
  if (middle)
    UNROLL for (int h = 0; h < 2; h++) {
      const half_tile *half = halves + h;
      if (half->middle < 0) continue;
      __mmask16 some[2];
      UNROLL for (int v = 0; v < 2; v++) some[v] = lanes(half->count - 16 * v);
      const pair *thin = at->thin + half->weights;
      for (long k = 0; k < at->rank / 2; k++) {
        __m512i by[2];
        UNROLL for (int v = 0; v < 2; v++) by[v] = _mm512_maskz_loadu_epi32(some[v], thin + k * half->ldw + 16 * v);
        UNROLL for (int r = 0; r < rows; r++) {
          __m512i two = spread(middle + r * at->Q + half->middle + 2 * k);
          UNROLL for (int v = 0; v < 2; v++) s[r][2 * h + v] = dot(s[r][2 * h + v], by[v], two);
        }
      }
    }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < 4; v++) _mm512_storeu_ps(sum + r * WIDE + 16 * v, s[r][v]);
}

static void meet_rows(long rows, long deep, const bf16 *x, long ldx, const pair *w, float *sum, int add, const task *at,
                      const half_tile *halves, const bf16 *middle, asking *next) {
  switch (rows) {
#define CASE(FEW)                                                    \
  case FEW:                                                          \
    meet(FEW, deep, x, ldx, w, sum, add, at, halves, middle, next);  \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5)
    default: meet(ROWS, deep, x, ldx, w, sum, add, at, halves, middle, next);
#undef CASE
  }
}

/* Write sixteen numbers, or as many as there are: a masked store is many times a plain one's work on Zen. */
static inline void put(bf16 *to, long left, __m256i x) {
  if (left >= 16)
    _mm256_storeu_si256((void *)to, x);
  else
    _mm256_mask_storeu_epi16(to, lanes(left), x);
}

/* Read sixteen numbers, or as many as there are and zeros. Masked loads are as slow. */
static inline __m512 got(const bf16 *from, long left) {
  return widened(left >= 16 ? _mm256_loadu_si256((const void *)from) : _mm256_maskz_loadu_epi16(lanes(left), from));
}

/* Sixteen of half a tile's sums with their bias, as bfloat16. */
static inline __m256i rounded(const task *at, const half_tile *half, long c, const float *sum) {
  __m512 y = _mm512_loadu_ps(sum + c);
  if (at->bias) y = _mm512_add_ps(y, got(at->bias + half->start + c, half->count - c));
  return (__m256i)_mm512_cvtneps_pbh(y);
}

static void put_rows(const task *at, const half_tile *halves, long n, long rows, const float *sum) {
  for (long r = n; r < n + rows; r++)
    for (int h = 0; h < 2; h++, sum += HALF)
      for (long c = 0; c < HALF; c += 16)
        put(at->out + r * at->ldo + halves[h].start + c, halves[h].count - c, rounded(at, halves + h, c, sum));
}

/* The first half of a tile is of the gate, the other the same columns of what is gated, and act = f(gate) up. Gate and up are kept tile by
 * tile, (I / HALF, N, WIDE): put_through_gate alone reads them again, and rows are kilobytes apart, which memory far away is slow to bring
 * (7 to 9 ns a line where lines in order take 2). */
static void put_gated(const task *at, const half_tile *halves, long n, long rows, const float *sum) {
  long first = halves[0].start;
  bf16 *kept = at->out + first / HALF * WIDE * at->N;
  for (long r = n; r < n + rows; r++, sum += WIDE)
    for (long c = 0; c < HALF; c += 16) {
      __m256i both[2] = {rounded(at, halves, c, sum), rounded(at, halves + 1, c, sum + HALF)};
      for (int h = 0; h < 2; h++) put(kept + r * WIDE + h * HALF + c, 16, both[h]);
      __m512 gate = widened(both[0]), slope, value = at->gelu ? gelu_lanes(gate, &slope) : silu_lanes(gate, &slope);
      put(at->act + r * (at->O / 2) + first + c, 16, (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(value, widened(both[1]))));
    }
}

/* The sums are the gradient of act: that of gate and up is written, row by row, and act is made again. */
static void put_through_gate(const task *at, const half_tile *halves, long n, long rows, const float *sum) {
  long I = at->O;
  for (long r = n; r < n + rows; r++, sum += WIDE)
    for (long c = 0; c < WIDE; c += 16) {
      const half_tile *half = halves + c / HALF;
      long column = half->start + c % HALF, place = r * 2 * I + column;
      if (!half->count) break;
      const bf16 *kept = at->gate_up + (half->start / HALF * at->N + r) * WIDE + c % HALF;
      __m512 gate = got(kept, 16), up = got(kept + HALF, 16), slope, grad = _mm512_loadu_ps(sum + c);
      __m512 value = at->gelu ? gelu_lanes(gate, &slope) : silu_lanes(gate, &slope);
      put(at->out + place, 16, (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_mul_ps(grad, up), slope)));
      put(at->out + place + I, 16, (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(grad, value)));
      put(at->act + r * I + column, 16, (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(value, up)));
    }
}

/* A tile's halves. */
static void tile_halves(const task *at, long tile, half_tile *two) {
  if (at->halves) {
    memcpy(two, at->halves + 2 * tile, 2 * sizeof(half_tile));
    return;
  }
  for (int h = 0; h < 2; h++) {
    long start = tile * WIDE + h * HALF, left = at->O - start;
    long count = left < 0 ? 0 : left < HALF ? left : HALF;
    two[h] = (half_tile){.start = count ? start : 0, .count = count, .middle = count ? 0 : -1, .weights = start, .ldw = at->O};
  }
}

typedef void put_way(const task *, const half_tile *, long, long, const float *);

/* Tokens of a tile: as even as can be, and so that the threads have as many tiles each. */
static long tile_tokens(long N, long tiles, long threads) {
  long blocks = (N + TALL - 1) / TALL;
  while (blocks * tiles % threads && blocks * tiles < 24 * threads && N / (blocks + 1) >= 8 * ROWS) blocks++;
  return ((N + blocks - 1) / blocks + ROWS - 1) / ROWS * ROWS;
}

/* Floats that one thread needs. */
long fused_scratch(void) { return WIDE / 2 * (DEEP + 32) + WIDE * (TALL + ROWS); }

/* Some numbers of the sum for one tile: a piece of work. */
typedef struct {
  half_tile halves[2];
  long first, last; /* tokens */
  long k0, deep;
} piece;

static piece piece_of(const task *at, long tall, long number) {
  long deeps = (at->K + DEEP - 1) / DEEP, one = number / deeps;
  piece found = {.first = one / at->tiles * tall, .k0 = number % deeps * DEEP};
  found.last = found.first + tall < at->N ? found.first + tall : at->N;
  found.deep = at->K - found.k0 < DEEP ? at->K - found.k0 : DEEP;
  tile_halves(at, one % at->tiles, found.halves);
  return found;
}

static void run_piece(const task *at, put_way *put_all, const piece *now, asking *next, float *scratch) {
  pair *w = (pair *)scratch;
  float *sums = scratch + WIDE / 2 * (DEEP + 32);
  int end = now->k0 + now->deep == at->K;
  if (next->at) ask_over(next, (now->last - now->first + ROWS - 1) / ROWS * (now->deep / 2));
  for (int h = 0; h < 2; h++) pack_half(at, now->halves + h, now->k0, now->deep, w + h * HALF);
  for (long n = now->first; n < now->last; n += ROWS) {
    long rows = now->last - n < ROWS ? now->last - n : ROWS;
    float *sum = sums + (n - now->first) * WIDE;
    meet_rows(rows, now->deep, at->x + n * at->ldx + now->k0, at->ldx, w, sum, now->k0 > 0, at, now->halves,
              end && at->middle ? at->middle + n * at->Q : NULL, next);
    if (end) put_all(at, now->halves, n, rows, sum);
  }
}

/* scratch: fused_scratch() floats for each thread. Each thread has as many tiles, one after the other. */
static void run_tiles(const task *at, put_way *put_all, float *scratch, int threads) {
  long tall = tile_tokens(at->N, at->tiles, threads), tiles = (at->N + tall - 1) / tall * at->tiles, deeps = (at->K + DEEP - 1) / DEEP;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (long thread = 0; thread < threads; thread++) {
    long begin = tiles * thread / threads * deeps, end = tiles * (thread + 1) / threads * deeps;
    if (begin == end) continue;
    piece now = piece_of(at, tall, begin);
    for (long number = begin; number < end; number++) {
      asking asked = {.line = NULL};
      piece next = now;
      if (number + 1 < end) {
        next = piece_of(at, tall, number + 1);
        asked = (asking){.at = at, .halves = {next.halves[0], next.halves[1]}, .k0 = next.k0, .deep = next.deep};
      }
      run_piece(at, put_all, &now, &asked, scratch + fused_scratch() * thread);
      now = next;
    }
  }
}

static inline long tiles_of(long columns) { return (columns + WIDE - 1) / WIDE; }

/* out = x w' (`along`: w is (O, K), its rows ldw apart) or x w (w is (K, O)). K is even. */
void fused_product(long N, long K, long O, const bf16 *x, long ldx, const bf16 *w, long ldw, int along, bf16 *out, float *scratch,
                   int threads) {
  task at = {.N = N, .K = K, .O = O, .x = x, .ldx = ldx, .w = w, .ldw = ldw, .along = along, .tiles = tiles_of(O), .out = out, .ldo = O};
  run_tiles(&at, put_rows, scratch, threads);
}

/* middle = x A', out = x w' + bias + middle B', and where `act` is given act = f(gate) up of what is in out. */
void fused_forward(long N, long I, long O, long P, long R, const bf16 *x, const bf16 *w, const bf16 *bias, long tiles,
                   const half_tile *halves, const pair *a_in, const pair *b_out, bf16 *middle, bf16 *out, bf16 *act, int gelu,
                   float *scratch, int threads) {
  long Q = P * R;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (long n = 0; n < (P ? N : 0); n += TOGETHER)
    narrow(N - n < TOGETHER ? N - n : TOGETHER, I, x + n * I, I, a_in, Q, Q, middle + n * Q, Q);
  task at = {.N = N, .K = I, .O = O, .x = x, .ldx = I, .w = w, .ldw = I, .along = 1, .tiles = tiles, .halves = halves, .bias = bias,
             .middle = P ? middle : NULL, .Q = Q, .rank = R, .thin = b_out, .out = out, .ldo = O, .gelu = gelu, .act = act};
  run_tiles(&at, act ? put_gated : put_rows, scratch, threads);
}

/* dmiddle = dy B; and where dx is given dx = dy w + dmiddle A; or, where gate_up is given, through the gate that the input came from:
 * dx = the gradient of gate and up, (N, 2 I), and act = f(gate) up. */
void fused_backward(long N, long I, long O, long P, long R, const int64_t *places, const bf16 *dy, const bf16 *w, const pair *b_in,
                    const pair *a_out, bf16 *dmiddle, bf16 *dx, const bf16 *gate_up, bf16 *act, int gelu, float *scratch, int threads) {
  long Q = P * R;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (long n = 0; n < (P ? N : 0); n += TOGETHER)
    middle_back(N - n < TOGETHER ? N - n : TOGETHER, P, R, places, dy + n * O, O, b_in, dmiddle + n * Q);
  if (!dx) return;
  task at = {.N = N, .K = O, .O = I, .x = dy, .ldx = O, .w = w, .ldw = I, .tiles = tiles_of(I), .middle = P ? dmiddle : NULL, .Q = Q,
             .rank = Q, .thin = a_out, .out = dx, .ldo = I, .gelu = gelu, .gate_up = gate_up, .act = act};
  run_tiles(&at, gate_up ? put_through_gate : put_rows, scratch, threads);
}
