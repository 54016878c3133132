/* Attention and its way back, by rows and heads. Included by kernels.c once for each compute type, after wide.h or paired.h. */

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
    float *mine = scratch + each * this_thread();
    float *score = mine, *answer = score + QUERIES * tp, inverse[QUERIES];
    NUM *keys = (NUM *)(answer + QUERIES * ep), *values = keys + E / PER * tp, *room = values + (t + 1) * ep, *more = room + QUERIES * ep;
    const T *base = qkv + start * width, *before = qkv + from * width;
    long key = (H + h / group) * E, value = (H + K + h / group) * E;
    NAME(by_width)(shared, before + key, own, base + key, E, width, keys, tp);
    NAME(by_tokens)(shared, before + value, own, base + value, E, width, values, ep);
    for (long i0 = 0; i0 < own; i0 += QUERIES) {
      long count = own - i0 < QUERIES ? own - i0 : QUERIES, place = shared + i0;
      long first = window && place - window + 1 > 0 ? (place - window + 1) / NR * NR : 0, span = place + count - first,
           sp = padded(span), ld;
      const NUM *lines, *query = NAME(both)(count, base + i0 * width + h * E, E, width, room, ep, &lines, &ld);
      MULTIPLY(count, sp, E / PER, query, ld, 1, keys + first, tp, score, tp, 0);
      for (long i = 0; i < count; i++) {
        float *s = score + i * tp, most = -INFINITY, sum = 0;
        long end = place + i + 1 - first, begin = window && end - window > 0 ? end - window : 0;
        long from_here = begin / VL * VL, to_here = (end + VL - 1) / VL * VL; /* whole vectors: what is beyond counts for nothing */
#pragma omp simd
        for (long j = from_here; j < to_here; j++) s[j] *= scale;
        if (cap > 0)
          for (long j = from_here; j < to_here; j++) s[j] = cap * fast_tanh(s[j] / cap);
        for (long j = from_here; j < begin; j++) s[j] = -INFINITY;
        for (long j = end; j < to_here; j++) s[j] = -INFINITY;
#pragma omp simd reduction(max : most)
        for (long j = from_here; j < to_here; j++) most = s[j] > most ? s[j] : most;
#pragma omp simd reduction(+ : sum)
        for (long j = from_here; j < to_here; j++) {
          s[j] = fast_exp(s[j] - most);
          sum += s[j];
        }
        for (long j = 0; j < begin; j++) s[j] = 0;
        for (long j = end; j < sp; j++) s[j] = 0;
        lse[(start + i0 + i) * H + h] = most + logf(sum);
        inverse[i] = 1.0f / sum;
      }
      const NUM *weights = NAME(along)(count, sp, score, tp, more);
      MULTIPLY(count, ep, (span + PER - 1) / PER, weights, tp / PER, 1, values + first / PER * ep, ep, answer, ep, 0);
#if PER == 2 /* and what rounding left of them: the answer is as from float probabilities */
      weights = NAME(left_over)(count, sp, score, tp, more);
      MULTIPLY(count, ep, (span + PER - 1) / PER, weights, tp / PER, 1, values + first / PER * ep, ep, answer, ep, 1);
#endif
      for (long i = 0; i < count; i++) {
        T *o = out + ((start + i0 + i) * H + h) * E;
#pragma omp simd
        for (long e = 0; e < E; e++) o[e] = PUT(answer[i * ep + e] * inverse[i]);
      }
    }
  }
}

/* Its gradients by query head, float, N x H x E each (Dao 2023, algorithm 2: probabilities are made again from lse; but what is taken off
 * their gradients is summed from themselves, not from the rounded answer, so that those of a query add up to 0). families:
 * where each row that goes on from none stands among the rows, and at last their number; those that go on from it follow it.
 * One thread takes a family's head from its first row to its last, and adds up the gradients of what they share in that order. */
void NAME(attention_backward)(long many, const int64_t *families, const int64_t *starts, long H, long K, long E, float scale,
                              long window, float cap, const T *qkv, const float *lse, const T *dout, float *dq,
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
    float *mine = scratch + each * this_thread();
    long tp = padded(longest), key = (H + h / group) * E, value = (H + K + h / group) * E;
    float *dkeys = mine, *dvalues = dkeys + tp * ep, *score = dvalues + tp * ep, *dscore = score + QUERIES * tp,
          *answer = dscore + QUERIES * tp, *slope = answer + QUERIES * ep;
    NUM *keys_t = (NUM *)(slope + tp), *values_t = keys_t + E / PER * tp, *keys = values_t + E / PER * tp,
        *room = keys + tp * ep, *dy_room = room + QUERIES * ep, *more = dy_room + QUERIES * ep;
    const T *before = qkv + from * width;
    memset(dkeys, 0, sizeof(float) * (size_t)(2 * tp * ep));
    for (long row = head; row < families[one + 1]; row++) {
      long start = starts[row], own = starts[row + 1] - start, shared = row > head ? whole : 0;
      const T *base = qkv + start * width;
      NAME(by_width)(shared, before + key, own, base + key, E, width, keys_t, tp);
      NAME(by_width)(shared, before + value, own, base + value, E, width, values_t, tp);
      NAME(by_tokens)(shared, before + key, own, base + key, E, width, keys, ep);
      if (shared) {
        memset(dkeys + shared * ep, 0, sizeof(float) * (size_t)(own * ep));
        memset(dvalues + shared * ep, 0, sizeof(float) * (size_t)(own * ep));
      }
      for (long i0 = 0; i0 < own; i0 += QUERIES) {
        long count = own - i0 < QUERIES ? own - i0 : QUERIES, place = shared + i0;
        long first = window && place - window + 1 > 0 ? (place - window + 1) / NR * NR : 0, span = place + count - first,
             sp = padded(span), ld, dy_ld;
        const NUM *lines, *dy_lines, *query = NAME(both)(count, base + i0 * width + h * E, E, width, room, ep, &lines, &ld),
                                     *dy = NAME(both)(count, dout + ((start + i0) * H + h) * E, E, H * E, dy_room, ep, &dy_lines, &dy_ld);
        MULTIPLY(count, sp, E / PER, query, ld, 1, keys_t + first, tp, score, tp, 0);
        MULTIPLY(count, sp, E / PER, dy, dy_ld, 1, values_t + first, tp, dscore, tp, 0);
        for (long i = 0; i < count; i++) {
          long n = start + i0 + i, end = place + i + 1 - first, begin = window && end - window > 0 ? end - window : 0;
          float *s = score + i * tp, *ds = dscore + i * tp, delta = 0, log_sum = lse[n * H + h];
          long from_here = begin / VL * VL, to_here = (end + VL - 1) / VL * VL;
          for (long j = from_here; j < begin; j++) ds[j] = 0;
          for (long j = end; j < to_here; j++) ds[j] = 0;
          if (cap > 0) {
            for (long j = begin; j < end; j++) {
              float bent = fast_tanh(s[j] * scale / cap), p = fast_exp(cap * bent - log_sum);
              delta += p * ds[j];
              s[j] = p;
              slope[j] = 1.0f - bent * bent;
            }
          } else {
#pragma omp simd reduction(+ : delta)
            for (long j = from_here; j < to_here; j++) {
              s[j] = fast_exp(s[j] * scale - log_sum);
              delta += s[j] * ds[j];
            }
          }
#pragma omp simd
          for (long j = from_here; j < to_here; j++) ds[j] = s[j] * (ds[j] - delta);
          if (cap > 0)
            for (long j = begin; j < end; j++) ds[j] *= slope[j];
          for (long j = 0; j < begin; j++) s[j] = ds[j] = 0;
          for (long j = end; j < sp; j++) s[j] = ds[j] = 0;
        }
        const NUM *over = NAME(along)(count, sp, dscore, tp, more);
        MULTIPLY(count, ep, (span + PER - 1) / PER, over, tp / PER, 1, keys + first / PER * ep, ep, answer, ep, 0);
        for (long i = 0; i < count; i++) {
          float *to = dq + ((start + i0 + i) * H + h) * E;
#pragma omp simd
          for (long e = 0; e < E; e++) to[e] = scale * answer[i * ep + e];
        }
        over = NAME(across)(count, sp, dscore, tp, more);
        MULTIPLY(span, ep, (count + PER - 1) / PER, over, 1, tp, lines, ep, dkeys + first * ep, ep, 1);
        over = NAME(across)(count, sp, score, tp, more);
        MULTIPLY(span, ep, (count + PER - 1) / PER, over, 1, tp, dy_lines, ep, dvalues + first * ep, ep, 1);
      }
      for (long i = 0; row > head && i < own; i++) {
        for (long e = 0; e < E; e++) dk[((start + i) * H + h) * E + e] = scale * dkeys[(shared + i) * ep + e];
        memcpy(dv + ((start + i) * H + h) * E, dvalues + (shared + i) * ep, sizeof(float) * (size_t)E);
      }
    }
    for (long i = 0; i < whole; i++) {
      for (long e = 0; e < E; e++) dk[((from + i) * H + h) * E + e] = scale * dkeys[i * ep + e];
      memcpy(dv + ((from + i) * H + h) * E, dvalues + i * ep, sizeof(float) * (size_t)E);
    }
  }
}

#undef NUM
#undef PER
#undef MULTIPLY
