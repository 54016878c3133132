"""Which templates are proven to write each turn by itself; whatever may carry something from turn to turn is not."""

import pytest
from tokens_toys import TEMPLATES

from burnish.tokens.turnwise import Turns, turnwise

NOT = {
    *(
        "Mistral-Small-3.2-24B-Instruct-2506",
        "mistralai-Mistral-Nemo-Instruct-2407",
        "Qwen-Qwen3-0.6B",
        "qwen3",
        "qwen3_training",
    ),
    *("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "deepseekv3", "gptoss"),
}
"""Templates that look beyond a turn, read off each by a person: for the last question, for how many turns there were, for a flag set earlier."""
LOOP = "{%% for m in messages %%}%s{{ m.content }}{%% endfor %%}"
PLAIN = (
    "{% for m in messages %}{{ m.role }}{{ m['content'] | trim }}{% if not loop.last %}{{ eos_token }}{% endif %}{% endfor %}",
    "{% if messages[0].role == 'system' %}{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}"
    + LOOP.replace("messages", "rest") % "{% if loop.index0 % 2 == 0 or loop.index == 1 %}{{ raise_exception('no') }}{% endif %}",
    "{% for m in messages %}{% if loop.first or messages[loop.index0 - 1]['role'] != 'tool' %}{{ m.content }}{% endif %}{% endfor %}",
    "{% macro write(m) %}{{ m.content.strip() }}{% endmacro %}{{ messages[-1].role }}{% for m in messages %}{{ write(m) }}{% endfor %}",
    "{% set ns = namespace(found=false) %}{% set ns.found = true %}{% for m in messages %}{{ ns.found }}{% endfor %}",
    "{{ ['a', 'b'] | reject('equalto', 'a') | join(', ') }}{% for m in messages %}{{ m.content }}{% endfor %}",
    "{{ strftime_now('%d %b %Y') }}" + LOOP % "",
    "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}",
)
OTHERS = (
    "{% for m in messages[::-1] %}{{ m.content }}{% endfor %}",
    "{% for m in messages[1:-1] %}{{ m.content }}{% endfor %}",
    "{% for m in messages[3:] %}{{ m.content }}{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index0 % 2 }}{% endfor %}",
    "{% for m in messages %}{{ m.role }}{% endfor %}{% for m in messages %}{{ m.content }}{% endfor %}",
    "{% for x in 'ab' %}{% for m in messages %}{{ m.content }}{% endfor %}{% endfor %}",
    "{% filter trim %}{% for m in messages %}{{ m.content }}{% endfor %}{% endfilter %}",
    "{% set all %}{% for m in messages %}{{ m.content }}{% endfor %}{% endset %}{{ all | trim }}",
    "{% macro all() %}{% for m in messages %}{{ m.content }}{% endfor %}{% endmacro %}{{ all() | length }}",
    "{% set ns = namespace(n=0) %}" + LOOP % "{% set ns.n = ns.n + 1 %}{{ ns.n }}",
    "{% set ns = namespace(n=0) %}{% macro count() %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{% endmacro %}" + LOOP % "{{ count() }}",
    "{% set more = cycler('a', 'b', 'c') %}" + LOOP % "{{ more.next() }}",
    "{% set names = ['a', 'b'] | map('upper') %}" + LOOP % "{{ names | join }}",
    "{% set last = messages | selectattr('role', 'equalto', 'user') | list %}" + LOOP % "{% if m == last[-1] %}x{% endif %}",
    "{% set rest = messages[1:] %}{% set rest = rest[1:] %}{% set rest = rest[1:] %}" + LOOP % "{{ rest[2].content }}",
    *(
        LOOP % body
        for body in (
            "{{ messages | length }}",
            "{% if messages | length > 3 %}x{% endif %}",
            "{{ messages[3].content }}",
            "{{ messages[-3].content }}",
            "{{ messages[loop.index0 - 1].content }}",
            "{{ messages[loop.index0 - 2].role }}",
            "{{ messages[m.content | length].role }}",
            "{{ messages | tojson }}",
            "{{ loop.index }}",
            "{% if loop.index0 > 3 %}x{% endif %}",
            "{% if 3 < loop.index0 %}x{% endif %}",
            "{{ loop.index0 % 3 }}",
            "{{ loop.length }}",
            "{{ loop.revindex }}",
            "{{ loop.previtem.content }}",
            "{{ loop.changed(m.role) }}",
            "{{ loop.cycle('a', 'b') }}",
            "{% set outer = loop %}{{ outer.index }}",
            "{% if m.role == 'tool' %}{% break %}{% endif %}",
            "{{ strftime_now('%d') }}",
            "{{ ['a', 'b'] | random }}",
            "{{ lipsum() }}",
            "{{ self }}",
            "{% include 'x' %}",
            "{% set ns = m %}{{ ns.get(*messages) }}",
        )
    ),
    "{{ strftime_now('%d %b %H:%M') }}" + LOOP % "",
    "{{ strftime_now(form) }}" + LOOP % "",
    "{% for m in messages",
    "{" * 200_000,
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_templates_that_look_beyond_a_turn_are_known(template):
    """Of the 34 that are served 26 are proven, and the eight that a person finds to look further are not."""
    assert (template.stem not in NOT) == (turnwise(template.read_text(encoding="utf-8")) is not None)


@pytest.mark.parametrize("template", PLAIN)
def test_what_stays_within_a_turn_is_proven(template):
    """Roles, words, first and last, odd and even, a neighbour's role; and what is set before the turns for all of them."""
    assert Turns("% 2" in template) == turnwise(template)


@pytest.mark.parametrize("template", OTHERS, ids=range(len(OTHERS)))
def test_what_may_reach_beyond_a_turn_is_not_proven(template):
    """Counters, numbers of turns, the words of others, generators, chance, the time, and what is no template."""
    assert turnwise(template) is None
