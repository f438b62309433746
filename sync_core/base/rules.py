"""The names of the rules that data are held against. What each one means in SQL is the store's."""

NATIONAL_CODE, MOBILE, PHONE = "national_code", "mobile", "phone"
DUPLICATE, SHARED_NUMBER = "duplicate", "shared_number"
PROVINCE, ARABIC_LETTERS = "province", "arabic_letters"

OF_ROWS = (
    *(NATIONAL_CODE, MOBILE, PHONE, SHARED_NUMBER, DUPLICATE),
    *(PROVINCE, ARABIC_LETTERS),
)
"""Rules that rows break, one by one. A source says which ones its rows are held against."""

NO_KEY, EMPTY_COLUMNS = "no_key", "empty_columns"
NEW_FIELDS, GONE_FIELDS, TOTALS = "new_fields", "gone_fields", "totals"

OF_TABLES = (NO_KEY, EMPTY_COLUMNS, NEW_FIELDS, GONE_FIELDS, TOTALS)
"""Rules that every source's table is held against as a whole."""
