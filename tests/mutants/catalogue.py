"""Each mutant: what it breaks, where, and the tests that must fail then."""

from tests.mutants.of_access import OF_ACCESS
from tests.mutants.of_inspection import OF_INSPECTION
from tests.mutants.of_schedules import OF_SCHEDULES
from tests.mutants.of_syncs import OF_SYNCS

MUTANTS = (*OF_SYNCS, *OF_ACCESS, *OF_INSPECTION, *OF_SCHEDULES)
