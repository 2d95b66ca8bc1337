"""A second reader of state-diff payloads, written from docs/reference/state-diffs.md alone.

Reads one payload a line as hex, writes the 18-byte records of its diffs as hex. It trusts its input: what
must be refused is the kernel's to test. Standard library only.
"""

import sys

MASK = 0xFFFFFFFF
SPAN = 3071
STEP_DOWN = 0xFF007FD55FFDDE38
PLAIN, UNIT_PRICES, DECIMALS = 0, 1, 2

POWERS = [1 << 64]
for _ in range(SPAN):
    POWERS.append(POWERS[-1] * STEP_DOWN >> 64)


def squash(x):
    x = max(-SPAN, min(SPAN, x))
    above = (1 << 80) // ((1 << 64) + POWERS[abs(x)])
    return min(above, 65520) if x >= 0 else max(65536 - above, 16)


def stretch_table():
    table = []
    x = -SPAN
    for q in range(4096):
        while x < SPAN and squash(x) < 16 * q + 8:
            x += 1
        table.append(x)
    return table


STRETCH = stretch_table()


def mix(left, right):
    product = ((left & MASK) ^ (right * 0x85EBCA6B & MASK)) * 0x9E3779B1 & MASK
    return product ^ (product >> 15)


def value_hash(value):
    return mix(value >> 32, value & MASK)


def learnt(chance, bit):
    p, count = chance
    error = ((1 << 22) - 1 - p if bit else -p) >> 4
    return (p + (error * (8192 // (2 * count + 3)) >> 8), min(count + 1, 1023))


def counted(history, bit):
    zeros, ones = history[0] + 1 - bit, history[1] + bit
    return (zeros >> 1, ones >> 1) if max(zeros, ones) > 15 else (zeros, ones)


def within(weight):
    return max(-(2**18), min(2**18, weight))


class Columns:
    """The range decoder with its predictor; one object reads one payload."""

    def __init__(self, data, table_bits):
        self.data, self.at = data, 0
        self.range, self.value = MASK, 0
        for _ in range(4):
            self.shift()
        self.places = (1 << table_bits) - 8
        self.chances, self.histories, self.meanings = {}, {}, {}
        self.site_weights, self.trust_weights = {}, {}

    def shift(self):
        byte = self.data[self.at] if self.at < len(self.data) else 0
        self.value = (self.value << 8 | byte) & MASK
        self.at += 1

    def begin(self, column, second, third, fourth):
        self.column = column
        own = mix(column + 1, 0x12345678)
        self.seeds = [own, mix(own + 1, second), mix(own + 2, third), mix(own + 3, fourth)]

    def enter(self, node):
        self.blocks = [mix(seed, node) & self.places for seed in self.seeds]

    def read(self, p):
        bound = (self.range >> 16) * p + ((self.range & 0xFFFF) * p >> 16)
        bit = int(self.value < bound)
        if bit:
            self.range = bound
        else:
            self.value -= bound
            self.range -= bound
        while self.range < 1 << 24:
            self.shift()
            self.range = self.range << 8 & MASK
        return bit

    def bit(self, offset, site, kind):
        places = [block + offset for block in self.blocks]
        inputs, trust, meant = [], 0, []
        for i, place in enumerate(places):
            p, count = self.chances.get(place, (1 << 21, 0))
            zeros, ones = self.histories.get(place, (0, 0))
            meaning = (4 * self.column + kind, i, zeros, ones)
            first = ((5 * ones + 2) << 22) // (5 * (zeros + ones) + 4)
            self.meanings.setdefault(meaning, (first, 0))
            meant.append(meaning)
            inputs += [STRETCH[p >> 10], STRETCH[self.meanings[meaning][0] >> 10]]
            trust = 4 * trust + (0 if count == 0 else 1 if count < 3 else 2 if count < 24 else 3)
        inputs.append(256)
        sites = self.site_weights.setdefault(128 * self.column + site, [8192] * 8 + [0])
        trusts = self.trust_weights.setdefault(trust, [0] * 9)
        dot = sum(x * (a + b >> 4) >> 4 for x, a, b in zip(inputs, sites, trusts))
        p = squash(dot >> 8)
        bit = self.read(p)
        error = (65536 * bit - p) * 24 >> 8
        for i, x in enumerate(inputs):
            step = x * error + 8192 >> 14
            sites[i], trusts[i] = within(sites[i] + step), within(trusts[i] + step)
        for place, meaning in zip(places, meant):
            self.chances[place] = learnt(self.chances.get(place, (1 << 21, 0)), bit)
            self.histories[place] = counted(self.histories.get(place, (0, 0)), bit)
            self.meanings[meaning] = learnt(self.meanings[meaning], bit)
        return bit

    def flag(self):
        self.enter(0)
        return self.bit(0, 0, 0)

    def number(self):
        if self.flag():
            return 0
        tree, offset = 1, 1
        for i in range(6):
            if i == 3:
                self.enter(tree)
                offset = 1
            bit = self.bit(offset, tree, 1)
            tree, offset = 2 * tree + bit, 2 * offset + bit
        length = tree - 64 + 1
        value, node, offset = 1, mix(length, 0x77), 1
        for place in range(length - 2, -1, -1):
            if offset == 1:
                self.enter(node)
            bit = self.bit(offset, 64 + place, 2 if length - 2 - place < 8 else 3)
            value, offset = 2 * value + bit, 2 * offset + bit
            if offset >= 8:
                node, offset = mix(node, offset), 1
        return value


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def records(payload):
    mode = payload[31] & 15
    _, at = varint(payload, 32)
    count, at = varint(payload, at)
    columns = Columns(payload[at:], min(22, max(14, count.bit_length() + 6)))
    gap = gap_before = more = value = value_before = flags = 0
    multiple_before = decimals_before = negative_before = 0
    edge = -1
    out = b""
    for _ in range(count):
        lengths = (gap.bit_length(), gap_before.bit_length(), value.bit_length())
        columns.begin(0, lengths[0] + 1, 64 * lengths[1] + lengths[0], lengths[2])
        gap, gap_before = columns.number(), gap
        edge += gap + 1
        columns.begin(1, more.bit_length(), value.bit_length(), gap.bit_length())
        more = columns.number()
        multiple = 0
        if mode & UNIT_PRICES and more > 0:
            columns.begin(2, more.bit_length(), more, multiple_before)
            multiple = multiple_before = columns.flag()
        both = mix(value.bit_length(), value_before.bit_length())
        columns.begin(3, 0 if multiple else more + 1, value_hash(value), both)
        value, value_before = columns.number(), value
        length, hashed = value.bit_length(), value_hash(value)
        decimals = negative = 0
        if mode & DECIMALS and value:
            columns.begin(4, length, hashed, decimals_before + 1)
            decimals = decimals_before = columns.number()
        if value:
            columns.begin(5, length, hashed, negative_before + 1)
            negative = negative_before = columns.flag()
        columns.begin(6, length, more.bit_length(), flags)
        flags = columns.number()
        magnitude = value * 10**decimals * (more + 1 if multiple else 1)
        out += (-magnitude if negative else magnitude).to_bytes(8, "big", signed=True)
        out += (more + 1).to_bytes(4, "big") + edge.to_bytes(4, "big") + flags.to_bytes(2, "big")
    return out


for line in sys.stdin:
    print(records(bytes.fromhex(line)).hex(), flush=True)
