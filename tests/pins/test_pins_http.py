"""What programs see of the server: paths, methods, headers, bodies, schemas and metrics."""

from __future__ import annotations

from pins.asking import metric_lines, routes, schemas


def test_paths_methods_and_headers(walk, golden):
    """Every path that is described, and of each request of a visit how it was answered, as what, and with which headers."""
    golden("http.txt", [*routes(walk.visit.described), *walk.visit.asked])


def test_the_keys_of_bodies(walk, golden):
    """Keys and types of every body that came back, of streams and errors too."""
    golden("http_bodies.txt", walk.visit.answers)


def test_the_schemas(walk, golden):
    """Names, fields, limits and defaults in openapi.json."""
    golden("http_schemas.txt", schemas(walk.visit.described))


def test_the_metrics(walk, golden):
    """Names, types and labels of all metrics but those of the process, which a library makes."""
    golden("metrics.txt", [line for line in metric_lines(walk.visit.metrics) if not line.startswith(("process_", "python_"))])
