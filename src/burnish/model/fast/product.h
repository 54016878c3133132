/* C[m,n] (+)= A[m,k] B[k,n], float32, n a multiple of NR. Included by kernels.c once for each kind of operand: OPERAND, VECTOR (as many as
 * fill a vector), PRODUCT, SPREAD (one operand in all lanes) and ADD are set there. Of pairs, k counts pairs. */

#define BLOCK(ROWS)                                                                                                          \
  static inline void PRODUCT(block##ROWS)(long k, const OPERAND *a, long a_row, long a_k, const OPERAND *b, long ldb, float *c, \
                                          long ldc, int add) {                                                               \
    vec acc[ROWS][2];                                                                                                        \
    for (int i = 0; i < ROWS; i++)                                                                                           \
      for (int j = 0; j < 2; j++) acc[i][j] = add ? *(const vec *)(c + i * ldc + j * VL) : (vec){0};                         \
    for (long p = 0; p < k; p++) {                                                                                           \
      VECTOR b0 = *(const VECTOR *)(b + p * ldb), b1 = *(const VECTOR *)(b + p * ldb + VL);                                  \
      for (int i = 0; i < ROWS; i++) {                                                                                       \
        __typeof__(SPREAD(a[0])) x = SPREAD(a[i * a_row + p * a_k]);                                                         \
        acc[i][0] = ADD(acc[i][0], x, b0);                                                                                   \
        acc[i][1] = ADD(acc[i][1], x, b1);                                                                                   \
      }                                                                                                                      \
    }                                                                                                                        \
    for (int i = 0; i < ROWS; i++)                                                                                           \
      for (int j = 0; j < 2; j++) *(vec *)(c + i * ldc + j * VL) = acc[i][j];                                                \
  }
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6)
#undef BLOCK

static void PRODUCT(product)(long m, long n, long k, const OPERAND *a, long a_row, long a_k, const OPERAND *b, long ldb, float *c,
                             long ldc, int add) {
  for (long j = 0; j < n; j += NR) {
    long i = 0;
    for (; i + MR <= m; i += MR) PRODUCT(block6)(k, a + i * a_row, a_row, a_k, b + j, ldb, c + i * ldc + j, ldc, add);
    const OPERAND *rest = a + i * a_row;
    float *out = c + i * ldc + j;
    switch (m - i) {
      case 1: PRODUCT(block1)(k, rest, a_row, a_k, b + j, ldb, out, ldc, add); break;
      case 2: PRODUCT(block2)(k, rest, a_row, a_k, b + j, ldb, out, ldc, add); break;
      case 3: PRODUCT(block3)(k, rest, a_row, a_k, b + j, ldb, out, ldc, add); break;
      case 4: PRODUCT(block4)(k, rest, a_row, a_k, b + j, ldb, out, ldc, add); break;
      case 5: PRODUCT(block5)(k, rest, a_row, a_k, b + j, ldb, out, ldc, add); break;
      default: break;
    }
  }
}

#undef OPERAND
#undef VECTOR
#undef PRODUCT
#undef SPREAD
#undef ADD
