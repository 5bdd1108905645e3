"""Which rows a step trains on: the same for every rung of a ladder."""

import numpy as np
import numpy.typing as npt


class RowOrder:
    """Rows 0 … n_rows − 1 as they stand in the corpus; when they are used up, again in an order shuffled by `seed`."""

    def __init__(self, n_rows: int, *, batch_rows: int, seed: int) -> None:
        self.n_rows, self.batch_rows, self.seed = n_rows, batch_rows, seed
        self._shuffled: dict[int, npt.NDArray[np.int64]] = {}

    def rows_of_step(self, step: int) -> npt.NDArray[np.int64]:
        """Row numbers of the batch, (batch_rows,): a pure function of the step."""
        place = np.arange(step * self.batch_rows, (step + 1) * self.batch_rows)
        epoch, within = np.divmod(place, self.n_rows)
        for number in np.unique(epoch[epoch > 0]):
            chosen = epoch == number
            within[chosen] = self._order(int(number))[within[chosen]]
        return within

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        if epoch not in self._shuffled:
            kept = {e: order for e, order in self._shuffled.items() if e == epoch - 1}
            self._shuffled = kept | {epoch: np.random.default_rng([self.seed, epoch]).permutation(self.n_rows)}
        return self._shuffled[epoch]
