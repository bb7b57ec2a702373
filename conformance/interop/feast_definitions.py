"""The view of the Feast repository that the interoperability test applies."""

from datetime import datetime, timedelta, timezone

import pandas
from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Array, Bool, Float32, Float64, Int64, String

pandas.DataFrame({"driver_id": [0], "event_timestamp": [datetime.now(timezone.utc)], "rate": [0.0]}).to_parquet(
    "drivers.parquet"
)
driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
batch = FileSource(path="drivers.parquet", timestamp_field="event_timestamp")
driver_stats = FeatureView(
    name="driver_stats",
    entities=[driver],
    ttl=timedelta(hours=1),
    source=PushSource(name="driver_push", batch_source=batch),
    schema=[
        Field(name="rate", dtype=Float32),
        Field(name="score", dtype=Float64),
        Field(name="trips", dtype=Int64),
        Field(name="city", dtype=String),
        Field(name="active", dtype=Bool),
        Field(name="embedding", dtype=Array(Float32)),
        Field(name="ids", dtype=Array(Int64)),
    ],
)
drivers = FeatureService(name="drivers", features=[driver_stats[["rate", "trips"]]])
