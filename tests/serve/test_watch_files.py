"""The dashboard and the alert rules: every expression parses, and asks for series that a server really exposes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import promql_parser
import pytest
import yaml

from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from burnish.serve.watch.told import Shortened
from serve.test_watch_drift import answer, report
from serve.watching import Versions, chat, metrics, settled

FOLDER = Path(__file__).parents[2] / "docs" / "watching"
CHAT = "/v1/chat/completions"
PROMETHEUS = {("up", (("instance", "a"), ("job", "burnish")))}
"""What Prometheus itself adds."""


def panels():
    """Return every panel of the dashboard that asks for something."""
    return [one for one in json.loads((FOLDER / "dashboard.json").read_text())["panels"] if one["type"] != "row"]


def rules():
    """Return every alert rule."""
    return [one for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for one in group["rules"]]


def expressions():
    """Return (where, expression) of both files, Grafana's own variables filled in."""
    board = json.loads((FOLDER / "dashboard.json").read_text())
    found = [(one["title"], target["expr"]) for one in panels() for target in one["targets"]]
    asked = re.fullmatch(r"label_values\((.*), (.*)\)", board["templating"]["list"][1]["query"]["query"])
    found.append(("variable", f"count by ({asked[2]}) ({asked[1]})"))
    found += [(one["name"], one["expr"]) for one in board["annotations"]["list"]]
    found += [(one["alert"], one["expr"]) for one in rules()]
    return [(where, text.replace("$__rate_interval", "5m").replace("$version", ".*")) for where, text in found]


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    """Return the series of a server that has seen everything once."""
    app = make_app(Versions(), Rules())
    app.watch.report = {"one": report(tmp_path_factory.mktemp("kept") / "after.json", [answer(tokens=4)] * 40)}.get
    with running(app) as url, httpx.Client(base_url=url) as client:
        for body in (*[chat("say 3", n=15)] * 3, chat("fail"), chat("say 1", "full"), chat("say 1", temperature=9)):
            client.post(CHAT, json=body)
        settled(app.watch)
        telling = app.watch.begin("one", CHAT)
        telling.reached("live", "one", places=2, room=100)
        telling.shortened, telling.status = Shortened(before=9, after=5, method="drop", facts_lost=1), 200
        app.watch.end(telling)
        for event in ("loaded", "failed", "closed"):
            app.watch.engine(event, "one", 1.0)
        yield set(metrics(url)) | PROMETHEUS


def missing(expression, exposed):
    """Return the selectors and labels of an expression that no exposed series has."""
    wrong, labels = [], {"le", "instance", "job"}

    def visit(node):
        if isinstance(node, promql_parser.VectorSelector):
            found = [
                pairs
                for name, pairs in exposed
                if name == node.name and all(fits(one, dict(pairs)) for one in node.matchers.matchers)
            ]
            labels.update(name for pairs in found for name, _ in pairs)
            wrong.extend([] if found else [node.prettify()])
        return True

    def group(node):
        for part in (getattr(node, "modifier", None), getattr(getattr(node, "modifier", None), "matching", None)):
            wrong.extend(one for one in getattr(part, "labels", None) or () if one not in labels)
        return True

    tree = promql_parser.parse(expression)
    promql_parser.walk(tree, visit, group)
    return wrong, labels


def fits(matcher, labels):
    """Return whether labels pass one matcher, as Prometheus reads it: a pattern must match the whole value."""
    value, kind = labels.get(matcher.name, ""), str(matcher.op)
    if "Re" in kind:
        return bool(re.fullmatch(matcher.value, value)) != ("Not" in kind)
    return (value == matcher.value) != ("Not" in kind)


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_every_expression_asks_for_what_is_there(where, expression, exposed):
    """It parses, each of its selectors finds a real series, and it groups and joins by labels that these have."""
    assert ([], True) == (missing(expression, exposed)[0], bool(where))


@pytest.mark.parametrize(
    "wrong",
    ["sum(vllm:num_requests_runing)", 'burnish:requests_total{outcome="lost"}', 'vllm:request_success_total{engine="0"}',
     "sum by (user) (burnish:answers_total)", "burnish:ready and on (node) burnish:ready", 'up{job="vllm"}'],
)  # fmt: skip
def test_a_wrong_name_or_label_is_found(wrong, exposed):
    """A name that is not exposed, a value that never occurs, a label that does not exist: each is seen by this check."""
    assert missing(wrong, exposed)[0]


def test_words_in_legends_and_summaries_name_labels_that_are_there(exposed):
    """`{{version}}` in a legend or a summary is a label of its expression."""
    texts = [(target["expr"], target["legendFormat"]) for one in panels() for target in one["targets"]]
    texts += [(one["expr"], " ".join(one["annotations"].values())) for one in rules()]
    for expression, text in texts:
        labels = missing(expression.replace("$__rate_interval", "5m").replace("$version", ".*"), exposed)[1]
        named = re.findall(r"\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}", text)
        assert set(named) <= labels, (expression, text)


def test_the_dashboard_can_be_imported_anywhere():
    """Ids are unique, every panel and target takes the data source of the variable, none lies over another, and each says its unit."""
    board = json.loads((FOLDER / "dashboard.json").read_text())
    ids = [one["id"] for one in board["panels"]]
    variables = {one["name"]: one for one in board["templating"]["list"]}
    cells = [(x, y) for one in board["panels"] for p in [one["gridPos"]] for x in range(p["x"], p["x"] + p["w"])
             for y in range(p["y"], p["y"] + p["h"])]  # fmt: skip

    assert len(ids) == len(set(ids)) > 20
    assert "datasource" == variables["datasource"]["type"] and "prometheus" == variables["datasource"]["query"]
    sources = [one["datasource"] for one in panels()] + [t["datasource"] for one in panels() for t in one["targets"]]
    assert {"${datasource}"} == {one["uid"] for one in [*sources, variables["version"]["datasource"]]}
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24
    assert all(one["fieldConfig"]["defaults"]["unit"] and one["targets"] for one in panels())
    assert all(len({t["refId"] for t in one["targets"]}) == len(one["targets"]) for one in panels())


def test_every_alert_says_what_to_do():
    """Each rule has its own name, a severity, what is wrong and what to look at; every case that was promised has one."""
    names = [one["alert"] for one in rules()]
    promised = {"BurnishErrors", "BurnishQueueLong", "BurnishFirstTokenSlow", "BurnishRefusalsDrift", "BurnishLengthDrift",
                "BurnishNaturalStopsFall", "BurnishNotReady", "BurnishVersionNotLoaded"}  # fmt: skip

    assert len(names) == len(set(names)) and promised <= set(names)
    assert all({"summary", "description"} == set(one["annotations"]) for one in rules())
    assert {"critical", "warning"} == {one["labels"]["severity"] for one in rules()}


def test_the_scrape_configuration_names_what_the_rules_ask_for():
    """The job of prometheus.yml is the one that the alerts name, its port the default one, its rule file beside it."""
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    job = settings["scrape_configs"][0]

    assert ("burnish", ["127.0.0.1:8011"]) == (job["job_name"], job["static_configs"][0]["targets"])
    assert all((FOLDER / one).exists() for one in settings["rule_files"])
