/* Included by kernels.c once for each compute type: T, NAME, GET and PUT are set there. */

/* y = x / rms(x) * w, and 1 / rms(x) for the way back. (Zhang and Sennrich 2019, eq. 4.) */
static inline void NAME(norm_token)(long D, const float *x, const float *w, float eps, T *y, float *rstd) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long d = 0; d < D; d++) sum += x[d] * x[d];
  float r = 1.0f / sqrtf(sum / (float)D + eps);
#pragma omp simd
  for (long d = 0; d < D; d++) y[d] = PUT(x[d] * r * w[d]);
  *rstd = r;
}

void NAME(rms_norm)(long N, long D, const float *x, const float *w, float eps, T *y, float *rstd) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) NAME(norm_token)(D, x + n * D, w, eps, y + n * D, rstd + n);
}

/* out = x + y, then normed as above: the end of one half of a layer and the start of the next. */
void NAME(add_rms_norm)(long N, long D, const float *x, const T *y, float *out, const float *w, float eps, T *normed,
                        float *rstd) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    float *o = out + n * D;
#pragma omp simd
    for (long d = 0; d < D; d++) o[d] = x[n * D + d] + GET(y[n * D + d]);
    NAME(norm_token)(D, o, w, eps, normed + n * D, rstd + n);
  }
}

void NAME(add)(long N, long D, const float *x, const T *y, float *out) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
#pragma omp simd
    for (long d = n * D; d < n * D + D; d++) out[d] = x[d] + GET(y[d]);
  }
}

/* grad += d(rms_norm)/dx of dy; `cast` gets the new grad in the compute type. */
void NAME(rms_norm_backward)(long N, long D, const T *dy, const float *x, const float *w, const float *rstd, float *grad,
                             T *cast) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    const T *g = dy + n * D;
    const float *v = x + n * D;
    float *out = grad + n * D;
    float r = rstd[n], dot = 0;
#pragma omp simd reduction(+ : dot)
    for (long d = 0; d < D; d++) dot += GET(g[d]) * w[d] * v[d];
    dot *= r * r * r / (float)D;
#pragma omp simd
    for (long d = 0; d < D; d++) {
      float sum = out[d] + GET(g[d]) * w[d] * r - v[d] * dot;
      out[d] = sum;
      cast[n * D + d] = PUT(sum);
    }
  }
}

/* act = f(gate) * up; gate and up stand side by side in gate_up. gelu: 0 silu, 1 tanh-gelu. */
void NAME(gated)(long N, long I, int gelu, const T *gate_up, T *act) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    const T *gate = gate_up + n * 2 * I, *up = gate + I;
    T *out = act + n * I;
    if (gelu) {
#pragma omp simd
      for (long i = 0; i < I; i++) {
        float g = GET(gate[i]), t = fast_tanh(0.7978845608028654f * (g + 0.044715f * g * g * g));
        out[i] = PUT(0.5f * g * (1.0f + t) * GET(up[i]));
      }
    } else {
#pragma omp simd
      for (long i = 0; i < I; i++) {
        float g = GET(gate[i]);
        out[i] = PUT(g / (1.0f + fast_exp(-g)) * GET(up[i]));
      }
    }
  }
}

/* The gradient of gate and up from that of act; act itself is made again, for the gradient of what comes after it. */
void NAME(gated_backward)(long N, long I, int gelu, const T *gate_up, const T *dact, T *dgate_up, T *act) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    const T *gate = gate_up + n * 2 * I, *up = gate + I, *d = dact + n * I;
    T *dgate = dgate_up + n * 2 * I, *dup = dgate + I, *out = act + n * I;
    if (gelu) {
#pragma omp simd
      for (long i = 0; i < I; i++) {
        float g = GET(gate[i]), u = GET(up[i]), dy = GET(d[i]);
        float t = fast_tanh(0.7978845608028654f * (g + 0.044715f * g * g * g));
        float f = 0.5f * g * (1.0f + t);
        float df = 0.5f * (1.0f + t) + 0.5f * g * (1.0f - t * t) * 0.7978845608028654f * (1.0f + 0.134145f * g * g);
        out[i] = PUT(f * u);
        dup[i] = PUT(dy * f);
        dgate[i] = PUT(dy * u * df);
      }
    } else {
#pragma omp simd
      for (long i = 0; i < I; i++) {
        float g = GET(gate[i]), u = GET(up[i]), dy = GET(d[i]);
        float s = 1.0f / (1.0f + fast_exp(-g)), f = g * s;
        out[i] = PUT(f * u);
        dup[i] = PUT(dy * f);
        dgate[i] = PUT(dy * u * (s + f * (1.0f - s)));
      }
    }
  }
}

/* One head's norm (where the model has one: w) and rotation (Su 2021, eq. 34), for one token. x and y may be the same. */
static inline void NAME(turn_head)(long E, const T *x, T *y, const float *cos, const float *sin, const float *w, float eps,
                                   float *rstd) {
  float v[E];
#pragma omp simd
  for (long e = 0; e < E; e++) v[e] = GET(x[e]);
  if (w) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (long e = 0; e < E; e++) sum += v[e] * v[e];
    float r = 1.0f / sqrtf(sum / (float)E + eps);
    *rstd = r;
#pragma omp simd
    for (long e = 0; e < E; e++) v[e] *= r * w[e];
  }
  long half = E / 2;
#pragma omp simd
  for (long e = 0; e < half; e++) {
    y[e] = PUT(v[e] * cos[e] - v[e + half] * sin[e]);
    y[e + half] = PUT(v[e + half] * cos[e + half] + v[e] * sin[e + half]);
  }
}

/* Query and key heads of every token, normed and rotated; values copied. raw and out may be the same where no norm is. */
void NAME(turn)(long N, long H, long K, long E, const T *raw, T *out, const float *cos, const float *sin, const float *q_w,
                const float *k_w, float eps, float *rstd) {
  long width = (H + 2 * K) * E;
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    for (long h = 0; h < H + K; h++) {
      const float *w = h < H ? q_w : k_w;
      NAME(turn_head)(E, raw + n * width + h * E, out + n * width + h * E, cos + n * E, sin + n * E, w, eps,
                      rstd + n * (H + K) + h);
    }
    if (raw != out) memcpy(out + n * width + (H + K) * E, raw + n * width + (H + K) * E, sizeof(T) * (size_t)(K * E));
  }
}

/* Back from the gradients by query head (float, N x H x E each) to that of the joined projection's output. */
void NAME(turn_backward)(long N, long H, long K, long E, const float *dq, const float *dk, const float *dv, const T *raw,
                         T *dqkv, const float *cos, const float *sin, const float *q_w, const float *k_w, const float *rstd) {
  long width = (H + 2 * K) * E, group = H / K, half = E / 2;
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    const float *c = cos + n * E, *s = sin + n * E;
    for (long h = 0; h < H + 2 * K; h++) {
      float g[E], t[E];
      const float *from = h < H ? dq + (n * H + h) * E : (h < H + K ? dk : dv) + (n * H + (h - H) % K * group) * E;
      memcpy(g, from, sizeof(float) * (size_t)E);
      for (long more = 1; h >= H && more < group; more++) {
#pragma omp simd
        for (long e = 0; e < E; e++) g[e] += from[more * E + e];
      }
      T *out = dqkv + n * width + h * E;
      if (h >= H + K) {
#pragma omp simd
        for (long e = 0; e < E; e++) out[e] = PUT(g[e]);
        continue;
      }
#pragma omp simd
      for (long e = 0; e < half; e++) {
        t[e] = g[e] * c[e] + g[e + half] * s[e + half];
        t[e + half] = g[e + half] * c[e + half] - g[e] * s[e];
      }
      const float *w = h < H ? q_w : k_w;
      if (w) {
        const T *x = raw + n * width + h * E;
        float r = rstd[n * (H + K) + h], dot = 0;
#pragma omp simd reduction(+ : dot)
        for (long e = 0; e < E; e++) dot += t[e] * w[e] * GET(x[e]);
        dot *= r * r * r / (float)E;
#pragma omp simd
        for (long e = 0; e < E; e++) t[e] = t[e] * w[e] * r - GET(x[e]) * dot;
      }
#pragma omp simd
      for (long e = 0; e < E; e++) out[e] = PUT(t[e]);
    }
  }
}

static inline void NAME(widen)(long rows, long E, const T *x, long stride, float factor, float *y, long ldy) {
  for (long i = 0; i < rows; i++) {
#pragma omp simd
    for (long e = 0; e < E; e++) y[i * ldy + e] = factor * GET(x[i * stride + e]);
    for (long e = E; e < ldy; e++) y[i * ldy + e] = 0;
  }
}

static inline void NAME(widen_transposed)(long rows, long E, const T *x, long stride, float *y, long columns, long ldy) {
  for (long i = 0; i < rows; i++)
    for (long e = 0; e < E; e++) y[e * ldy + i] = GET(x[i * stride + e]);
  for (long e = 0; e < E; e++)
    for (long i = rows; i < columns; i++) y[e * ldy + i] = 0;
}

/* A row's keys or values as attention wants them: those of the row it goes on from (`shared` tokens at `from`), then its own. */
static inline void NAME(gather)(long shared, const T *from, long own, const T *x, long E, long stride, float *y, long ldy) {
  NAME(widen)(shared, E, from, stride, 1.0f, y, ldy);
  NAME(widen)(own, E, x, stride, 1.0f, y + shared * ldy, ldy);
}

static inline void NAME(gather_transposed)(long shared, const T *from, long own, const T *x, long E, long stride, float *y,
                                           long ldy) {
  for (long i = 0; i < shared; i++)
    for (long e = 0; e < E; e++) y[e * ldy + i] = GET(from[i * stride + e]);
  NAME(widen_transposed)(own, E, x, stride, y + shared, ldy - shared, ldy);
}

/* Causal attention of rows that stand end to end; no row sees another, but for the one it goes on from: after[row], a row
 * before it that goes on from none itself, or -1. starts: rows + 1 places. window: keys a query sees at most (0: all before
 * it). cap: scores are cap * tanh(score / cap) (0: not). out: N x H x E; lse: N x H, the logarithm of each query's sum.
 * scratch: attention_scratch(longest, E) floats for each thread, `longest` with what a row goes on from. */
void NAME(attention)(long rows, const int64_t *starts, const int64_t *after, long H, long K, long E, float scale, long window,
                     float cap, const T *qkv, T *out, float *lse, float *scratch, long each, int threads) {
  long width = (H + 2 * K) * E, ep = padded(E), group = H / K;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (long task = 0; task < rows * H; task++) {
    long row = task / H, h = task % H, start = starts[row], own = starts[row + 1] - start;
    long from = after[row] < 0 ? 0 : starts[after[row]], shared = after[row] < 0 ? 0 : starts[after[row] + 1] - from;
    long t = shared + own, tp = padded(t);
#ifdef _OPENMP
    extern int omp_get_thread_num(void);
    float *mine = scratch + each * omp_get_thread_num();
#else
    float *mine = scratch;
#endif
    float *keys = mine, *values = keys + E * tp, *query = values + t * ep, *score = query + QUERIES * ep,
          *answer = score + QUERIES * tp;
    const T *base = qkv + start * width, *before = qkv + from * width;
    long key = (H + h / group) * E, value = (H + K + h / group) * E;
    NAME(gather_transposed)(shared, before + key, own, base + key, E, width, keys, tp);
    NAME(gather)(shared, before + value, own, base + value, E, width, values, ep);
    for (long i0 = 0; i0 < own; i0 += QUERIES) {
      long count = own - i0 < QUERIES ? own - i0 : QUERIES, place = shared + i0;
      long first = window && place - window + 1 > 0 ? (place - window + 1) / NR * NR : 0, span = place + count - first,
           sp = padded(span);
      NAME(widen)(count, E, base + i0 * width + h * E, width, scale, query, ep);
      product(count, sp, E, query, ep, 1, keys + first, tp, score, tp, 0);
      for (long i = 0; i < count; i++) {
        float *s = score + i * tp, most = -INFINITY, sum = 0;
        long end = place + i + 1 - first, begin = window && end - window > 0 ? end - window : 0;
        if (cap > 0)
          for (long j = begin; j < end; j++) s[j] = cap * fast_tanh(s[j] / cap);
#pragma omp simd reduction(max : most)
        for (long j = begin; j < end; j++) most = s[j] > most ? s[j] : most;
#pragma omp simd reduction(+ : sum)
        for (long j = begin; j < end; j++) {
          s[j] = fast_exp(s[j] - most);
          sum += s[j];
        }
        for (long j = 0; j < begin; j++) s[j] = 0;
        for (long j = end; j < sp; j++) s[j] = 0;
        lse[(start + i0 + i) * H + h] = most + logf(sum);
      }
      product(count, ep, span, score, tp, 1, values + first * ep, ep, answer, ep, 0);
      for (long i = 0; i < count; i++) {
        const float *s = score + i * tp;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (long j = 0; j < span; j++) sum += s[j];
        float inverse = 1.0f / sum;
        T *o = out + ((start + i0 + i) * H + h) * E;
#pragma omp simd
        for (long e = 0; e < E; e++) o[e] = PUT(answer[i * ep + e] * inverse);
      }
    }
  }
}

/* Its gradients by query head, float, N x H x E each (Dao 2023, algorithm 2: probabilities are made again from lse). families:
 * where each row that goes on from none stands among the rows, and at last their number; those that go on from it follow it.
 * One thread takes a family's head from its first row to its last, and adds up the gradients of what they share in that order. */
void NAME(attention_backward)(long many, const int64_t *families, const int64_t *starts, long H, long K, long E, float scale,
                              long window, float cap, const T *qkv, const T *out, const float *lse, const T *dout, float *dq,
                              float *dk, float *dv, float *scratch, long each, int threads) {
  long width = (H + 2 * K) * E, ep = padded(E), group = H / K;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (long task = 0; task < many * H; task++) {
    long one = task / H, h = task % H, head = families[one], longest = 0;
    long from = starts[head], whole = starts[head + 1] - from;
    for (long row = head; row < families[one + 1]; row++) {
      long t = starts[row + 1] - starts[row] + (row > head ? whole : 0);
      longest = t > longest ? t : longest;
    }
#ifdef _OPENMP
    extern int omp_get_thread_num(void);
    float *mine = scratch + each * omp_get_thread_num();
#else
    float *mine = scratch;
#endif
    long tp = padded(longest), key = (H + h / group) * E, value = (H + K + h / group) * E;
    float *keys_t = mine, *values_t = keys_t + E * tp, *keys = values_t + E * tp, *dkeys = keys + tp * ep,
          *dvalues = dkeys + tp * ep, *query = dvalues + tp * ep, *dy = query + QUERIES * ep, *score = dy + QUERIES * ep,
          *dscore = score + QUERIES * tp, *answer = dscore + QUERIES * tp;
    const T *before = qkv + from * width;
    memset(dkeys, 0, sizeof(float) * (size_t)(2 * tp * ep));
    for (long row = head; row < families[one + 1]; row++) {
      long start = starts[row], own = starts[row + 1] - start, shared = row > head ? whole : 0;
      const T *base = qkv + start * width;
      NAME(gather_transposed)(shared, before + key, own, base + key, E, width, keys_t, tp);
      NAME(gather_transposed)(shared, before + value, own, base + value, E, width, values_t, tp);
      NAME(gather)(shared, before + key, own, base + key, E, width, keys, ep);
      if (shared) {
        memset(dkeys + shared * ep, 0, sizeof(float) * (size_t)(own * ep));
        memset(dvalues + shared * ep, 0, sizeof(float) * (size_t)(own * ep));
      }
      for (long i0 = 0; i0 < own; i0 += QUERIES) {
        long count = own - i0 < QUERIES ? own - i0 : QUERIES, place = shared + i0;
        long first = window && place - window + 1 > 0 ? (place - window + 1) / NR * NR : 0, span = place + count - first,
             sp = padded(span);
        NAME(widen)(count, E, base + i0 * width + h * E, width, scale, query, ep);
        NAME(widen)(count, E, dout + ((start + i0) * H + h) * E, H * E, 1.0f, dy, ep);
        product(count, sp, E, query, ep, 1, keys_t + first, tp, score, tp, 0);
        product(count, sp, E, dy, ep, 1, values_t + first, tp, dscore, tp, 0);
        for (long i = 0; i < count; i++) {
          long n = start + i0 + i, end = place + i + 1 - first, begin = window && end - window > 0 ? end - window : 0;
          const T *o = out + (n * H + h) * E, *d = dout + (n * H + h) * E;
          float *s = score + i * tp, *ds = dscore + i * tp, delta = 0, log_sum = lse[n * H + h];
#pragma omp simd reduction(+ : delta)
          for (long e = 0; e < E; e++) delta += GET(o[e]) * GET(d[e]);
          if (cap > 0) {
            for (long j = begin; j < end; j++) {
              float bent = fast_tanh(s[j] / cap), p = fast_exp(cap * bent - log_sum);
              s[j] = p;
              ds[j] = p * (ds[j] - delta) * (1.0f - bent * bent);
            }
          } else {
#pragma omp simd
            for (long j = begin; j < end; j++) {
              float p = fast_exp(s[j] - log_sum);
              s[j] = p;
              ds[j] = p * (ds[j] - delta);
            }
          }
          for (long j = 0; j < begin; j++) s[j] = ds[j] = 0;
          for (long j = end; j < sp; j++) s[j] = ds[j] = 0;
        }
        product(count, ep, span, dscore, tp, 1, keys + first * ep, ep, answer, ep, 0);
        for (long i = 0; i < count; i++) {
          float *to = dq + ((start + i0 + i) * H + h) * E;
#pragma omp simd
          for (long e = 0; e < E; e++) to[e] = scale * answer[i * ep + e];
        }
        /* query holds the scale already, so dkeys needs none */
        product(span, ep, count, dscore, 1, tp, query, ep, dkeys + first * ep, ep, 1);
        product(span, ep, count, score, 1, tp, dy, ep, dvalues + first * ep, ep, 1);
      }
      for (long i = 0; row > head && i < own; i++) {
        memcpy(dk + ((start + i) * H + h) * E, dkeys + (shared + i) * ep, sizeof(float) * (size_t)E);
        memcpy(dv + ((start + i) * H + h) * E, dvalues + (shared + i) * ep, sizeof(float) * (size_t)E);
      }
    }
    for (long i = 0; i < whole; i++) {
      memcpy(dk + ((from + i) * H + h) * E, dkeys + i * ep, sizeof(float) * (size_t)E);
      memcpy(dv + ((from + i) * H + h) * E, dvalues + i * ep, sizeof(float) * (size_t)E);
    }
  }
}

/* loss[n] = -log softmax(logits[n])[target[n]]; with `backward` the logits become the gradient of the summed loss. */
void NAME(cross_entropy)(long N, long V, T *logits, const int64_t *target, float *loss, int backward) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    T *x = logits + n * V;
    float most = -INFINITY, sum = 0, right = GET(x[target[n]]);
#pragma omp simd reduction(max : most)
    for (long v = 0; v < V; v++) {
      float y = GET(x[v]);
      most = y > most ? y : most;
    }
#pragma omp simd reduction(+ : sum)
    for (long v = 0; v < V; v++) sum += fast_exp(GET(x[v]) - most);
    loss[n] = logf(sum) + most - right;
    if (!backward) continue;
    float inverse = 1.0f / sum;
#pragma omp simd
    for (long v = 0; v < V; v++) x[v] = PUT(fast_exp(GET(x[v]) - most) * inverse);
    x[target[n]] = PUT(fast_exp(right - most) * inverse - 1.0f);
  }
}
