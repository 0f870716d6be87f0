"""How large a run file and its parts may be; checked before anything is read or allocated."""

MOST_FILE_BYTES = 64 * 2**20
MOST_DEPTH = 32
MOST_LISTS = 1_000_000
MOST_VALUES = 6_000_000
"""In one JSON text: the parser makes an object of each, which takes ten times the room of its digits."""
MOST_KEYS = 500_000
MOST_TEXTS = 1_000_000
MOST_OBJECTS = 10_000
MOST_LAYERS = 64
MOST_UNITS = 100_000
MOST_PARAMETERS = 50_000_000
MOST_SAMPLES = 1_000_000
MOST_DATA_NUMBERS = 10_000_000
MOST_TAPE_NUMBERS = 12_000_000
MOST_TEXT = 10_000
MOST_COLUMNS = 1_000
MOST_CSV_ROWS = 200_000
MOST_SEED = 2**63 - 1
