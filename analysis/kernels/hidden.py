"""One slot: looks that the cloud mask hides date after date amid clear ground, brought back."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN

SEEN = np.uint8(1)
"""What `told` says of a pixel: seen clear."""

HIDDEN = np.uint8(2)
"""Measured under what is called cloud."""

ASKED = np.uint8(4)
"""Its surroundings matter."""


@njit(nogil=True, cache=True)
def ask_around(ndvi, hidden, held, told):
    """What is known of every pixel, and where surroundings matter: under what is called cloud, and
    where ground was hidden lately.

    ndvi, hidden (y, x) int16, NOT_SEEN = no look, and nothing measured under cloud; held (y, x)
    uint8, the dates remembered; told (y, x) uint8, written whole: SEEN, HIDDEN and ASKED.
    Returns whether any asks while others are seen: without, no surroundings are clear.
    """
    rows, columns = ndvi.shape
    none = np.uint8(0)
    every = none
    for y in range(rows):
        ndvi_row, hidden_row, held_row, told_row = ndvi[y], hidden[y], held[y], told[y]
        found = none
        for x in range(columns):
            v, under, dates = ndvi_row[x], hidden_row[x] != NOT_SEEN, held_row[x]
            seen = v != NOT_SEEN
            known = SEEN if seen else none
            known |= HIDDEN if under else none
            known |= ASKED if under | (seen & (dates != none)) else none
            told_row[x] = known
            found = np.uint8(found | known)
        every = np.uint8(every | found)
    return ((every & ASKED) != none) & ((every & SEEN) != none)


@njit(nogil=True, cache=True)
def surroundings(told, reach, share, units, lines, counts, clear):
    """Where at least a share of what was measured in the square around a pixel was seen clear.

    told (y, x) uint8 of `ask_around`; reach [pixels] to every side, at the window's rim as far as
    there is ground; share float32; units, lines and counts of `room_to_count`;
    clear (y, x) bool, written whole, False in rows where nothing asks.
    """
    rows, columns = told.shape
    width = 2 * reach + 1
    ring = width + 1
    zero, every, padded = ring, ring + 1, ring + 2
    lines[zero:, :] = 0
    lines[padded, reach : reach + columns] = 1
    _sums_around(lines, padded, width, every, columns)
    counts[:] = 0
    for y in range(-reach, rows):
        come = (y + reach) % ring if y + reach < rows else zero
        gone = (y - reach - 1) % ring if y > reach else zero
        if y + reach < rows:
            _sums_of_row(told, y + reach, units, lines, every, padded, reach, come)
        _move(lines, come, gone, units, counts)
        if y >= 0:
            _mostly_seen(told, y, counts, share, clear)


@njit(nogil=True, cache=True)
def look_under(reflectance, quality, clear, cloud, bands, held, told, hidden, blue, level):
    """`ask_around` straight from what was measured, with what `bring_back` reads of a look.

    reflectance (band, y, x) uint16, 0 = no measurement; quality (y, x) uint8, `clear` and `cloud`
    its flags; bands (6,) int64, the positions of blue, green, red, nir, swir16, swir22; held (y, x)
    uint8; told (y, x) uint8, written whole; hidden (y, x) int16, written whole, NOT_SEEN = nothing
    measured under cloud, else 0; blue uint16 and level int16 (y, x) [1/10000], as of a look,
    written in rows with any such.
    Returns all that is told of any pixel.
    """
    third, brightest = np.float32(1.0 / 3.0), np.float32(32767.0)
    none, nothing, something = np.uint8(0), np.uint16(0), np.int16(0)
    every = none
    for y in range(told.shape[0]):
        b_row, r_row = reflectance[bands[0], y], reflectance[bands[2], y]
        n_row, s_row = reflectance[bands[3], y], reflectance[bands[4], y]
        flags, told_row, held_row, hidden_row = quality[y], told[y], held[y], hidden[y]
        found = none
        for x in range(told_row.size):
            measured = (b_row[x] != nothing) & (r_row[x] != nothing)
            measured &= (n_row[x] != nothing) & (s_row[x] != nothing)
            seen, under = measured & (flags[x] == clear), measured & (flags[x] == cloud)
            known = SEEN if seen else none
            known |= HIDDEN if under else none
            known |= ASKED if under | (seen & (held_row[x] != none)) else none
            told_row[x] = known
            hidden_row[x] = something if under else NOT_SEEN
            found = np.uint8(found | known)
        every = np.uint8(every | found)
        if found & HIDDEN:
            blue_row, level_row = blue[y], level[y]
            for x in range(told_row.size):
                blue_row[x] = b_row[x]
                total = np.float32(r_row[x]) + np.float32(n_row[x]) + np.float32(s_row[x])
                level_row[x] = np.int16(min(total * third, brightest))
    return every


# Below, rows go by their numbers, unsigned: a view of each would cost as much as its sums.


@njit(nogil=True, cache=True)
def _sums_of_row(told, y, units, lines, every, padded, reach, to):
    """Around every pixel of a row: how many were seen, and above those bits how many measured.

    units: what a pixel adds that was not measured, hidden, seen. Of `lines`: `every` how many
    pixels there are around; from `padded` on three for use; `to` is written.
    """
    row, every, to = np.uint64(y), np.uint64(every), np.uint64(to)
    left, first = np.uint64(reach), np.uint64(padded)
    columns = np.uint64(told.shape[1])
    lowest, highest = np.uint8(255), np.uint8(0)
    kept = np.uint8(SEEN | HIDDEN)
    for x in range(columns):
        known = np.uint8(told[row, x] & kept)
        lowest = min(lowest, known)
        highest = max(highest, known)
    none, under, seen = units[0], units[1], units[2]
    if lowest == highest:
        unit = seen if highest & SEEN else (under if highest else none)
        for x in range(columns):
            lines[to, x] = lines[every, x] * unit
        return
    for x in range(columns):
        known = told[row, x]
        unit = under if known & HIDDEN else none
        lines[first, left + x] = seen if known & SEEN else unit
    _sums_around(lines, padded, 2 * reach + 1, to, columns)


@njit(nogil=True, cache=True)
def _sums_around(lines, padded, width, to, columns):
    """Sums of `width` columns from each on: twice as many, and one more, until there are enough.

    Of `lines`, `padded` is summed, the two after it are for use, `to` is written.
    """
    base, source = np.uint64(padded), np.uint64(padded)
    some, other = np.uint64(padded + 1), np.uint64(padded + 2)
    one = np.uint64(1)
    bit = 1
    while 2 * bit <= width:
        bit *= 2
    summed = one
    while bit > 1:
        bit //= 2
        ahead, farther = summed, summed + summed
        more = (width & bit) != 0
        summed = farther + one if more else farther
        target = np.uint64(to) if bit == 1 else some
        number = np.uint64(columns) + np.uint64(width) - summed
        if more:
            for x in range(number):
                two = lines[source, x] + lines[source, x + ahead]
                lines[target, x] = two + lines[base, x + farther]
        else:
            for x in range(number):
                lines[target, x] = lines[source, x] + lines[source, x + ahead]
        source, some, other = target, other, some


@njit(nogil=True, cache=True)
def _move(lines, come, gone, units, counts):
    """The square's counts of every column moved on by a row: one comes, one is gone."""
    come, gone = np.uint64(come), np.uint64(gone)
    lower, bits = units[3], units[4]
    for x in range(counts.shape[1]):
        more, less = lines[come, x], lines[gone, x]
        counts[0, x] += (more & lower) - (less & lower)
        counts[1, x] += (more >> bits) - (less >> bits)


@njit(nogil=True, cache=True)
def _mostly_seen(told, y, counts, share, clear):
    """Whether at least a share of what was measured around was seen; False where nothing asks."""
    row = np.uint64(y)
    found = np.uint8(0)
    for x in range(told.shape[1]):
        found = np.uint8(found | told[row, x])
    if found & ASKED:
        for x in range(told.shape[1]):
            of_seen, of_measured = np.int32(counts[0, x]), np.int32(counts[1, x])
            clear[row, x] = np.float32(of_seen) >= share * np.float32(of_measured)
    else:
        for x in range(told.shape[1]):
            clear[row, x] = False


@njit(nogil=True, cache=True)
def bring_back(
    hidden, blue, level, told, clear, alike_blue, alike_level, least, bits, held, held_blue,
    held_level, back,
):  # fmt: skip
    """Count a hidden look where the same ground was hidden often enough amid clear surroundings.

    hidden int16, blue uint16, level int16 (y, x) [1/10000], NOT_SEEN in hidden = nothing measured
    under cloud; told (y, x) uint8 and clear (y, x) bool, of `ask_around` and `surroundings`;
    alike_blue, alike_level: largest change since the hidden look before, as a share of it; least,
    uint8: how many of the last dates with clear surroundings must have hidden the same ground, this
    one among them; bits, uint8: mask of the dates remembered. held uint8, held_blue, held_level
    int16 (y, x): as the slots before left them, moved on in place. back (y, x) bool, written whole:
    what is brought back. Returns whether any is.
    """
    rows, columns = hidden.shape
    one, none = np.uint8(1), np.uint8(0)
    brightest = np.uint16(32767)
    every = False
    for y in range(rows):
        told_row, clear_row, back_row = told[y], clear[y], back[y]
        any_tells = False
        for x in range(columns):
            any_tells |= ((told_row[x] & ASKED) != none) & clear_row[x]
        if not any_tells:
            back_row[:] = False
            continue
        hidden_row, blue_row, level_row = hidden[y], blue[y], level[y]
        held_row, held_blue_row, held_level_row = held[y], held_blue[y], held_level[y]
        found = none
        for x in range(columns):
            tells = ((told_row[x] & ASKED) != none) & clear_row[x]
            under = tells & (hidden_row[x] != NOT_SEEN)
            short, lit, dates = np.int16(min(blue_row[x], brightest)), level_row[x], held_row[x]
            short_before, lit_before = held_blue_row[x], held_level_row[x]
            b, b_before = np.float32(short), np.float32(short_before)
            alike = under & (abs(b - b_before) <= alike_blue * b_before)
            z, z_before = np.float32(lit), np.float32(lit_before)
            alike &= abs(z - z_before) <= alike_level * z_before
            moved = np.uint8(np.uint8(dates << one) & bits)
            moved = np.uint8(moved | one) if alike else moved
            held_row[x] = moved if tells else dates
            held_blue_row[x] = short if under else short_before
            held_level_row[x] = lit if under else lit_before
            pairs = np.uint8(moved - np.uint8(np.uint8(moved >> one) & np.uint8(0x55)))
            fours = np.uint8(
                np.uint8(pairs & np.uint8(0x33))
                + np.uint8(np.uint8(pairs >> np.uint8(2)) & np.uint8(0x33))
            )
            times = np.uint8(np.uint8(fours + np.uint8(fours >> np.uint8(4))) & np.uint8(0x0F))
            returns = alike & (times >= least)
            back_row[x] = returns
            found = np.uint8(found | np.uint8(returns))
        every |= found != none
    return every


@njit(nogil=True, cache=True)
def take_back(hidden, back, ndvi):
    """Write into ndvi (y, x) int16 what is brought back of `hidden`; back (y, x) bool."""
    for y in range(ndvi.shape[0]):
        hidden_row, back_row, ndvi_row = hidden[y], back[y], ndvi[y]
        found = np.uint8(0)
        for x in range(back_row.size):
            found |= np.uint8(back_row[x])
        if found == 0:
            continue
        for x in range(ndvi_row.size):
            under, seen = hidden_row[x], ndvi_row[x]
            ndvi_row[x] = under if back_row[x] else seen
