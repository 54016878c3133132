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

/* x -= y, then normed: what was added after this norm is taken off again. */
void NAME(take_off_rms_norm)(long N, long D, float *x, const T *y, const float *w, float eps, T *normed, float *rstd) {
#pragma omp parallel for schedule(static)
  for (long n = 0; n < N; n++) {
    float *v = x + n * D;
#pragma omp simd
    for (long d = 0; d < D; d++) v[d] -= GET(y[n * D + d]);
    NAME(norm_token)(D, v, w, eps, normed + n * D, rstd + n);
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

/* A token of those that attention sees for a row: `shared` ones at `from` (of the row it goes on from), then its own at x. */
static inline const T *NAME(token)(long i, long shared, const T *from, const T *x, long stride) {
  return i < shared ? from + i * stride : x + (i - shared) * stride;
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
