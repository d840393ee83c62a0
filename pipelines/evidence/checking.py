"""A pack in, how somebody who trusts nobody can check it, out."""

from __future__ import annotations

import numpy as np

from pipelines.evidence.blocks import Block, Code, Heading, Paragraph
from pipelines.evidence.pack import Pack


def checking(pack: Pack) -> list[Block]:
    alert_id = pack.alert["alert_id"]
    inputs = [file for name, file, _ in pack.run.inputs]
    found: list[Block] = [
        Heading("How to check it"),
        Paragraph("RUN stands for the run's folder, the one that holds run.json."),
        Paragraph(
            "1. Make this pack again from run.json and the repository alone. It says whether every "
            "byte is the same, and ends with 0 if so:"
        ),
        Code(f"python -m pipelines.evidence --output RUN --alert {alert_id}"),
        Paragraph(
            "2. Compare the file in your hand with the one the run recorded, in run.json under "
            "steps, evidence, files:"
        ),
        Code(f"sha256sum RUN/final/evidence/{alert_id}.html RUN/final/evidence/{alert_id}.pdf"),
        Paragraph("3. Compare the files that were read with the hashes above:"),
        Code("sha256sum " + " ".join(inputs)),
        Paragraph(
            "4. Check the ledger, and read what it says of this alert: when it was opened, by "
            "which version of the rule, and what people said of it:"
        ),
        Code(
            f"python -m pipelines.verdict --output RUN --verify\ngrep {alert_id} RUN/ledger.jsonl"
        ),
        Paragraph("5. Hash the imagery without this program's code for packs:"),
        Code(_hash_code(pack)),
    ]
    number = 6
    for line, shown in _one_pixel(pack):
        found += [Paragraph(f"{number}. {line}"), Code(shown)]
        number += 1
    found.append(
        Paragraph(
            f"{number}. Go there, or fly there: the outline lies in the data of the HTML page "
            "(element `pack`, key `geometry`, GeoJSON in WGS 84)."
        )
    )
    return found


def _hash_code(pack: Pack) -> str:
    window = pack.evidence.window
    bands = len(pack.evidence.ground.bands)
    return f"""import hashlib
import cube

imagery = cube.open_cube("RUN/cube", raw=True, chunks=None)
here = (imagery.mine_id == "{window.mine_id}") & (imagery.window == {window.window})
one = imagery.isel(mine=int(here.values.argmax()))
digest = hashlib.sha256()
for slot in range(one.sizes["time"]):
    pixels = one.reflectance.isel(time=slot, band=slice(0, {bands})).values
    digest.update(pixels.astype("<u2").tobytes())
    digest.update(one.quality.isel(time=slot).values.tobytes())
print(digest.hexdigest())  # {pack.evidence.imagery[window.key]}"""


def _one_pixel(pack: Pack) -> list[tuple[str, str]]:
    """One pixel before and after, to be read in the archive's own files with GDAL."""
    ev, case = pack.evidence, pack.case
    sure = case.part.sure[ev.in_window]
    x, y = case.ground.x[ev.in_window], case.ground.y[ev.in_window]
    order = np.lexsort((np.hypot(x - case.centre[0], y - case.centre[1]), -sure))
    found = []
    for slot in (ev.before, ev.after):
        items = pack.items(slot)
        bands = {_band_of(item["href"], ev.ground.bands) for item in items}
        if len(bands) != 1 or None in bands:
            continue
        band = str(bands.pop())
        values = ev.ground.raw[slot, ev.ground.bands.index(band)]
        seen = np.isfinite(ev.ground.series.bands[band][slot])
        clear = [pixel for pixel in order if seen[pixel] and values[pixel] > 1]
        if not clear:
            continue
        value, place = int(values[clear[0]]), f"{x[clear[0]]:.0f} {y[clear[0]]:.0f}"
        lines = [
            f"gdallocationinfo -valonly -l_srs EPSG:{case.ground.epsg} \\\n"
            f"    {_readable(pack.run.href(item['href']))} \\\n    {place}"
            for item in items
        ]
        said = " or ".join(str(value - int(item["offset"])) for item in items)
        words = (
            f"the archive's own file. It should say {said}"
            if len(items) == 1
            else f"the archive's own files: {len(items)} scenes of that day lie over each other, "
            f"and the one the pixel came from, most often the first, should say {said}"
        )
        found.append(
            (
                f"Read one pixel of {pack.when(slot)} ({band}) in {words}; with its offset added "
                f"it is {value} in the cube, reflectance {value / 1e4:.4f}.",
                "\n".join(lines),
            )
        )
    return found


def _readable(file: str) -> str:
    """A file as GDAL opens it."""
    for scheme, driver in (("http", "/vsicurl/"), ("s3://", "/vsis3/")):
        if file.startswith(scheme):
            return driver + file.removeprefix("s3://")
    return file


def _band_of(href: str, bands: tuple[str, ...]) -> str | None:
    """The band that a file's name tells, None if it tells none."""
    from_names = {"b02": "blue", "b03": "green", "b04": "red", "b08": "nir"}
    stem = href.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    for piece in stem.replace("-", "_").split("_"):
        name = from_names.get(piece, piece)
        if name in bands and name in from_names.values():
            return name
    return None
