"""Near-same prompts: the same question twice is found, another number or name is another question."""

from __future__ import annotations

import random

import pytest

from burnish.data.near import THRESHOLD, near_clusters
from toys import SEED

SAME = [
    ("What is the capital of Japan?", "what is the capital of japan"),
    ("Please tell me how a lighthouse works at night.", "Please, tell me how a lighthouse works at night!"),
    ("Could you please tell me how a lighthouse works at night?", "Could you please tell me how a light house works at night?"),
    (
        "Write a polite email to my landlord about the broken heating.",
        "Write a polite e-mail to my landlord about the broken heating.",
    ),
    ("Straße 5", "STRASSE 5"),
    ("???", "???"),
    ("日本の首都はどこですか、教えてください", "日本の首都はどこですか。教えてください"),
]
OTHER = [
    ("Which colour has door 1?", "Which colour has door 2?"),
    (
        "What was sold in the market of the old town in the year 1893?",
        "What was sold in the market of the old town in the year 1894?",
    ),
    ("Who is the harbour master of the old port of Vell today?", "Who is the harbour master of the old port of Bell today?"),
    (
        "In the long report on the harbour, does Anna owe money to Bertha?",
        "In the long report on the harbour, does Bertha owe money to Anna?",
    ),
    (
        "How do I get from platform 3 to platform 5 in the main station?",
        "How do I get from platform 5 to platform 3 in the main station?",
    ),
    (
        "Write the answer to the question in exactly two long sentences.",
        "Write the answer to the question in exactly ten long sentences.",
    ),
    ("Explain in one sentence why the sky is blue.", "Tell me a joke about a lighthouse."),
    ("!!!", "???"),
    ("駅の3番線はどこですか、教えてください", "駅の4番線はどこですか、教えてください"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_the_same_question_is_one_cluster(a, b):
    """Case, punctuation, spacing and small slips make no other question."""
    assert near_clusters([a, b]) == [0, 0]


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_another_number_or_name_is_another_question(a, b):
    """Prompts that differ in a number, a count or a name, or in their order, are different questions."""
    assert near_clusters([a, b]) == [0, 1]


def test_clusters_are_numbered_by_first_appearance():
    """Clusters are counted from 0 in the order of their first prompt, and chains are one cluster."""
    assert near_clusters(["What is a dog?", "Why?", "what is a dog", "How?", "why"]) == [0, 1, 0, 2, 1]
    assert near_clusters([]) == []


def test_a_shared_instruction_makes_no_two_inputs_the_same():
    """A long instruction before each input does not make the inputs near-same."""
    instruction = (
        "Say whether the mood of the following words of a customer is good or bad, and answer with one word only, please."
    )
    prompts = [f"{instruction}\n\n{words}" for words in ("lovely place", "never again", "the soup was cold", "warm welcome")]

    assert near_clusters(prompts) == [0, 1, 2, 3]
    assert near_clusters([instruction] * 4) == [0, 0, 0, 0]


def overlap(a, b):
    """Return the Jaccard overlap of two texts' 5-grams, the slow and plain way."""
    one, other = ({text[i : i + 5] for i in range(max(1, len(text) - 4))} for text in (a, b))
    return len(one & other) / len(one | other)


def test_the_fast_search_finds_what_the_slow_one_finds():
    """On 300 random prompts with many near pairs, the clusters are those of comparing every pair."""
    chance = random.Random(SEED)
    vocabulary = ["lamp", "river", "house", "green", "walk", "under", "bread", "quick", "stone", "cloud", "table", "music"]
    prompts = [" ".join(chance.choices(vocabulary, k=chance.randint(6, 14))) for _ in range(60)]
    for _ in range(240):
        words = chance.choice(prompts).split()
        words[chance.randrange(len(words))] = chance.choice(vocabulary)
        prompts.append(" ".join(words))
    parent = list(range(len(prompts)))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, a in enumerate(prompts):
        for j in range(i):
            if overlap(a, prompts[j]) >= THRESHOLD:
                parent[max(root(i), root(j))] = min(root(i), root(j))
    roots = [root(i) for i in range(len(prompts))]
    order = list(dict.fromkeys(roots))

    assert len(order) < 200
    assert [order.index(one) for one in roots] == near_clusters(prompts)


def test_5000_prompts_of_one_pattern_are_kept_apart():
    """5,000 prompts that differ in a number or a name are 5,000 questions, and 5,000 copies are one."""
    doors = [f"Which colour has door {i}?" for i in range(5000)]
    names = [f"Who lives in the house of {chr(65 + i % 26)}{'aeiou'[i % 5]}l{i // 26 * 'b'} by the river?" for i in range(300)]

    assert list(range(5000)) == near_clusters(doors)
    assert list(range(300)) == near_clusters(names)
    assert near_clusters([f"Which colour has the door{'!' * (i % 7)}" for i in range(5000)]) == [0] * 5000


def test_long_prompts_are_compared_by_a_sample():
    """Two long texts with one word changed are one question; two other long texts are two; neither takes long."""
    chance = random.Random(SEED)
    words = ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(9000)]
    other = ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(9000)]
    changed = [*words[:100], "changed", *words[101:]]

    assert near_clusters([" ".join(words), " ".join(changed), " ".join(other), "a" * 1_000_000]) == [0, 0, 1, 2]
