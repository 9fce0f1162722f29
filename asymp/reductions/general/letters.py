"""Letters of the general channels beside those of :class:`asymp.reductions.statements.Letters`."""

from __future__ import annotations

from asymp.symbols import NONNEGATIVE, POSITIVE, Letter, letter

E = letter("E", POSITIVE)
Q_PERP = letter("q_perp", POSITIVE)
M_POSITIVE = letter("m", POSITIVE)
EXP_B = letter("exp_b", POSITIVE)
P_W, P_W_HAT = letter("P_w", POSITIVE), letter("P_w_hat", NONNEGATIVE)
N_1, N_1_HAT = letter("N_1", POSITIVE), letter("N_1_hat", NONNEGATIVE)
INTERCEPT = Letter("b", real=True)
