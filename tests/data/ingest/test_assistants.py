"""Chats with assistants: marks of the page, what was pasted, what was made with a tool, and what an export does not hold."""

from __future__ import annotations

import json

import pytest
from exporting import taken, zipped

FIRST = "00000000-0000-4000-8000-000000000000"
ASKED = "Write a short note on the market."
FOLLOWS = "follows a message that the export does not hold whole"


def write(path, value):
    """Write a value as JSON."""
    path.write_text(json.dumps(value), "utf-8")
    return path


def message(role, *parts, kind="text", recipient="all", name=None, **metadata):
    """Return one message as ChatGPT exports it."""
    content = {"content_type": kind, "parts": list(parts)}
    if kind in ("code", "execution_output"):
        content = {"content_type": kind, "text": parts[0]}
    if kind == "thoughts":
        content = {"content_type": kind, "thoughts": [{"summary": "s", "content": part} for part in parts]}
    return {"author": {"role": role, "name": name}, "content": content, "recipient": recipient, "metadata": metadata}


def tree(*messages):
    """Return a conversation of ChatGPT: messages one after the other."""
    nodes = {"r": {"id": "r", "parent": None, "children": ["0"], "message": None}}
    for i, one in enumerate(messages):
        following = [str(i + 1)] if i + 1 < len(messages) else []
        nodes[str(i)] = {"id": str(i), "parent": "r" if i == 0 else str(i - 1), "children": following, "message": one}
    return {"title": "T", "create_time": 0.0, "mapping": nodes, "current_node": str(len(messages) - 1)}


def chatgpt(folder, *messages):
    """Return what is taken of one conversation of ChatGPT."""
    return taken("auto", write(folder / "conversations.json", [tree(*messages)]))


def canvas(verb, recipient_text, kind="code"):
    """Return a call of the canvas and its tool's answer."""
    said = message("assistant", recipient_text, kind=kind, recipient=f"canmore.{verb}_textdoc")
    return said, message("tool", "Successfully done", name=f"canmore.{verb}_textdoc")


def test_chatgpt_marks_are_read_as_its_page_shows_them(tmp_path):
    """Citations go, entities leave their names, alternatives of the page stand in their places; what the user pasted keeps old marks."""
    cite, entity = "\ue200cite\ue202turn0search3\ue201", '\ue200entity\ue202["people","Ada Kern"]\ue201'
    references = [
        {"matched_text": entity, "alt": "A. Kern"},
        {"matched_text": cite, "alt": "([x](https://x.org))"},
        {"matched_text": " "},
    ]
    found = chatgpt(
        tmp_path,
        message("user", f"What means 【12†source】 in a text? {cite}"),
        message("assistant", f"By {entity}. {cite}\n", "So it is【12†source】.", content_references=references),
    )

    assert found.rows == [["What means 【12†source】 in a text?", "By A. Kern.\n\nSo it is."]]


@pytest.mark.parametrize("kind", ["code", "text"])
def test_a_canvas_stands_in_the_answer(kind, tmp_path):
    """What is created and changed on a canvas is shown at its place, whole; code stands between fences."""
    poem = json.dumps({"name": "P", "type": "document", "content": "A market\nof words."})
    change = '{"updates":[{"pattern":"A market","multiple":false,"replacement":"One market"}'
    code = json.dumps({"name": "c", "type": "code/python", "content": "print('```')\n```\n"})
    rewrite = json.dumps({"updates": [{"pattern": ".*", "multiple": False, "replacement": r"print('\d')"}]})
    found = chatgpt(
        tmp_path,
        message("user", ASKED),
        message("assistant", "Here it is."),
        *canvas("create", poem, kind),
        message("assistant", "Do you like it?"),
        message("user", "Begin with One."),
        *canvas("update", change, kind),
        message("user", "Now a program."),
        *canvas("create", code, kind),
        message("user", "With a number."),
        *canvas("update", rewrite, kind),
        message("assistant", "Done."),
    )

    assert found.rows == [
        [
            ASKED,
            "Here it is.\n\nA market\nof words.\n\nDo you like it?",
            "Begin with One.",
            "One market\nof words.",
            "Now a program.",
            "````python\nprint('```')\n```\n````",
            "With a number.",
            "```python\nprint('\\d')\n```\n\nDone.",
        ]
    ]
    assert found.books.read == found.books.used + 4


def test_a_pattern_out_of_a_file_is_not_run(tmp_path):
    """An update by a regular expression shows its new passages; a pattern that would search for ever ends nothing."""
    document = json.dumps({"type": "document", "content": "a" * 5000 + "!"})
    evil = json.dumps({"updates": [{"pattern": "(a+)+$", "multiple": True, "replacement": "A new end."}]})
    comment = json.dumps({"comments": [{"pattern": "a", "comment": "Say it in fewer letters."}]})
    found = chatgpt(
        tmp_path,
        message("user", ASKED),
        *canvas("create", document),
        message("user", "Change it."),
        *canvas("update", evil),
        message("user", "What do you think?"),
        *canvas("comment", comment),
    )

    assert found.rows[0][3:] == ["A new end.", "What do you think?", "- Say it in fewer letters."]


def test_a_canvas_that_cannot_be_read_is_set_aside(tmp_path):
    """An answer without what it made is no answer: it goes with its question, and what builds on it; what stands before stays."""
    found = chatgpt(
        tmp_path,
        message("user", "When is it?"),
        message("assistant", "Every Thursday at nine."),
        message("user", ASKED),
        *canvas("create", '{"content": broken'),
        message("assistant", "Here is the note."),
        message("user", "Shorter, please."),
        message("assistant", "Here is a shorter one."),
    )

    assert found.rows == [["When is it?", "Every Thursday at nine."]]
    assert found.books.aside["the answer is a canvas that cannot be read"] == 3
    assert found.books.aside[FOLLOWS] == 2


IMAGE = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "width": 1}
SOUND = {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://x"}
HEARD = {"content_type": "audio_transcription", "text": "When is it?", "direction": "in"}
PLOT = {"messages": [{"message_type": "image", "image_url": "file-service://x"}]}


@pytest.mark.parametrize(
    ("asked", "answered", "reason"),
    [
        ([message("user", IMAGE, "What is this?", kind="multimodal_text")], [message("assistant", "A boat.")], "asks about a picture"),
        ([message("user", IMAGE, kind="multimodal_text")], [message("assistant", "A boat.")], "asks about a picture"),
        ([message("user", "Sum it up.", attachments=[{"id": "f", "name": "a.pdf"}])], [message("assistant", "It is short.")], "asks about a file"),
        ([message("user", "Draw a cat.")], [message("tool", IMAGE, kind="multimodal_text", name="dalle.text2im"), message("assistant", "Here it is.")], "the answer is a picture"),
        ([message("user", "Draw a cat.")], [message("assistant", IMAGE, kind="multimodal_text")], "the answer is a picture"),
        ([message("user", "Plot it.")], [message("tool", "<Figure>", kind="execution_output", aggregate_result=PLOT), message("assistant", "See the chart.")], "the answer is a picture"),
    ],
)  # fmt: skip
def test_pictures_and_files_are_not_asked_about(asked, answered, reason, tmp_path):
    """A question about what no row can hold, and an answer that is a picture, are set aside by that reason."""
    found = chatgpt(tmp_path, message("user", "When is it?"), message("assistant", "On Thursdays at nine."), *asked, *answered)

    assert found.rows == [["When is it?", "On Thursdays at nine."]]
    assert [count for why, count in found.books.aside.items() if why.startswith(reason)] == [len(asked) + len(answered)]


def test_what_was_spoken_and_pasted_is_read(tmp_path):
    """A transcript stands for a sound; a text file that lies beside the conversations belongs to its question."""
    paste = {"id": "file-7", "name": "Pasted text.txt", "mime_type": "text/plain"}
    named = {"id": "file-8", "name": "rules.md", "mime_type": ""}
    talk = tree(
        message("user", HEARD, SOUND, kind="multimodal_text"),
        message("assistant", "Every Thursday at nine."),
        message("user", "Sum up both.", attachments=[paste, named]),
        message("assistant", "No dogs."),
    )
    members = [
        ("conversations.json", json.dumps([talk])),
        ("file-7-Pasted.txt", "Dogs stay out."),
        ("file-8-rules.md", "No dogs at all."),
    ]
    found = taken("chatgpt", zipped(tmp_path / "e.zip", members))

    assert found.rows == [
        ["When is it?", "Every Thursday at nine.", "Sum up both.\n\nDogs stay out.\n\nrules.md:\nNo dogs at all.", "No dogs."]
    ]


def test_every_thought_before_an_answer_is_kept(tmp_path):
    """Thoughts in several messages, with a tool's call between, are one thought without marks."""
    found = chatgpt(
        tmp_path,
        message("user", "When is it?"),
        message("assistant", "First I look.", "Then I read.", kind="thoughts"),
        message("assistant", "search()", kind="code", recipient="web"),
        message("assistant", "Thursday \ue200cite\ue202turn0search1\ue201.", kind="thoughts"),
        message("assistant", "Every Thursday at nine."),
    )

    assert found.conversations[0].messages[1].reasoning_content == "First I look.\n\nThen I read.\n\nThursday."


def said(number, sender, *blocks, **more):
    """Return one message as Claude exports it; a text alone stands for a block of text."""
    content = [{"type": "text", "text": one} if isinstance(one, str) else one for one in blocks]
    parent = FIRST if number == 1 else str(number - 1)
    return {
        "uuid": str(number),
        "parent_message_uuid": parent,
        "sender": sender,
        "text": "x" if blocks else "",
        "content": content,
    } | more


def claude(folder, *messages):
    """Return what is taken of one conversation of Claude."""
    return taken("auto", write(folder / "conversations.json", [{"name": "N", "chat_messages": list(messages)}]))


def use(name, **given):
    """Return a call of a tool."""
    return {"type": "tool_use", "name": name, "input": given}


def pasted(words, name="paste.txt"):
    """Return a paste as Claude exports it."""
    return {"file_name": name, "file_type": "txt", "extracted_content": words}


@pytest.mark.parametrize(
    ("words", "attachments", "question"),
    [
        (["Sum it up."], [pasted("Dear all, it is closed.")], "Sum it up.\n\nDear all, it is closed."),
        ([""], [pasted("When is it? I forgot.")], "When is it? I forgot."),
        ([], [pasted("One."), pasted("Two.", "paste-2.txt")], "One.\n\nTwo."),
        (["Compare."], [pasted("A.", "a.csv"), pasted("B.", "b.csv")], "Compare.\n\na.csv:\nA.\n\nb.csv:\nB."),
        (["Sum up: It is shut."], [pasted("It is shut.")], "Sum up: It is shut."),
    ],
)
def test_what_was_pasted_belongs_to_the_question(words, attachments, question, tmp_path):
    """A paste stands with the question or is the question; files keep their names; what stands there already is not said twice."""
    found = claude(
        tmp_path,
        said(1, "human", *words, attachments=attachments, files=[{"file_name": one["file_name"]} for one in attachments]),
        said(2, "assistant", "Good, that is done."),
    )

    assert found.rows == [[question, "Good, that is done."]]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"files": [{"file_name": "boat.png"}]}, "asks about a picture, which no row of text can hold"),
        ({"files": [{"file_kind": "image", "file_uuid": "u"}]}, "asks about a picture, which no row of text can hold"),
        ({"files": [{"file_name": "plan.pdf"}]}, "asks about a file whose words are not in the export"),
        ({"attachments": [pasted("", "plan.docx")]}, "asks about a file whose words are not in the export"),
    ],
)
def test_a_file_that_is_only_named_sets_its_question_aside(more, reason, tmp_path):
    """Where only a name is left the row would ask about nothing."""
    found = claude(tmp_path, said(1, "human", "What is it?", **more), said(2, "assistant", "A boat."))

    assert (found.rows, found.books.aside) == ([], {reason: 2})


PAGE = use("artifacts", command="create", id="p", type="text/html", content="<h1>Hi</h1>")
MADE = [
    (("Here it is.", PAGE, {"type": "tool_result", "content": []}, "Done."), "Here it is.\n\n```html\n<h1>Hi</h1>\n```\n\nDone."),
    ((PAGE, use("artifacts", command="update", id="p", old_str="Hi", new_str="Ho"), "Done."), "```html\n<h1>Ho</h1>\n```\n\nDone."),
    ((use("artifacts", command="rewrite", id="q", type="text/markdown", content="# A\nnote"),), "# A\nnote"),
    ((use("artifacts", command="update", id="lost", old_str="a", new_str="The new line."), "So."), "The new line.\n\nSo."),
    ((use("create_file", path="/mnt/user-data/outputs/a.py", file_text="x = 1"), "Done."), "```py\nx = 1\n```\n\nDone."),
    ((use("create_file", path="/tmp/work.py", file_text="x = 1"), use("bash_tool", command="python"), "Done so."), "Done so."),
    ((use("create_file", path="/home/claude/n.md", file_text="A note"), use("present_files", filepaths=["/home/claude/n.md"])), "A note"),
    ((use("message_compose_v1", kind="email", variants=[{"label": "a", "body": "Dear Ann,"}]), "Send it?"), "Dear Ann,\n\nSend it?"),
    ((use("visualize:show_widget", title="t", widget_code="<svg/>"), "See."), "```html\n<svg/>\n```\n\nSee."),
    ((use("web_search", query="market"), "On Thursdays at nine."), "On Thursdays at nine."),
    (('As <cite index="1-2">it was said</cite>【1†source】.',), "As it was said."),
    (
        ("<antThinking>It is a page.</antThinking>Here:\n\n<antArtifact identifier=\"a\" type=\"text/html\" title='T'>\n<p>Hi</p>\n</antArtifact>\n\nDone.",),
        "Here:\n\n```html\n<p>Hi</p>\n```\n\nDone.",
    ),
    (
        ('<antArtifact type="application/vnd.ant.code" language="python" identifier="b">\nprint()\n',),
        "```python\nprint()\n```",
    ),
    (("The tag `<antArtifact>` begins one.\n```\n<antThinking>x</antThinking>\n```",), "The tag `<antArtifact>` begins one.\n```\n<antThinking>x</antThinking>\n```"),
]  # fmt: skip


@pytest.mark.parametrize(("blocks", "answer"), MADE)
def test_what_was_made_with_a_tool_stands_in_the_answer(blocks, answer, tmp_path):
    """Artifacts, handed-over files and drafts are shown at their places in their last state; work on the way is not."""
    found = claude(tmp_path, said(1, "human", ASKED), said(2, "assistant", *blocks))

    assert found.rows == [[ASKED, answer]]


def test_thoughts_in_the_text_of_an_older_answer_become_thoughts(tmp_path):
    """What stands between the tags of a thought is no word of the answer."""
    found = claude(
        tmp_path,
        said(1, "human", ASKED),
        said(2, "assistant", {"type": "thinking", "thinking": "First."}, "Well.<antThinking>Then so.</antThinking> It is short."),
    )

    assert found.conversations[0].messages[1].reasoning_content == "First.\n\nThen so."
    assert found.rows[0][1] == "Well. It is short."


@pytest.mark.parametrize(
    "answer",
    [
        said(2, "assistant", "Here is the page.", use("artifacts", command="create", id="x", type="text/html"), "It is done."),
        said(2, "assistant", "Here is the page.", {"type": "tool_use", "name": "artifacts", "input": None}, "It is done."),
        said(
            2,
            "assistant",
            use("bash_tool", command="make a.docx"),
            use("present_files", filepaths=["/mnt/user-data/outputs/a.docx"]),
            "Here is your file.",
        ),
        said(2, "assistant")
        | {"content": [], "text": "Here.\n```\nThis block is not supported on your current device yet.\n```\nDone."},
        said(
            2,
            "assistant",
            "Viewing artifacts created via the Analysis Tool web feature preview isn\u2019t yet supported on mobile.",
        ),
    ],
)
def test_an_answer_whose_work_is_lost_is_set_aside(answer, tmp_path):
    """An export that holds a sign in the place of what was made gives no row that says 'here it is'."""
    found = claude(tmp_path, said(1, "human", ASKED), answer)

    assert (found.rows, found.books.aside) == ([], {"what the answer made with a tool is not in the export": 2})
