"""How to run an artefact, in transformers, llama.cpp, Ollama and an OpenAI client: the part of the card a person copies from."""

from __future__ import annotations

from burnish.export.job import Job

_OPENAI = """An OpenAI client, against either server:

```python
from openai import OpenAI

client = OpenAI(base_url="{url}", api_key="none")
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello"}}],{extra}
)
print(answer.choices[0].message.content)
```"""


def usage_of(job: Job, kind: str, base: str) -> str:
    """Return the section on use of one kind."""
    switch = "enable_thinking=False, " if job.version.chat.thinks else ""
    think = (
        "\n\nThis model can think. It was trained with thinking off for rows without a thought; programs leave it on unless told, "
        "as the calls here do."
        if switch
        else ""
    )
    body = {"adapter": _adapter, "merged": _merged, "gguf": _gguf, "ollama": _ollama}[kind](job, base, switch)
    return f"## How to run it\n\n{body}{think}"


def _answer(switch: str) -> str:
    return f"""prompt = tokenizer.apply_chat_template(
    [{{"role": "user", "content": "Hello"}}], add_generation_prompt=True, {switch}return_dict=True, return_tensors="pt"
)"""


def _adapter(job: Job, base: str, switch: str) -> str:
    stops = list(job.version.chat.stop_ids)
    return f"""With transformers and peft (put the base model's folder or name in place of `{base}`):

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("THIS_FOLDER")
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), "THIS_FOLDER")
{_answer(switch)}
answer = model.generate(**prompt, max_new_tokens=200, eos_token_id={stops})
print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True))
```

For llama.cpp, Ollama and their OpenAI API export the same version as `gguf` or `ollama`: `burnish export gguf {job.version.label} -o DIR`."""


def _merged(job: Job, base: str, switch: str) -> str:
    del base
    return f"""With transformers:

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("THIS_FOLDER")
model = AutoModelForCausalLM.from_pretrained("THIS_FOLDER", dtype="auto")
{_answer(switch)}
answer = model.generate(**prompt, max_new_tokens=200)
print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True))
```

Any server that reads Hugging Face folders (vLLM, `transformers serve`) takes this folder as its model. For llama.cpp and Ollama
export the same version as `gguf` or `ollama`: `burnish export ollama {job.version.label} -o DIR`."""


def _gguf(job: Job, base: str, switch: str) -> str:
    del base
    adapter = (
        "\n\n`adapter.gguf` is the adapter alone, for a base that is loaded already: `llama-server -m BASE.gguf --lora adapter.gguf`. "
        "Do not load it onto model.gguf, which holds it."
        if job.version.run
        else ""
    )
    off = " --chat-template-kwargs '{\"enable_thinking\": false}'" if switch else ""
    client = _OPENAI.format(url="http://127.0.0.1:8080/v1", model="model.gguf", extra="")
    return f"""With llama.cpp, which uses the chat template in the file:

```console
$ llama-server -m model.gguf --jinja{off}
```{adapter}

{client}

For Ollama export the same version as `ollama`, which writes its template too: `burnish export ollama {job.version.label} -o DIR`."""


def _ollama(job: Job, base: str, switch: str) -> str:
    del job, base, switch
    client = _OPENAI.format(url="http://127.0.0.1:11434/v1", model="my-model", extra="").replace("either server", "Ollama")
    return f"""With Ollama, in this folder:

```console
$ ollama create my-model -f Modelfile
$ ollama run my-model "Hello"
```

{client}

With llama.cpp: `llama-server -m model.gguf --jinja`."""
