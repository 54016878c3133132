"""A logistic regression for few examples, cross-validated: which of two writers wrote this?

Shapes: N prompts, F features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 5
PENALTY = 1.0
"""Of the squared weights (L2), on features with mean 0 and deviation 1: what scikit-learn calls C = 1, its default."""
Z = 1.959964


def cross_judged(row_NF: Floats, before_NF: Floats, after_NF: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (N,) probabilities of being a row's answer for rows, answers before and answers after, each out of fold.

    Fold k holds every FOLDS-th prompt; the model that judges its three texts has learnt from rows and answers before of the
    other prompts. Nothing of the answers after is ever learnt from.
    """
    import numpy as np

    count = len(row_NF)
    judged = tuple(np.empty(count) for _ in range(3))
    folds = np.arange(count) % FOLDS
    for fold in range(min(FOLDS, count)):
        inside, outside = folds == fold, folds != fold
        features = np.concatenate([row_NF[outside], before_NF[outside]])
        labels = np.repeat([1.0, 0.0], outside.sum())
        judge = fitted(features, labels)
        for out_N, side_NF in zip(judged, (row_NF, before_NF, after_NF), strict=True):
            out_N[inside] = judge(side_NF[inside])
    return judged[0], judged[1], judged[2]


def fitted(features_NF: Floats, labels_N: Floats) -> Any:
    """Return a function (M, F) -> (M,) of probabilities of label 1, from a penalised logistic regression (L-BFGS)."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    middle_F, spread_F = features_NF.mean(axis=0), features_NF.std(axis=0)
    spread_F = np.where(spread_F > 1e-9, spread_F, 1.0)
    # What lies far outside what was learnt from must not decide alone: three deviations are as far as anything counts.
    scaled_NF = _scaled(features_NF, middle_F, spread_F)
    signs_N = 2 * labels_N - 1

    def cost(weights: Floats) -> tuple[float, Floats]:
        margins_N = signs_N * (scaled_NF @ weights[:-1] + weights[-1])
        loss = np.logaddexp(0, -margins_N).sum() + PENALTY / 2 * (weights[:-1] ** 2).sum()
        slope_N = -signs_N * expit(-margins_N)
        gradient = np.append(slope_N @ scaled_NF + PENALTY * weights[:-1], slope_N.sum())
        return float(loss), gradient

    best = minimize(cost, np.zeros(features_NF.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return lambda new_MF: expit(_scaled(new_MF, middle_F, spread_F) @ best[:-1] + best[-1])


def _scaled(features_NF: Floats, middle_F: Floats, spread_F: Floats) -> Floats:
    return ((features_NF - middle_F) / spread_F).clip(-3, 3)


def auc_with_low(positive_N: Floats, negative_N: Floats) -> tuple[float, float]:
    """Return the area under the ROC curve, ties counted half, and the low end of its 95 % interval, at least 0.

    Hanley and McNeil 1982 ("The meaning and use of the area under a ROC curve", eq. 2); at an area of 1 its error is 0, so
    there the "rule of three" is used: 0.05^(1/n).
    """
    import numpy as np

    greater = (positive_N[:, None] > negative_N).mean()
    area = float(greater + (positive_N[:, None] == negative_N).mean() / 2)
    m, n = len(positive_N), len(negative_N)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)) / (m * n)
    low = area - Z * float(np.sqrt(max(variance, 0.0)))
    return area, max(0.0, min(low, 0.05 ** (1 / min(m, n))))
