"""What the files may contain, and what is said about what they may not."""

from __future__ import annotations

import json
import wave
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.callers import CallerFilesError, Rehearsal, load_rehearsal
from bot.cli import app

pytestmark = pytest.mark.unit

SHOP = """
orders:
  "1033":
    {phone: "+15550107788", name: "Priya Nair", status: scheduled, delivery_date: "2026-03-14", city: Denver}
"""
EVERYTHING = """
caller_id: "+15550107788"
called_number: "+380441112233"
direction: inbound
flow: order_desk
answered_by: human
language: en
now: "2026-03-11T10:00:00+02:00"
timezone: Europe/Kyiv
line: {noise_dbfs: -50, loss: 0.0, jitter_ms: 0, echo_db: null}
turns:
  - {say: "I need to move order one zero three three."}
  - {wav: "clip.wav", text: "one zero four two"}
  - {say: "Wait, no!", barge_in_ms: 700}
  - {say: "Hello?", at_s_after_tool_start: 3.0}
  - {say: "Мой заказ", lang: ru}
  - {say: "one zero", pause_ms: 1100, then: "zero seven"}
  - {dtmf: "1042#", gap_ms: 300}
  - {silence_s: 20}
  - {hang_up: true}
"""


class Folder:
    """Files of one test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.script = self.write("script.yaml", "turns: [{say: hello}]")
        self.shop = self.write("shop.yaml", SHOP)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path

    def problems(self, **files: object) -> list[str]:
        """All problems, with the folder's path taken off."""
        with pytest.raises(CallerFilesError) as caught:
            self.load(**files)
        return [text.replace(f"{self.path}/", "") for text in caught.value.problems]

    def load(self, **files: object) -> Rehearsal:
        return load_rehearsal(**{"script": self.script, "shop": self.shop, **files})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write_wav(path: Path, *, width: int = 2, rate: int = 16_000, frames: int = 100) -> None:
    with wave.open(str(path), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(width)
        recording.setframerate(rate)
        recording.writeframes(b"\0" * width * frames)


def test_every_field_of_a_script_is_read(folder: Folder) -> None:
    write_wav(folder.path / "clip.wav")
    rehearsal = folder.load(script=folder.write("all.yaml", EVERYTHING))
    kinds = [type(turn).__name__ for turn in rehearsal.script.turns]
    assert kinds == ["SayTurn", "WavTurn", *["SayTurn"] * 4, "DtmfTurn", "SilenceTurn", "HangUpTurn"]
    assert rehearsal.script.line.noise_dbfs == -50
    assert rehearsal.now == datetime.fromisoformat("2026-03-11T08:00:00+00:00")
    assert rehearsal.today == date(2026, 3, 11)
    assert rehearsal.language == "en"


def test_only_turns_are_required(folder: Folder) -> None:
    script = folder.load().script
    assert (script.caller_id, script.direction, script.timezone) == (None, "inbound", "Europe/Kyiv")


def test_numbers_and_dates_need_no_quotes(folder: Folder) -> None:
    script = folder.write("plain.yaml", "caller_id: +15550107788\nturns: [{dtmf: 0042}, {say: yes}, {say: 1033}]")
    shop = folder.write("plain-shop.yaml", SHOP.replace('"', ""))
    rehearsal = folder.load(script=script, shop=shop)
    assert rehearsal.script.caller_id == "+15550107788"
    turns = [turn.model_dump(exclude_defaults=True) for turn in rehearsal.script.turns]
    assert turns == [{"dtmf": "0042"}, {"say": "yes"}, {"say": "1033"}]
    orders = rehearsal.orders(date(2026, 3, 11))
    assert orders["1033"].delivery_date == date(2026, 3, 14)
    assert orders["1033"].phone == "+15550107788"


def test_without_a_shop_the_packaged_one_opens(folder: Folder) -> None:
    today = date(2026, 3, 11)
    orders = folder.load(shop=None).orders(today)
    assert orders
    assert all(order.delivery_date >= today for order in orders.values() if order.status == "scheduled")


def test_now_of_the_command_line_wins(folder: Folder) -> None:
    script = folder.write("now.yaml", 'now: "2026-03-11T23:30:00+02:00"\nturns: []')
    assert folder.load(script=script).today == date(2026, 3, 11)
    assert folder.load(script=script, now="2026-03-11T23:30:00Z").today == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("turn", "problem"),
    [
        (
            '{say: a, dtmf: "1"}',
            "turns[0]: expected a turn with exactly one of say, wav, dtmf,",
        ),
        ("{barge_in_ms: 3}", "turns[0]: expected a turn with exactly one of"),
        ("hello", "got 'hello'"),
        ("{say: a, then: b}", "turns[0]: expected pause_ms together with then"),
        ("{say: a, pause_ms: 5}", "turns[0]: expected then together with pause_ms"),
        ("{say: a, barge_in_ms: 5, at_s_after_tool_start: 1}", "not both"),
        (
            "{say: a, barge_in: 5}",
            "turns[0].barge_in: expected one of the known keys",
        ),
        ("{say: ' '}", "turns[0].say: expected text with at least one letter or digit"),
        ("{say: [a]}", "turns[0].say: expected text, got a list of 1"),
        ("{say: a, lang: de}", "turns[0].lang: expected one of uk, ru or en, got 'de'"),
        ("{say: a, barge_in_ms: 1.5}", "turns[0].barge_in_ms: expected a whole number, got the number 1.5"),
        ("{say: a, barge_in_ms: true}", "turns[0].barge_in_ms: expected a whole number, got true"),
        (
            "{say: mm, barge_in_ms: 5, backchannel: true}",
            "turns[0].backchannel: backchannels are not supported",
        ),
        ('{dtmf: "12A"}', "turns[0].dtmf: expected keys of a phone"),
        ("{silence_s: 0}", "turns[0].silence_s: expected more than 0"),
        ("{silence_s: .nan}", "turns[0].silence_s: expected a number, got '.nan'"),
        ("{silence_s: 1e999}", "turns[0].silence_s: expected a number"),
        ("{hang_up: false}", "turns[0].hang_up: expected true, got false"),
        ("{hang_up: true}, {say: a}", "expected no turn after turns[0], where the caller hangs up"),
        ("{wav: ok.wav}", "turns[0].text: expected a value, the key is missing"),
        (
            "{wav: a.wav, text: hi}",
            "turns[0].wav: expected a recording, there is no file of this",
        ),
        ("{wav: shop.yaml, text: hi}", "turns[0].wav: expected a WAV file of 16-bit samples"),
    ],
)
def test_wrong_turn_is_named(folder: Folder, turn: str, problem: str) -> None:
    write_wav(folder.path / "ok.wav")
    problems = folder.problems(script=folder.write("s.yaml", f"turns: [{turn}]"))
    assert len(problems) == 1
    assert problems[0].startswith("s.yaml: ")
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('caller_id: "0501112233"', "caller_id: expected a phone number as + and 8 to 15 digits"),
        ('caller_id: "+1555010"', "caller_id: expected a phone number"),
        ('caller_id: "+15550107788\\n"', "caller_id: expected a phone number"),
        ('now: "2026-03-11T10:00:00"', "now: expected a time with its offset"),
        ('now: "2026-13-11T10:00:00+02:00"', "now: expected a time that exists"),
        ("now: 1773216000", "now: expected a time with its offset"),
        ('timezone: "+02:00"', "timezone: expected an IANA time zone"),
        ("timezone: Europe/Kiew", "timezone: expected an IANA time zone"),
        ("direction: in", "direction: expected one of inbound or outbound, got 'in'"),
        ("line: {echo_db: -20}", "line.echo_db: echo on the line is not supported yet"),
        ("line: {loss: 2}", "line.loss: expected at most 1, got the number 2"),
        ("line: {noise_dbfs: 3}", "line.noise_dbfs: expected at most 0"),
        ("langage: en", "langage: expected one of the known keys, got 'langage': did you mean language?"),
        ("turns: []", "expected each key once, got 'turns' again"),
    ],
)
def test_wrong_field_of_a_script_is_named(folder: Folder, line: str, problem: str) -> None:
    problems = folder.problems(script=folder.write("s.yaml", f"turns: []\n{line}"))
    assert len(problems) == 1
    assert problem in problems[0]
    assert problems[0].endswith("(line 2)")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected keys with values, at least turns, got an empty file"),
        ("# nothing\n", "got an empty file"),
        ("- {say: a}", "got a list of 1"),
        ("turns: [", "expected YAML, could not read it"),
        ("turns: []\nnow: 'x\n", "(line"),
        ("turns: []\n\tlanguage: en", "(line 2)"),
        ("turns: []\n---\nturns: []", "expected YAML"),
        ("turns: !!python/name:os.system []", "got the tag tag:yaml.org,2002:python/name:os.system"),
        ("language: en", "turns: expected a value, the key is missing"),
        ("turns:", "turns: expected a list, each entry after a dash, got nothing"),
        ("turns: " + "[" * 200 + "]" * 200, "too deeply nested"),
        ("a: &a [*a]\nturns: []", "too deeply nested"),
    ],
)
def test_file_that_is_no_script_is_told_so(folder: Folder, text: str, problem: str) -> None:
    problems = folder.problems(script=folder.write("s.yaml", text))
    assert any(problem in found for found in problems)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none.yaml", "there is none at this path"),
        (".", "got a folder"),
        ("latin.yaml", "expected text in UTF-8"),
    ],
)
def test_file_that_cannot_be_read_is_told_so(folder: Folder, name: str, problem: str) -> None:
    (folder.path / "latin.yaml").write_bytes("turns: [{say: Привіт}]".encode("cp1251"))
    problems = folder.problems(script=folder.path / name)
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"1033"', '"10 33"', "orders.10 33: expected an order number of digits"),
        ("+1555", "1555", "orders.1033.phone: expected a phone number"),
        (
            "scheduled",
            "lost",
            "orders.1033.status: expected one of scheduled, out_for_delivery, delivered or cancelled",
        ),
        ("2026-03-14", "2026-02-30", "orders.1033.delivery_date: expected a day that exists"),
        ("2026-03-14", "14.03.2026", "orders.1033.delivery_date: expected a date as YYYY-MM-DD"),
        (", city: Denver", "", "orders.1033.city: expected a value, the key is missing"),
        ("city:", "town: x, city:", "orders.1033.town: expected one of the known keys"),
        ("orders:", "order:", "orders: expected a value, the key is missing"),
    ],
)
def test_wrong_shop_is_named(folder: Folder, old: str, new: str, problem: str) -> None:
    problems = folder.problems(shop=folder.write("shop.yaml", SHOP.replace(old, new, 1)))
    assert any(found.startswith(f"shop.yaml: {problem}") for found in problems)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("{tool: lookup_ordr, error: timeout}", "faults[0].tool: expected one of lookup_order, "),
        ("{tool: lookup_order}", "faults[0]: expected error or delay_s"),
        (
            "{tool: lookup_order, error: broken}",
            "faults[0].error: expected one of connection_refused",
        ),
        ("{tool: lookup_order, error: timeout, times: 0}", "faults[0].times: expected all or"),
        (
            "{tool: lookup_order, error: timeout, times: some}",
            "faults[0].times: expected all or",
        ),
        ("{tool: lookup_order, delay_s: -1}", "faults[0].delay_s: expected at least 0"),
        ("{kill_bot_at_s: -1}", "faults[0].kill_bot_at_s: expected"),
        ("{stage: llm}", "faults[0].error: expected a value, the key is missing"),
        ("{stage: ear, error: 429}", "faults[0].stage: expected one of stt, llm or tts"),
        ("{}", "faults[0]: expected a fault with exactly one of tool, kill_bot_at_s, stage, got no keys"),
    ],
)
def test_wrong_fault_is_named(folder: Folder, fault: str, problem: str) -> None:
    problems = folder.problems(faults=folder.write("f.yaml", f"faults: [{fault}]"))
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("move", "problem"),
    [
        ("{error: 200}", "moves[0].error: expected at least 400"),
        ("{raw_arguments: '{\"a'}", "moves[0]: expected name: the tool that raw_arguments are for"),
        ("{name: lookup_order}", "moves[0]: expected calls: [{name: …, arguments: {…}}] for a tool call"),
        ("{}", "moves[0]: expected say, calls, raw_arguments, delay_s, error or hang"),
        ("{calls: [{arguments: {}}]}", "moves[0].calls[0].name: expected a value, the key is missing"),
        ("{calls: [{name: a, arguments: [1]}]}", "moves[0].calls[0].arguments: expected keys with values"),
        ("{calls: []}", "moves[0].calls: expected at least 1 entry"),
    ],
)
def test_wrong_move_is_named(folder: Folder, move: str, problem: str) -> None:
    path = folder.write("m.yaml", f"moves: [{move}]")
    problems = folder.problems(llm=f"script:{path}")
    assert len(problems) == 1
    assert problem in problems[0]


def test_problems_of_all_files_come_together(folder: Folder) -> None:
    problems = folder.problems(
        script=folder.write("s.yaml", "turns: [{say: ''}, {dtmf: x}, {say: mm, then: a, lang: de}]"),
        shop=folder.path / "none.yaml",
        faults=folder.write("f.yaml", "faults: [{tool: nothing, error: never}]"),
        llm="gpt",
        now="tomorrow",
    )
    starts = sorted(problem.split(":")[0] for problem in problems)
    assert starts == [
        "--llm",
        "--now",
        "f.yaml",
        "f.yaml",
        "none.yaml",
        "s.yaml",
        "s.yaml",
        "s.yaml",
        "s.yaml",
    ]


def test_moves_keep_what_a_model_would_send(folder: Folder) -> None:
    path = folder.write("m.yaml", "moves: [{calls: [{name: find, arguments: {order_id: 1033, x: [1.5, null]}}]}]")
    rehearsal = folder.load(llm=f"script:{path}")
    assert rehearsal.moves
    calls = rehearsal.moves.moves[0].calls
    assert calls
    assert json.dumps(calls[0].arguments) == '{"order_id": 1033, "x": [1.5, null]}'


def test_lone_delay_belongs_to_the_next_move(folder: Folder) -> None:
    path = folder.write("m.yaml", "moves: [{delay_s: 2}, {say: Hello, delay_s: 0.5}, {say: Bye}, {delay_s: 9}]")
    rehearsal = folder.load(llm=f"script:{path}")
    assert rehearsal.moves
    assert [(move.say, move.delay_s) for move in rehearsal.moves.answers()] == [("Hello", 2.5), ("Bye", None)]


def test_recordings_count_from_the_scripts_folder(folder: Folder) -> None:
    (folder.path / "sub").mkdir()
    write_wav(folder.path / "sub" / "clip.wav", rate=44_100)
    folder.load(script=folder.write("sub/s.yaml", "turns: [{wav: clip.wav, text: hi}]"))
    write_wav(folder.path / "sub" / "clip.wav", width=1)
    assert "this has 8 bits" in folder.problems(script=folder.path / "sub/s.yaml")[0]
    write_wav(folder.path / "sub" / "clip.wav", frames=0)
    assert "this is empty" in folder.problems(script=folder.path / "sub/s.yaml")[0]


def test_what_only_a_written_call_can_have_is_refused_for_a_typed_one() -> None:
    ended = CliRunner().invoke(app, ["chat", "--now", "2026-03-11T10:00:00+02:00", "--shop", "shop.yaml"])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "--shop, --now: only together with --script" in ended.stderr
