"""Many texts side by side, folded, and which of them hold a word: every sign is taken as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sync_core.base.text import fold

Array = NDArray[Any]
GAP = "\0"
"""Behind each text. No text of a database holds it, and no word that is looked for."""


@dataclass(frozen=True, slots=True)
class FoldedTexts:
    """`signs`: the code points of all texts; `owners`: for each sign the number of its text."""

    count: int
    signs: Array
    owners: Array

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        folded = [fold(text) for text in texts]
        joined = "".join(f"{text}{GAP}" for text in folded)
        signs = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        lengths = [len(text) + 1 for text in folded]
        return cls(len(texts), signs, np.repeat(np.arange(len(texts), dtype=np.uint32), lengths))

    def and_more(self, texts: Sequence[str]) -> Self:
        more = self.of(texts)
        signs = np.concatenate([self.signs, more.signs])
        owners = np.concatenate([self.owners, more.owners + np.uint32(self.count)])
        return type(self)(self.count + more.count, signs, owners)

    def holding(self, word: str) -> Array:
        """Mask of the texts; `word` is folded, and not empty."""
        first, *others = map(ord, word)
        at = np.flatnonzero(self.signs == first)
        for place, sign in enumerate(others, 1):  # what fitted so far is followed by a gap at least
            at = at[self.signs[at + place] == sign]
        mask = np.zeros(self.count, dtype=bool)
        mask[self.owners[at]] = True
        return mask
