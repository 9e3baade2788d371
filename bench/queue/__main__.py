"""`python -m bench.queue [CASES ...]`: measures the queue at these sizes, or at the usual ones."""

import sys

from bench.queue import sizes

if __name__ == "__main__":
    sizes.measure_all([int(size) for size in sys.argv[1:]] or sizes.SIZES)
