"""A binary heap in an array, of pairs of a length and a node."""

from mobilite.journeys.domain.compiled import compiled
from mobilite.streets.domain.extract import I64

NODE_BITS = 32
NODE_MASK = (1 << NODE_BITS) - 1


@compiled
def push(heap: I64, size: int, length: int, node: int) -> int:
    """Add a node, `length` not negative. Returns the new size."""
    entry, place = (length << NODE_BITS) | node, size
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= entry:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = entry
    return size + 1


@compiled
def drop_first(heap: I64, size: int) -> int:
    """Remove the least entry, which is `heap[0]`. Returns the new size."""
    size -= 1
    entry, place = heap[size], 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= entry:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = entry
    return size
