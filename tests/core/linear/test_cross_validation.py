"""Cross-validation against scikit-learn's, and the two rules for choosing."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNetCV, LassoCV, Ridge
from sklearn.model_selection import KFold, cross_val_score

from regdemo import LinearConfig
from regdemo.core.linear.cross_validation import CrossValidation, cross_validate
from regdemo.core.linear.data import draw_linear

DATA = draw_linear(LinearConfig(n_train=43, n_features=60, n_informative=5, coefficient=1.0, intercept=3.0, noise=0.5))
X, Y = (part[0].astype(float) for part in DATA.split("train"))
LAM = DATA.lam_max[0] * np.geomspace(1, 0.05, 12)


@pytest.mark.parametrize("rho", [1.0, 0.5])
def test_errors_on_each_fold_equal_sklearns_with_the_same_folds(rho):
    got = cross_validate(X, Y, LAM, rho, folds=5, seed=3)
    own = {} if rho == 1 else {"l1_ratio": rho}
    model = (LassoCV if rho == 1 else ElasticNetCV)(
        alphas=LAM, cv=KFold(5, shuffle=True, random_state=3), tol=1e-10, max_iter=100_000, **own
    ).fit(X, Y)
    np.testing.assert_allclose(got.errors, model.mse_path_.T, rtol=1e-6)
    np.testing.assert_allclose(got.mean, model.mse_path_.mean(1), rtol=1e-6)
    assert LAM[got.at_min] == pytest.approx(model.alpha_)


def test_ridge_errors_equal_sklearns_with_alpha_times_the_fold_size():
    n = 40  # folds of one size: 8 left out, 32 fitted
    got = cross_validate(X[:n], Y[:n], LAM, 0.0, folds=5, seed=1)
    for k, lam in enumerate(LAM):
        cv = KFold(5, shuffle=True, random_state=1)
        scores = cross_val_score(Ridge(alpha=lam * 32), X[:n], Y[:n], cv=cv, scoring="neg_mean_squared_error")
        np.testing.assert_allclose(got.errors[:, k], -scores, rtol=1e-6)
        assert got.se[k] == pytest.approx(scores.std(ddof=1) / 5**0.5)


def test_one_standard_error_is_the_largest_strength_within_reach_of_the_least_error():
    lam = np.array([0.1, 0.2, 0.4, 0.8])
    errors = np.array([[1.3, 0.8, 1.1, 2.0], [1.5, 1.2, 1.1, 2.2]])  # mean 1.4 1.0 1.1 2.1, se at λ_min 0.2
    cv = CrossValidation(lam, errors)
    assert cv.se[1] == pytest.approx(0.2)
    assert (cv.at_min, cv.at_1se) == (1, 2)
    again = CrossValidation(lam[::-1], errors[:, ::-1])
    assert (again.at_min, again.at_1se) == (2, 1)


def test_of_equal_errors_the_largest_strength_is_taken():
    cv = CrossValidation(np.array([1.0, 2.0, 3.0]), np.ones((4, 3)))
    assert cv.at_min == cv.at_1se == 2


def test_the_same_seed_gives_the_same_folds_and_another_seed_others():
    errors = [cross_validate(X, Y, LAM[:2], seed=s).errors for s in (0, 0, 1)]
    np.testing.assert_array_equal(errors[0], errors[1])
    assert not np.allclose(errors[0], errors[2])


@pytest.mark.parametrize("folds", [1, 44])
def test_folds_that_cannot_be_cut_are_refused(folds):
    with pytest.raises(ValueError, match=f"folds = {folds}: allowed is a whole number from 2 to the 43"):
        cross_validate(X, Y, LAM, folds=folds)
