"""Reads what voltcity-export has written with other programs' readers, and holds the formats against each other.

usage: read_back.py DIR_OF_CSV DIR_OF_PARQUET DIR_OF_GEOJSON DIR_OF_GEOPARQUET
Exit code 77 says that a reader is not installed.
"""

import json
import sys
from pathlib import Path

try:
    import duckdb
    import pandas
    import pyarrow.parquet
except ImportError as missing:
    print(missing)
    sys.exit(77)


def same_tables(csv: Path, parquet: Path) -> int:
    """Row counts, sums and units of each kind; returns how many kinds there were."""
    kinds = 0
    for path in sorted(parquet.glob("*.parquet")):
        kinds += 1
        table = pandas.read_parquet(path)
        text = pandas.read_csv(csv / f"{path.stem}.csv")
        assert list(table.columns) == list(text.columns), path.stem
        assert len(table) == len(text), (path.stem, len(table), len(text))
        counted = duckdb.sql(f"select count(*) from '{path}'").fetchall()[0][0]
        assert counted == len(table), (path.stem, counted)
        for name in table.select_dtypes("number").columns:
            mine, other = table[name].sum(), text[name].sum()
            assert abs(mine - other) <= 1e-9 * max(abs(mine), 1.0), (path.stem, name, mine, other)
            total = duckdb.sql(f'select coalesce(sum("{name}"), 0) from \'{path}\'').fetchall()[0][0]
            assert abs(float(total) - mine) <= 1e-9 * max(abs(mine), 1.0), (path.stem, name, total, mine)
        metadata = pyarrow.parquet.read_schema(path).metadata
        for name in table.columns:
            for ending, wanted in [("_w", b"W"), ("_j", b"J"), ("_s", b"s"), ("_va", b"VA"), ("_m2", b"m2")]:
                if name.endswith(ending):
                    unit = metadata.get(f"{name}.unit".encode())
                    assert unit == wanted, (path.stem, name, unit)
    return kinds


def points(path: Path):
    """Longitudes and latitudes of a GeoJSON file, read as plain JSON."""
    features = json.loads(path.read_text(encoding="utf-8"))
    assert features["type"] == "FeatureCollection"
    return [tuple(feature["geometry"]["coordinates"]) for feature in features["features"]]


def same_points(geojson: Path, geoparquet: Path) -> None:
    """GeoJSON and GeoParquet hold the same points; geopandas reads both, where it is installed."""
    try:
        import geopandas
    except ImportError:
        geopandas = None
    for path in sorted(geojson.glob("*.geojson")):
        plain = points(path)
        assert plain and all(113.0 < lon < 115.5 and 22.0 < lat < 23.5 for lon, lat in plain), path.stem
        meta = pyarrow.parquet.read_schema(geoparquet / f"{path.stem}.parquet").metadata
        assert json.loads(meta[b"geo"])["version"].startswith("1."), path.stem
        if geopandas is None:
            continue
        for frame in [geopandas.read_file(path), geopandas.read_parquet(geoparquet / f"{path.stem}.parquet")]:
            assert frame.crs is not None and len(frame) == len(plain), path.stem
            found = list(zip(frame.geometry.x, frame.geometry.y))
            # GeoJSON is rounded to a centimetre or so.
            assert all(abs(a - c) < 2e-7 and abs(b - d) < 2e-7 for (a, b), (c, d) in zip(found, plain)), path.stem


csv_dir, parquet_dir, geojson_dir, geoparquet_dir = map(Path, sys.argv[1:5])
print(same_tables(csv_dir, parquet_dir), "kinds agree")
same_points(geojson_dir, geoparquet_dir)
print("points agree")
