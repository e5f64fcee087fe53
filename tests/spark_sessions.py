"""Spark on this machine, for tests."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def local_session(master: str, **settings: str) -> "SparkSession":
    """Start Spark without its pages, and with this Python; `settings` have `_` where Spark has a point."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, without which the other tests run

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(["engine", os.environ.get("PYTHONPATH", "")])
    host = "127.0.0.1"
    chosen = {"ui_enabled": "false", "driver_bindAddress": host, "driver_host": host, **settings}
    builder = SparkSession.builder.master(master)
    for name, value in chosen.items():
        builder = builder.config(f"spark.{name.replace('_', '.')}", value)
    return builder.getOrCreate()
