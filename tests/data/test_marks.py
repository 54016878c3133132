"""What other trainers' rows mark as not to be learnt is context only, or its row is refused and the key named."""

from __future__ import annotations

import json

import pytest

from burnish.data.read import read_rows
from burnish.data.write import row_line
from toys import toy_tokenizer_files, write_rows

BAD, GOOD = "Paris, of course. Everybody knows that!", "It is Paris. Happy to help."


def talk(bad=None, good=None, **beside):
    """Return a row whose first answer is the bad one, with more keys in its answers and beside its turns."""
    said = [("user", "q", {}), ("assistant", BAD, bad or {}), ("user", "Say it politely.", {}), ("assistant", GOOD, good or {})]
    return {"messages": [{"role": role, "content": words, **more} for role, words, more in said], **beside}


def spoken(bad=None, good=None, **beside):
    """Return the same row as ShareGPT has it."""
    names = {"user": "human", "assistant": "gpt"}
    turns = [
        {"from": names[one["role"]], "value": one["content"], **{key: one[key] for key in one if key not in {"role", "content"}}}
        for one in talk(bad, good)["messages"]
    ]
    return {"conversations": turns, **beside}


def alpaca(**beside):
    """Return the same row as alpaca has it."""
    return {"history": [["q", BAD]], "instruction": "Say it politely.", "output": GOOD, **beside}


def parts(**beside):
    """Return the same row as a prompt in messages and a completion."""
    said = talk(**beside)["messages"]
    return {"prompt": said[:3], "completion": said[3:]}


def read(folder, *rows):
    """Return what a file of rows is read as."""
    return read_rows(write_rows(folder / "rows.jsonl", list(rows)))


def learnt(result):
    """Return the words that are learnt, row by row."""
    return [[message.content for message in row.messages if message.is_learnt] for row in result.conversations]


MARKS = [
    ({"weight": 0}, {"weight": 1}),
    ({"weight": 0.0}, {"weight": 1.0}),
    ({"weight": "0"}, {"weight": "1"}),
    ({"loss": False}, {"loss": True}),
    ({"loss": "false"}, {"loss": "true"}),
    ({"loss_scale": 0}, {"loss_scale": 1}),
    ({"train": False}, {}),
    ({"training": "no"}, {"training": "yes"}),
    ({"Train": False}, {}),
    ({"trainable": False}, {"trainable": True}),
    ({"isTrainable": False}, {}),
    ({"loss_mask": 0}, {"loss_mask": 1}),
    ({"lossMask": 0}, {}),
    ({"step_loss_mask": 0}, {"step_loss_mask": 1}),
    ({"masked": True}, {"masked": False}),
    ({"ignore": 1}, {"ignore": None}),
    ({"train": False, "weight": 0}, {"weight": 1, "train": True}),
]


@pytest.mark.parametrize(("bad", "good"), MARKS, ids=str)
@pytest.mark.parametrize("form", [talk, spoken, parts])
def test_a_marked_turn_is_context_only(form, bad, good, tmp_path):
    """Every name of the mark, in every format with turns: the bad answer stays in the prompt and is not learnt."""
    result = read(tmp_path, form(bad=bad, good=good))

    assert learnt(result) == [[GOOD]]
    assert [message.content for message in result.conversations[0].messages][1] == BAD
    assert result.refused == ()
    assert result.unused == {}


@pytest.mark.parametrize(
    "beside",
    [
        {"loss_mask": [0, 0, 0, 1]},
        {"loss_mask": [0, 1]},
        {"loss_mask": [1, 0, 1, 1]},
        {"loss": [False, True]},
        {"weights": [0, 1]},
        {"trainable": ["no", "yes"]},
        {"train": [None, False, None, True]},
        {"masks": None, "mask_history": True},
        {"loss_scale": [0, 0.0, 0, 1.0]},
        {"masked": [True, True, True, False]},
        {"train_on_last_turn_only": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", [talk, spoken, alpaca])
def test_marks_of_a_row_as_a_list_are_obeyed(form, beside, tmp_path):
    """One mark for each turn or each answer, beside the turns."""
    result = read(tmp_path, form(**beside))

    assert learnt(result) == [[GOOD]]
    assert result.unused == {}


@pytest.mark.parametrize("form", [talk, spoken, alpaca])
@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        ({"loss_mask": [0, 1, 1]}, "fits neither"),
        ({"loss_mask": [0, 0.5]}, "nothing between"),
        ({"mask": [0, 1]}, "cannot be told"),
        ({"mask": "assistant"}, "cannot be told"),
        ({"train": False}, "the row is marked"),
        ({"weight": "0"}, "the row is marked"),
        ({"weight": 0.5}, "nothing between"),
        ({"masked": True}, "the row is marked"),
        ({"train_on_prompt": True}, "only answers are learnt"),
        ({"labels": [-100, -100, 5, 6, 7]}, "fits neither"),
        ({"assistant_masks": [0, 0, 1]}, "fits neither"),
        ({"loss_mask": [0, 0, 0, 0]}, "every answer is marked"),
    ],
    ids=str,
)
def test_what_cannot_be_obeyed_is_refused_by_its_name(form, beside, reason, tmp_path):
    """A row whose marks say more than yes or no, or say no to all of it, is refused and the key named."""
    (refused,) = read(tmp_path, form(**beside)).refused

    assert reason in refused.reason
    assert next(iter(beside)) in refused.key or "every answer" in reason
    assert refused.remedy


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        ({"weight": 0.5}, "weight"),
        ({"loss": "sometimes"}, "loss"),
        ({"loss_scale": 2}, "loss_scale"),
        ({"weight": -1}, "weight"),
        ({"mask": True}, "mask"),
        ({"mask": 0}, "mask"),
        ({"train_detail": [{"begin_offset": 0, "end_offset": 5, "train": False}]}, "train_detail"),
        ({"weight": [0, 1]}, "weight"),
        ({"weight": 0, "train": True}, "messages[1]"),
    ],
    ids=str,
)
def test_a_turns_mark_that_cannot_be_obeyed_is_refused_by_its_name(bad, key, tmp_path):
    """Weights between 0 and 1, marks on parts, marks whose sense is open, and marks that contradict each other."""
    (refused,) = read(tmp_path, talk(bad=bad)).refused

    assert key in refused.key
    assert refused.key.startswith("messages[1]")


def test_a_mark_on_a_part_of_a_turn_is_refused_by_its_name(tmp_path):
    """Content in parts, one of them not to be learnt."""
    row = talk()
    row["messages"][3]["content"] = [{"type": "text", "text": "It is"}, {"type": "text", "text": " Paris.", "train": False}]
    (refused,) = read(tmp_path, row).refused

    assert "messages[3].content[1].train" in refused.key


def test_a_turn_without_answers_to_learn_is_refused(tmp_path):
    """Where all answers are marked there is nothing to learn; a mark on a user's turn means nothing."""
    row = talk(bad={"weight": 0}, good={"weight": 0})
    asked = talk(bad={"weight": 0}, good={"weight": 1})
    asked["messages"][0]["weight"] = 0
    result = read(tmp_path, row, asked)

    assert [one.reason for one in result.refused] == ["every answer is marked as not to be learnt: there is nothing to learn"]
    assert learnt(result) == [[GOOD]]


def test_nemos_mask_of_the_user_is_what_is_done_anyway(tmp_path):
    """NeMo's `mask` names whose turns are covered."""
    assert learnt(read(tmp_path, spoken(mask="User"))) == [[BAD, GOOD]]


def test_a_mark_is_written_and_read_back_and_tells_rows_apart(tmp_path):
    """Verbs from rows to rows keep the mark; the same words with other marks are another row; the question is the learnt answer's."""
    result = read(tmp_path, talk(bad={"loss": False}), talk(), talk(good={"weight": 0}))
    again = read(tmp_path, *(json.loads(row_line(row)) for row in result.conversations))

    assert learnt(again) == learnt(result) == [[GOOD], [BAD, GOOD], [BAD]]
    assert len({row.id for row in result.conversations}) == 3
    assert [row.answer for row in result.conversations] == [GOOD, GOOD, BAD]
    assert [len(row.prompt) for row in result.conversations] == [3, 3, 1]


def test_only_the_learnt_answer_carries_loss(tmp_path):
    """In the tokens that are trained stands the good answer alone, and the bad one in its prompt."""
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat

    toy_tokenizer_files(tmp_path)
    chat = Chat(load_tokenizer(tmp_path))
    (row,) = read(tmp_path, talk(bad={"train": False})).conversations
    (sequence,) = chat.render(row).sequences
    trained = chat.decode([token for token, on in zip(sequence.ids, sequence.supervised, strict=True) if on])
    others = chat.decode([token for token, on in zip(sequence.ids, sequence.supervised, strict=True) if not on])

    assert trained == GOOD
    assert BAD in others


LABELS = [
    False,
    0,
    "0",
    -1,
    "-1",
    "false",
    "False",
    "no",
    "bad",
    "Bad ",
    "thumbs_down",
    "thumbs down",
    "rejected",
    "reject",
    "negative",
]
LABELS += ["dislike", "wrong", "incorrect", "👎", "downvote", 0.0, "undesirable"]


@pytest.mark.parametrize("label", LABELS, ids=str)
@pytest.mark.parametrize(
    "row",
    [
        talk(),
        spoken(),
        alpaca(),
        {"prompt": "q", "completion": BAD},
        {"question": "q", "answer": BAD},
        {"instruction": "q", "response": BAD},
    ],
    ids=lambda row: next(iter(row)),
)
def test_a_label_of_a_bad_answer_is_understood_however_it_is_written(row, label, tmp_path):
    """In every format, JSON's false or not."""
    (refused,) = read(tmp_path, {**row, "label": label}).refused

    assert (refused.key, refused.reason) == ("label", "this row's answer is labelled as bad")


@pytest.mark.parametrize(
    "beside",
    [
        {"kto_tag": False},
        {"desirable": "no"},
        {"feedback": "thumbs_down"},
        {"rating": "bad"},
        {"thumbs_down": True},
        {"liked": False},
    ],
    ids=str,
)
def test_other_names_of_the_label_are_known(beside, tmp_path):
    """LLaMA-Factory's and others'."""
    (refused,) = read(tmp_path, {"prompt": "q", "completion": BAD, **beside}).refused

    assert refused.key == next(iter(beside))


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "completion": "a b", "label": True},
        {"prompt": "q", "completion": "a b", "label": 1},
        {"prompt": "q", "completion": "a b", "label": "good"},
        {"prompt": "q", "completion": "a b", "label": "thumbs_up"},
        {"prompt": "q", "completion": "a b", "label": "refund"},
        {"prompt": "I hate it.", "completion": "negative", "label": "negative"},
        {"prompt": "q", "completion": "a b", "label": None},
        {"prompt": "q", "completion": "a b", "rating": 0},
        {"prompt": "q", "completion": "a b", "thumbs_down": False},
        {"prompt": "q", "completion": "a b", "labels": ["billing", "refund"]},
    ],
    ids=str,
)
def test_good_answers_and_names_of_classes_are_no_bad_labels(row, tmp_path):
    """A label that is the answer itself names its class."""
    assert read(tmp_path, row).refused == ()


@pytest.mark.parametrize("form", [talk, spoken, parts], ids=["messages", "sharegpt", "parts"])
@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"use_loss": False}, {"use_loss": True}),
        ({"trainThisTurn": 0}, {"trainThisTurn": 1}),
        ({"include_in_loss": "no"}, {"include_in_loss": "yes"}),
        ({"should_train": False}, {}),
        ({"exclude_from_training": True}, {"exclude_from_training": False}),
        ({"ignore_in_loss": 1}, {}),
        ({"not_trainable": True}, {}),
        ({"excluded": True}, {}),
        ({"is_context": True}, {}),
    ],
    ids=str,
)
def test_a_mark_under_a_name_that_nobody_listed_is_obeyed_by_its_words(form, bad, good, tmp_path):
    """The words of a name tell what it marks."""
    assert learnt(read(tmp_path, form(bad=bad, good=good))) == [[GOOD]]


@pytest.mark.parametrize("key", ["turn_loss_mask", "messageWeights", "assistant_loss_mask", "train_flags", "loss_weights"])
@pytest.mark.parametrize("marks", [[0, 0, 0, 1], [False, True]], ids=str)
def test_a_list_of_marks_under_such_a_name_is_obeyed(key, marks, tmp_path):
    """With one mark for each turn, or for each answer."""
    assert learnt(read(tmp_path, talk(**{key: marks}))) == [[GOOD]]


def test_such_a_mark_that_cannot_be_obeyed_is_refused_and_a_measured_loss_is_none(tmp_path):
    """A share of a turn, a mask whose meaning is open, numbers of turns; a text or a figure of a run is no mark."""
    for row, key in (
        (talk({"turn_weight": 0.5}), "messages[1].turn_weight"),
        (talk({"mask_loss": True}), "messages[1].mask_loss"),
        (talk(turn_masks=[0, 1]), "turn_masks"),
        (talk(turns_to_train=[3]), "turns_to_train"),
    ):
        assert [one.key for one in read(tmp_path, row).refused] == [key]
    for row in (talk(train_loss=0.53), talk(training_turns=4), talk(train_message="Hi there"), talk({"message_flags": "none"})):
        assert learnt(read(tmp_path, row)) == [[BAD, GOOD]]


@pytest.mark.parametrize(
    "label",
    [
        "👎🏽",
        "❌\ufe0f",
        "✖\ufe0f",
        "bad_response",
        "LABEL_0",
        "not desirable",
        "undesired_completion",
        "nein",
        "いいえ",
        [False],
    ],
    ids=str,
)
def test_labels_of_a_bad_answer_in_more_words_and_signs_are_understood(label, tmp_path):
    """A tone of skin, a word for answer beside it, "not" before a good word."""
    assert [one.key for one in read(tmp_path, {"prompt": "q", "completion": BAD, "label": label}).refused] == ["label"]


@pytest.mark.parametrize(
    "label", ["LABEL_1", "not bad", "no idea who wrote it", "good_response", "wrong number", [True], ["bad", "day"]]
)
def test_labels_that_only_hold_such_a_word_are_none(label, tmp_path):
    """A class may be called so."""
    assert read(tmp_path, {"prompt": "q", "completion": "a b", "label": label}).refused == ()
