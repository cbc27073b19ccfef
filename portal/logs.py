"""What the portal writes to its log: one JSON object a line on stderr, and never what a person said."""

from typing import Any

import structlog


def logging_config(level: str) -> dict[str, Any]:
    """Django's LOGGING: JSON lines on stderr at `level` and above, request bodies never.

    Request lines below errors are left out: an address and a time beside an answer would name its writer.
    """
    shared = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.add_logger_name, *shared],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            "botocore": {"level": "WARNING"},
            "pikepdf": {"level": "WARNING"},
        },
    }
