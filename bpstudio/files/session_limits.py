"""How large a session file and its parts may be; checked before anything is read or allocated."""

MOST_SESSION_BYTES = 512 * 2**20
MOST_UNPACKED_BYTES = 2**30
MOST_MEMBERS = 4096
MOST_MEMBER_JSON = 4 * 2**20
MOST_BRANCHES = 1000
MOST_MARKS = 10_000
MOST_NUMBERS = 64 * 2**20
"""Numbers of one array: as many as the largest file can hold."""
