"""llama.cpp answers as the reference does, from a child that only the gateway reaches. Skipped where its wheel is not installed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from burnish.errors import ModelError
from burnish.records.conversation import Message
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.app import make_app
from burnish.serve.engine import Ask
from burnish.serve.gguf_files import Files
from burnish.serve.guard import Rules
from burnish.serve.llamacpp import _body
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.reference import Reference
from burnish.serve.server import running
from model.toy_gguf import toy_llama, write_gguf
from registry.toy_runs import fill
from serve.test_versions import ask, streamed
from serve.watching import samples, total
from toys import toy_tokenizer_files

pytest.importorskip("xllamacpp")


def tokenizer_files(folder):
    """Write the tokenizer of the toy GGUF: bytes, a double space, "ab", and the special tokens."""
    toy_tokenizer_files(folder)
    path = folder / "tokenizer.json"
    found = json.loads(path.read_text())
    words = [word for word, _ in sorted(found["model"]["vocab"].items(), key=lambda one: one[1])]
    specials = [one["content"] for one in found["added_tokens"]]
    words = [word for word in words if word not in specials] + ["ĠĠ", "ab"]
    found["model"] |= {"vocab": {word: i for i, word in enumerate(words)}, "merges": [["Ġ", "Ġ"], ["a", "b"]]}
    found["added_tokens"] = [one | {"id": len(words) + i} for i, one in enumerate(found["added_tokens"])]
    digits = {"type": "Digits", "individual_digits": True}
    found["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, found["pre_tokenizer"] | {"use_regex": True}]}
    path.write_text(json.dumps(found))


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """Return (home, base's label and two versions', {label: GGUF}): each version merged into the toy and written as GGUF."""
    import torch
    from peft import LoraConfig, get_peft_model

    from burnish.model.folder import weights_hash

    folder = tmp_path_factory.mktemp("merged")
    base = folder / "base"
    toy_llama().save_pretrained(base)
    tokenizer_files(base)
    home = make_home(folder)
    registry = Registry(home)
    files = {"base": write_gguf(folder / "base.gguf", toy_llama())}
    for seed in (1, 2):
        run_id, run_folder = registry.new_run()
        run = fill(registry, run_id, run_folder)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            tuned = get_peft_model(
                toy_llama(), LoraConfig(r=4, target_modules=["q_proj", "v_proj", "up_proj"], task_type="CAUSAL_LM")
            )
            for name, weight in tuned.named_parameters():
                if "lora_" in name:
                    torch.nn.init.normal_(weight, std=0.4)
        tuned.save_pretrained(run_folder / "adapter")
        digest = hashlib.sha256((run_folder / "adapter" / "adapter_model.safetensors").read_bytes()).hexdigest()
        registry.add(dataclasses.replace(run, base_model=str(base), base_hash=weights_hash(base), adapter_hash=digest))
        files[run_id] = write_gguf(folder / f"{seed}.gguf", tuned.merge_and_unload())
    registry.promote(list(files)[1], "first")
    return home, list(files), files


def llamacpp(files, **size):
    """Return what makes engines of these files."""
    from burnish.serve.llamacpp import LlamaCpp, Size

    return lambda opened: LlamaCpp(
        opened, Files(place=Path(), named=files).of(opened), Size(threads=1, slots=4, context=128, **size)
    )


@pytest.fixture(scope="module")
def both(merged):
    """Serve the same versions by llama.cpp and by the reference; return two clients and the pool of the first."""
    home, _, files = merged
    pools = [Pool(Shelf(str(home), None), make, first="live") for make in (llamacpp(files), Reference)]
    with (
        running(make_app(pools[0], Rules())) as one,
        running(make_app(pools[1], Rules())) as two,
        httpx.Client(base_url=one, timeout=60) as fast,
        httpx.Client(base_url=two, timeout=60) as slow,
    ):
        yield fast, slow, pools[0]


def test_each_version_answers_as_the_reference_does(merged, both):
    """Base and two versions, unmistakable, say by llama.cpp what they say by transformers and PEFT, whole and streamed."""
    _, labels, _ = merged
    fast, slow, _ = both

    def answers(http, how):
        # Half a letter, where the limit cuts one, is written by the reference only.
        return {
            label: (text.rstrip("\N{REPLACEMENT CHARACTER}"), of)
            for label in labels
            for text, of in [how(http, label, "hi  12", 10)]
        }

    expected = answers(slow, ask)

    assert 3 == len({text for text, _ in expected.values()})
    assert expected == answers(fast, ask)
    assert expected == answers(fast, streamed)


def test_logprobs_usage_and_seeds_agree(both):
    """Log-probabilities agree with the reference to 0.01 nat, usage exactly; a seed repeats an answer."""
    fast, slow, _ = both
    asked = {"model": "live", "messages": [{"role": "user", "content": "hi  12"}]}
    body = asked | {"max_tokens": 1, "logprobs": True, "top_logprobs": 3}
    one, two = (http.post("/v1/chat/completions", json=body).json() for http in (fast, slow))
    tops = [[top["logprob"] for top in found["choices"][0]["logprobs"]["content"][0]["top_logprobs"]] for found in (one, two)]
    drawn = body | {"temperature": 1.0, "seed": 3, "max_tokens": 12, "logprobs": False, "top_logprobs": None}
    texts = [fast.post("/v1/chat/completions", json=drawn | {"seed": seed}).json()["choices"][0]["message"] for seed in (3, 3, 4)]

    assert tops[0] == pytest.approx(tops[1], abs=0.01)
    assert {k: v for k, v in one["usage"].items() if k.endswith("tokens")} == {
        k: v for k, v in two["usage"].items() if k.endswith("tokens")
    }
    assert texts[0] == texts[1] != texts[2]


def test_recalled_rows_are_read_as_the_reference_reads_them(merged):
    """A version that puts a row before each question: the same answer and the same usage by both engines, and another than without."""
    home, labels, files = merged

    class Recalling(Shelf):
        def open(self, label):
            opened = super().open(label)
            row = (Message(role="user", content="1 2?"), Message(role="assistant", content="ab 7"))
            return dataclasses.replace(opened, chat=opened.chat.recalling(lambda turns: [*turns[:-1], *row, turns[-1]]))

    asked = {"model": labels[1], "messages": [{"role": "user", "content": "hi  12"}], "max_tokens": 10}
    found = []
    for shelf, make in ((Recalling, llamacpp(files)), (Recalling, Reference), (Shelf, Reference)):
        with (
            running(make_app(Pool(shelf(str(home), None), make), Rules())) as url,
            httpx.Client(base_url=url, timeout=60) as http,
        ):
            answer = http.post("/v1/chat/completions", json=asked).json()
            text = answer["choices"][0]["message"]["content"].rstrip("\N{REPLACEMENT CHARACTER}")
            found.append((text, answer["usage"]["prompt_tokens"]))

    assert found[0] == found[1]
    assert found[1][0] != found[2][0]
    assert found[1][1] > found[2][1]


def test_a_beginning_seen_before_is_not_read_again(both):
    """The second time most of a prompt's tokens are told as cached."""
    fast, _, _ = both
    body = {"model": "live", "messages": [{"role": "user", "content": "the same beginning"}], "max_tokens": 1}
    for _ in range(2):
        found = fast.post("/v1/chat/completions", json=body).json()["usage"]

    assert found["prompt_tokens_details"]["cached_tokens"] >= found["prompt_tokens"] // 2


def test_a_schema_is_kept_to(both):
    """llama.cpp keeps an answer to a JSON schema."""
    fast, _, _ = both
    form = {"type": "json_schema", "json_schema": {"schema": {"enum": ["red", "blue"]}}}
    body = {"model": "base", "messages": [{"role": "user", "content": "hi"}], "response_format": form, "max_tokens": 20}

    assert json.loads(fast.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]) in {"red", "blue"}


def test_only_the_gateway_reaches_the_engine(both):
    """The engine listens on loopback, and without the gateway's own key it answers nothing."""
    _, _, pool = both
    engine = pool._held[pool.live].engine
    url = str(engine._http.base_url)

    assert url.startswith("http://127.0.0.1:")
    assert 401 == httpx.post(f"{url}/completion", json={"prompt": [1], "n_predict": 1}).status_code
    assert 401 == httpx.get(f"{url}/v1/models", headers={"Authorization": "Bearer any"}).status_code


def test_no_engine_ever_holds_an_adapter_that_could_change_under_its_prompt_cache(merged, both):
    """Each version has an engine of its own without adapters: llama.cpp reuses a prompt's cache across a change of their scale."""
    _, labels, _ = merged
    fast, _, pool = both
    for label in labels:
        ask(fast, label)
    engines = [pool._held[label].engine for label in labels]
    urls = [str(engine._http.base_url).rstrip("/") + "/lora-adapters" for engine in engines]
    held = [httpx.get(url, headers=dict(engine._http.headers)).json() for url, engine in zip(urls, engines, strict=True)]

    assert 3 == len({engine._child.pid for engine in engines})
    assert [[], [], []] == held
    assert {"lora": []}.items() <= _body(Ask(prompt=(1,), stop_ids=(), max_tokens=1)).items()


def test_an_engine_that_dies_is_told_and_the_gateway_lives(merged):
    """When the child is killed, its version gets an error in OpenAI's shape, /health says so, and other versions answer."""
    home, labels, files = merged
    pool = Pool(Shelf(str(home), None), llamacpp(files), first="live")
    with running(make_app(pool, Rules())) as url, httpx.Client(base_url=url, timeout=60) as http:
        ask(http, labels[1])
        pool._held[labels[1]].engine._child.kill()
        pool._held[labels[1]].engine._child.wait()
        body = {"model": labels[1], "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
        dead = http.post("/v1/chat/completions", json=body)
        well = http.get("/health")
        other = ask(http, labels[2])

    assert (502, "engine_failed") == (dead.status_code, dead.json()["error"]["code"])
    assert 503 == well.status_code
    assert labels[2] == other[1]


def test_an_arm_whose_engine_dies_costs_nobody_an_answer_and_not_the_server(merged):
    """Two versions compared by llama.cpp: people stay on theirs, feedback counts; the candidate's engine is killed, the incumbent answers."""
    home, labels, files = merged
    pool = Pool(Shelf(str(home), None), llamacpp(files), first="live")
    trial = trial_of(TrialOptions(arms=f"live:0.5,{labels[2]}:0.5"), str(home), lambda _: None)

    def said(user, **more):
        body = {"messages": [{"role": "user", "content": "hi"}], "user": user, "max_tokens": 2, **more}
        return http.post("/v1/chat/completions", json=body)

    with running(make_app(pool, Rules(), trial=trial)) as url, httpx.Client(base_url=url, timeout=60) as http:
        before = {f"u{i}": said(f"u{i}") for i in range(12)}
        arms = {user: one.headers["X-Burnish-Version"] for user, one in before.items()}
        again = {user: said(user).headers["X-Burnish-Version"] for user in arms}
        counted = http.post("/v1/feedback", json={"id": before["u0"].json()["id"], "user": "u0", "thumb": "up"}).json()["counted"]
        user = next(one for one, version in arms.items() if version == labels[2])
        pool._held[labels[2]].engine._child.kill()
        pool._held[labels[2]].engine._child.wait()
        after = [said(user, stream=stream) for stream in (False, True, False, False)]
        state, well = http.get("/v1/ab").json()["state"], http.get("/health").status_code

    assert {labels[1], labels[2]} == set(arms.values())
    assert arms == again
    assert counted
    assert [(200, labels[1])] * 4 == [(one.status_code, one.headers["X-Burnish-Version"]) for one in after]
    assert ("stopped", 200) == (state, well)


def test_a_gguf_of_other_words_is_refused(merged, tmp_path):
    """A GGUF whose tokenizer cuts the probe otherwise, or that is no GGUF, is refused when it is opened, and no child stays."""
    home, labels, files = merged
    opened = Shelf(str(home), None).open(labels[1])
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and nothing more")
    data = files["base"].read_bytes()
    other = tmp_path / "other.gguf"
    swapped = data.replace("Ġ Ġ".encode(), b"a bbb")  # another merge of as many bytes
    assert swapped != data
    other.write_bytes(swapped)

    with pytest.raises(ModelError, match="cannot load"):
        llamacpp({labels[1]: broken})(opened)
    with pytest.raises(ModelError, match="other tokens"):
        llamacpp({labels[1]: other})(opened)


def test_the_server_runs_without_torch_and_takes_its_engine_with_it(merged):
    """`burnish serve --engine llamacpp` never loads torch; SIGTERM ends it with 0, and kill -9 leaves no engine behind."""
    import psutil

    home, labels, files = merged
    named = [word for label, path in files.items() for word in ("--gguf", f"{label}={path}")]
    command = [
        sys.executable,
        "-m",
        "burnish",
        "serve",
        "--engine",
        "llamacpp",
        "--port",
        "0",
        "--home",
        str(home),
        "--json",
        *named,
    ]
    for end, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -9)):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "80"}
        ) as server:
            ready = json.loads(server.stdout.readline())
            with httpx.Client(base_url=ready["url"], timeout=60) as http:
                answer = ask(http, "live")
            children = psutil.Process(server.pid).children()
            maps = [one.path for one in psutil.Process(server.pid).memory_maps()]
            server.send_signal(end)
            server.communicate(timeout=60)
        gone = time.monotonic() + 20
        while (
            any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children) and time.monotonic() < gone
        ):
            time.sleep(0.05)

        assert labels[1] == answer[1]
        assert code == server.returncode
        assert 1 == len(children)
        assert not [path for path in maps if "libtorch" in path]
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(("load", "wanted"), [(0.0, {"GOMP_SPINCOUNT": "1000"}), (0.9, {"OMP_WAIT_POLICY": "passive"})])
def test_threads_sleep_where_others_work(load, wanted):
    """Threads that spin while they wait take the cores from other work, and from each other: only a quiet machine lets them."""
    from burnish.serve.llamacpp import waiting

    assert waiting(load) == wanted


def test_the_watch_sees_both_engines(both):
    """llama.cpp tells its places and the memory it took for them, the reference its one place; the child's memory is told beside our own."""
    for client, known in zip(both[:2], (True, False), strict=True):
        ask(client, "live", "hi  12", 10)
        found, until = (
            {},
            time.monotonic() + 20,
        )  # a request is told when its last byte has left, which is after its client has it
        while not (found and total(found, "vllm:request_generation_tokens_sum")) and time.monotonic() < until:
            time.sleep(0.05)
            found = samples(client.get("/metrics").text)
        used = [value for (name, _), value in found.items() if name == "vllm:kv_cache_usage_perc"]
        assert (known, 0) == (bool(used), sum(used))
        assert total(found, "vllm:generation_tokens_total") == total(found, "vllm:request_generation_tokens_sum") > 0
        assert not known or total(found, "burnish:children_resident_memory_bytes") > 1e6
