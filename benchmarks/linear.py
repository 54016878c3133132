"""What the learned graders are fitted and measured with: two linear fits, folds, and the figures of agreement.

Used by `refusal_agreement.py` and `politeness_agreement.py`; it measures nothing by itself.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata


def table(rows: list[set], names: list[str]) -> np.ndarray:
    """Return which row (R) holds which name (N), as 0 and 1."""
    return np.array([[float(name in row) for name in names] for row in rows])


def logistic(x_RN: np.ndarray, y_R: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Return (weights, bias) of a logistic regression with an L2 penalty, both classes weighing the same in all."""
    weight_R = np.where(y_R == 1, 0.5 / y_R.mean(), 0.5 / (1 - y_R.mean()))

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        z_R = x_RN @ p[:-1] + p[-1]
        slope_R = weight_R * (1 / (1 + np.exp(-z_R)) - y_R)
        value = (weight_R * np.logaddexp(0, np.where(y_R == 1, -z_R, z_R))).sum() + 0.5 * penalty * (p[:-1] ** 2).sum()
        return value, np.append(x_RN.T @ slope_R + penalty * p[:-1], slope_R.sum())

    found = minimize(loss, np.zeros(x_RN.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x
    return found[:-1], float(found[-1])


def ridge(x_RN: np.ndarray, y_R: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Return (weights, bias) of a linear regression with an L2 penalty."""
    mean_N = x_RN.mean(axis=0)
    centred_RN = x_RN - mean_N
    weights = np.linalg.solve(centred_RN.T @ centred_RN + penalty * np.eye(x_RN.shape[1]), centred_RN.T @ (y_R - y_R.mean()))
    return weights, float(y_R.mean() - mean_N @ weights)


def agreement(truth: np.ndarray, said: np.ndarray) -> str:
    """Return accuracy, precision, recall and F1 of a right-or-wrong grader, as a line."""
    both = int((truth & said).sum())
    precision, recall = both / max(int(said.sum()), 1), both / max(int(truth.sum()), 1)
    f1 = 2 * both / max(int(said.sum() + truth.sum()), 1)
    accuracy = float((truth == said).mean())
    return f"{len(truth):4} rows  accuracy {accuracy:.3f}  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"


def auc(score_R: np.ndarray, high_R: np.ndarray) -> float:
    """Return the area under the ROC curve: how often a high row scores above a low one (ties count half)."""
    high, low = int(high_R.sum()), int((~high_R).sum())
    return float((rankdata(score_R)[high_R].sum() - high * (high + 1) / 2) / (high * low))
