"""The different values of a column that has an index: one look into it for each, however many rows
there are. What the databases do for DISTINCT is to read every row."""

from collections.abc import Sequence

from sqlalchemy import SQLColumnExpression, func, select
from sqlalchemy.orm import Session


def distinct_values(session: Session, column: SQLColumnExpression[str]) -> Sequence[str]:
    """In order; null is none of them."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    after = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(select(after).where(found.c.value.is_not(None)))
    values = select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)
    return session.scalars(values).all()
