"""The decision service as an application: what it answers, what it refuses, and what it says in the log."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, MutableMapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.web.service_for_tests import BODY, CLAIM, PAYER, QUERY, TOKEN, Asked, service_of

from payrule import load
from payrule.cli.main import cli
from payrule.model.schema_validator import schema
from payrule.web.service import application as module
from payrule.web.service import parameters
from payrule.web.service.application import ServiceLimits
from payrule.web.service.budget import OverBudgetError, set_alarm, within
from payrule.web.service.openapi import OPERATIONS, problems_of
from payrule.web.service.problems import KINDS
from payrule.web.serving import listening, server_of


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    with service_of() as made:
        yield made


def test_a_claim_is_answered_as_the_library_answers_it(asked: Asked) -> None:
    answer = asked.post("/v1/determinations" + QUERY, BODY)
    assert answer.status_code == 200
    assert answer.content == load().decide(CLAIM, payer=PAYER, known_on="2026-01-01").to_json()
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("line", [{"code": "1", "date": "2016-03-01"}, {"code": "97110", "date": "x"}, {}])
def test_a_line_that_cannot_be_read_loses_no_other(asked: Asked, line: dict[str, str]) -> None:
    body = json.dumps(CLAIM | {"lines": [*CLAIM["lines"], {"number": 3, **line}]})
    answer = asked.post("/v1/determinations" + QUERY, body).json()
    assert [line["number"] for line in answer["lines"] if "unreadable" in line] == [3]
    explained = [asked.post(f"/v1/explanations{QUERY}&line={number}", body).json() for number in (1, 3)]
    assert [each.get("because", "").partition(":")[0] for each in explained] == [
        "",
        "the line cannot be read, so no rule is evaluated",
    ]


def test_an_array_is_answered_by_an_array_and_an_error_in_one_is_placed(asked: Asked) -> None:
    answer = asked.post("/v1/determinations" + QUERY, json.dumps([CLAIM, CLAIM | {"id": "B"}]))
    assert [each["encounter"] for each in answer.json()] == [CLAIM["id"], "B"]
    wrong = '[{"id": "A", "lines": []},\n {"id": "B", "lines": [{"number": 1, "code": "97140", "date": "2016-02-30"}]}]'
    problem = asked.post("/v1/determinations" + QUERY, wrong)
    assert problem.status_code == 422
    assert [(each["claim"], each["line"]) for each in problem.json()["findings"]][-1] == ("B", 2)


def test_the_findings_are_those_of_the_command_line(
    asked: Asked, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = '{"id": "A", "lines": [\n  {"number": 1, "code": "97140", "date": "2016-02-30"}]}'
    (found,) = asked.post("/v1/determinations" + QUERY, wrong).json()["findings"]
    path = tmp_path / "claim.json"
    path.write_text(wrong)
    with pytest.raises(SystemExit):
        cli.main(["adjudicate", str(path), "--payer", PAYER], standalone_mode=False)
    said = capfd.readouterr().err.splitlines()[0]
    assert f"claim.json:{found['line']}:{found['column']}" in said
    assert found["message"] in said
    assert found["help"] in said


def test_json_lines_are_answered_line_by_line_and_a_bad_line_loses_no_other(asked: Asked) -> None:
    lines = [BODY, "", '{"id": "B", "lines": [{"number": 1}]}', "no JSON", "\xe9\xff", BODY, '"text"']
    body = "\n".join(lines).encode("latin-1")
    answer = asked.post("/v1/determinations" + QUERY, body, media_type="application/x-ndjson")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in answer.content.splitlines()]
    assert [each.get("encounter") or (each["line"], each["status"]) for each in found] == [
        CLAIM["id"],
        (3, 422),
        (4, 400),
        (5, 400),
        CLAIM["id"],
        (7, 422),
    ]
    assert {finding["line"] for each in found for finding in each.get("findings", ())} == {3, 4, 5, 7}


def test_json_lines_are_read_as_they_come_and_one_that_is_too_long_is_refused_alone() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (BODY[:20], BODY[20:] + '\n{"id": "', "x" * 3000, 'x"}\n', BODY):
            yield piece.encode()

    with service_of(limits=ServiceLimits(body=2000)) as asked:
        answer = asked.post("/v1/determinations" + QUERY, pieces(), media_type="application/x-ndjson")
    found = [json.loads(line) for line in answer.content.splitlines()]
    assert [each.get("encounter") or (each["line"], each["status"]) for each in found] == [
        CLAIM["id"],
        (2, 413),
        CLAIM["id"],
    ]


@pytest.mark.parametrize(
    ("status", "path", "body", "media_type"),
    [
        (400, "/v1/determinations" + QUERY, "{", "application/json"),
        (400, "/v1/determinations" + QUERY, "", "application/json"),
        (400, "/v1/determinations" + QUERY, '{"id": "A", "id": "B", "lines": []}', "application/json"),
        (400, "/v1/determinations" + QUERY, "[" * 5_000, "application/json"),
        (422, "/v1/determinations" + QUERY, "3", "application/json"),
        (422, "/v1/determinations" + QUERY, "[]", "application/json"),
        (422, "/v1/determinations?payer=nobody", BODY, "application/json"),
        (422, "/v1/determinations", BODY, "application/json"),
        (422, "/v1/determinations?knownon=2026-01-01", BODY, "application/json"),
        (422, "/v1/determinations?payer=a&payer=b", BODY, "application/json"),
        (422, "/v1/determinations?strict=yes", BODY, "application/json"),
        (422, "/v1/determinations?known_on=2026-02-30&payer=" + PAYER, BODY, "application/json"),
        (422, "/v1/explanations" + QUERY, BODY, "application/json"),
        (415, "/v1/determinations" + QUERY, BODY, "text/plain"),
        (415, "/v1/explanations" + QUERY + "&line=1", BODY, "application/x-ndjson"),
        (404, "/v1/determination", BODY, "application/json"),
        (405, "/v1/policies", BODY, "application/json"),
        (413, "/v1/determinations" + QUERY, " " * 5_000_000, "application/json"),
        (422, "/v1/differences", '{"old": "a"}', "application/json"),
        (400, "/v1/differences", "{", "application/json"),
    ],
)
def test_what_cannot_be_used_is_a_problem_that_is_documented(
    asked: Asked, status: int, path: str, body: str, media_type: str
) -> None:
    answer = asked.post(path, body, media_type=media_type)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"].removeprefix("/docs#") in KINDS
    assert problem["instance"].endswith(answer.headers["x-request-id"])
    described = asked.described
    jsonschema.validate(problem, {"$ref": "#/components/schemas/problem", "components": described["components"]})
    methods = described["paths"].get(path.partition("?")[0], {})
    if "post" in methods:
        assert str(status) in methods["post"]["responses"]


def test_every_problem_is_told_by_an_address_and_on_the_page(asked: Asked) -> None:
    told = {name for each in OPERATIONS for name in problems_of(each)} | {"method-not-allowed"}
    assert told == KINDS.keys()
    page = asked.get("/docs").text
    for name in KINDS:
        assert f'id="{name}"' in page
    assert "\\n" not in page.partition("<pre>")[2].partition("</pre>")[0]
    assert "`" not in page
    assert "<header>" not in page
    assert "<script src=" not in page.replace('<script src="/static/workbench.js"', "")
    assert asked.get("/static/page.css").status_code == 200


def test_a_compressed_body_is_refused(asked: Asked) -> None:
    answer = asked.post("/v1/determinations" + QUERY, BODY, headers={"content-encoding": "gzip"})
    assert answer.status_code == 415


def test_a_body_without_a_length_is_bounded_too() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 100

    with service_of(limits=ServiceLimits(body=2_000)) as asked:
        assert asked.post("/v1/determinations" + QUERY, pieces()).status_code == 413


def test_a_claim_that_would_take_too_long_is_refused_before_it_is_decided() -> None:
    with service_of(seconds=0) as asked:
        answer = asked.post("/v1/determinations" + QUERY, BODY)
        lines = asked.post("/v1/determinations" + QUERY, BODY, media_type="application/x-ndjson")
    for problem in (answer.json(), lines.json()):
        assert (problem["status"], problem["type"]) == (504, "/docs#out-of-time")
        assert [each["code"] for each in problem["findings"]] == ["takes-too-long"]
        assert "lines: 2;" in problem["findings"][0]["message"]
    assert (answer.status_code, lines.status_code) == (504, 200)


def test_a_claim_of_too_many_lines_is_refused() -> None:
    with service_of(limits=ServiceLimits(lines=1)) as asked:
        answer = asked.post("/v1/determinations" + QUERY, BODY)
    assert (answer.status_code, answer.json()["findings"][0]["code"]) == (422, "too-many-lines")


def test_a_token_is_asked_for_but_not_where_the_process_is_looked_after() -> None:
    with service_of(token=TOKEN) as asked:
        for given in ({}, {"authorization": "Bearer x"}, {"authorization": TOKEN}, {"authorization": "Bearer \xe9"}):
            headers = {name: value.encode("latin-1") for name, value in given.items()}
            answer = asked.post("/v1/determinations" + QUERY, BODY, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert asked.get("/v1/policies", headers=headers).status_code == 401
            assert asked.get("/metrics", headers=headers).status_code == 401
        right = {"authorization": f"Bearer {TOKEN}"}
        assert asked.post("/v1/determinations" + QUERY, BODY, headers=right).status_code == 200
        for path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
            assert asked.get(path).status_code == 200
        assert asked.described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_a_page_of_another_site_cannot_ask_by_a_name_of_its_own() -> None:
    with service_of(hosts=frozenset({"localhost:8000"})) as asked:
        assert asked.post("/v1/determinations" + QUERY, BODY, headers={"host": "evil.example"}).status_code == 421
        assert asked.post("/v1/determinations" + QUERY, BODY, headers={"host": "localhost:8000"}).status_code == 200


def test_too_many_at_once_are_told_to_come_again_but_health_is_answered() -> None:
    with service_of(limits=ServiceLimits(concurrent=0)) as asked:
        answer = asked.post("/v1/determinations" + QUERY, BODY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert asked.get("/healthz").json() == {"status": "ok"}
        assert asked.get("/readyz").json() == {"status": "ready", "findings": []}


def test_a_slow_body_is_given_up_and_others_are_answered_meanwhile() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    with service_of(limits=ServiceLimits(patience=0.2)) as asked:

        async def both() -> list[int]:
            headers = {"content-type": "application/json"}
            sent = (asked.sent("POST", "/v1/determinations" + QUERY, body, headers=headers) for body in (slow(), BODY))
            return [each.status_code for each in await asyncio.gather(*sent)]

        assert asked.run(both()) == [408, 200]


def test_json_lines_whose_answers_are_not_taken_end() -> None:
    async def stuck(asked: Asked) -> list[str]:
        taken: list[str] = []
        never = asyncio.Event()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": f"{BODY}\n".encode(), "more_body": True}

        async def send(message: MutableMapping[str, Any]) -> None:
            taken.append(message["type"])
            if message["type"] == "http.response.body":
                await never.wait()

        headers = [(b"host", b"localhost:8000"), (b"content-type", b"application/x-ndjson")]
        scope = {"type": "http", "method": "POST", "path": "/v1/determinations", "query_string": QUERY[1:].encode()}
        await asked.service({**scope, "headers": headers, "root_path": ""}, receive, send)
        return taken

    with service_of(limits=ServiceLimits(patience=0.1)) as asked:
        assert asked.run(stuck(asked)) == ["http.response.start", "http.response.body"]


def test_policies_and_sources_are_listed_and_a_document_is_given_as_it_is(asked: Asked) -> None:
    rulebase = load()
    names = [each["name"] for each in asked.get("/v1/policies").json()["policies"]]
    assert names == [each.name for _, listed in sorted(rulebase.policies.items()) for each in listed]
    found = asked.get(f"/v1/policies/{names[0]}")
    jsonschema.validate(found.json(), schema("policy"))
    assert f"{found.json()['id']}@{found.json()['version']}" == names[0]
    missing = asked.get(f"/v1/policies/{names[0]}9")
    assert (missing.status_code, names[0] in missing.json()["findings"][0]["help"]) == (404, True)
    sources = asked.get("/v1/sources").json()["sources"]
    assert {each["policy"] for each in sources} <= set(names)
    cited = {(each["policy"], each["id"]) for each in sources if each["rules"]}
    assert cited >= {(each.name, each.rules[0].cites[0].source) for each in rulebase.policies["ncci"]}


def test_a_defect_is_a_problem_and_the_service_goes_on(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("what the claim says")

    with monkeypatch.context() as broken:
        broken.setattr(module, "determine", fails)
        answer = asked.post("/v1/determinations" + QUERY, BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "what the claim says" not in answer.text
    assert "what the claim says" not in asked.log()
    assert '"defect":"KeyError in `test_service.py`' in asked.log()
    assert asked.post("/v1/determinations" + QUERY, BODY).status_code == 200


def test_the_log_has_a_line_for_each_request_and_nothing_that_a_claim_says() -> None:
    marked = _marked({"id": str, "lines": list}, schema("encounter"))
    good = CLAIM | {"id": "MARKED-id", "patient": {"id": "MARKED-patient"}, "diagnoses": ["MARKED1"]}
    good["MARKED-key"] = "MARKED-value"
    with service_of() as asked:
        for body in (json.dumps(marked), json.dumps(good), '{"MARKED": MARKED', f"[{json.dumps(marked)}]"):
            for media_type in ("application/json", "application/x-ndjson", "MARKED/type"):
                for query in (QUERY, "?MARKED=MARKED", "?payer=MARKED", "?payer=" + PAYER + "&presume=MARKED"):
                    asked.post("/v1/determinations" + query, body, media_type=media_type)
        asked.get("/MARKED")
        asked.get("/v1/policies/MARKED@MARKED")
        asked.get("/static/MARKED")
        log, figures = asked.log(), asked.get("/metrics").text
    assert "MARKED" not in log
    assert "MARKED" not in figures
    lines = [json.loads(line) for line in log.splitlines()]
    assert {each["status"] for each in lines} >= {200, 400, 404, 415, 422}
    told = next(each for each in lines if each.get("dispositions"))
    assert told["payer"] == PAYER
    assert told["rulebase"].startswith("sha256:")
    assert sum(told["dispositions"].values()) == len(CLAIM["lines"])


def _marked(kinds: dict[str, type], of: dict[str, Any]) -> dict[str, Any]:
    """Make a claim in which every text that a claim may have holds a mark."""

    def made(shape: dict[str, Any], name: str) -> Any:
        if "$ref" in shape:
            return made(of["$defs"][shape["$ref"].rpartition("/")[2]], name)
        kind = shape.get("type", "string")
        kind = next((each for each in kind if each != "null"), "string") if isinstance(kind, list) else kind
        if kind == "object":
            return {key: made(value, key) for key, value in shape.get("properties", {}).items() if key != "$schema"}
        if kind == "array":
            return [made(shape.get("items", {}), name)]
        return f"MARKED-{name}"

    found: dict[str, Any] = made(of, "claim")
    assert all(isinstance(found[key], kind) for key, kind in kinds.items())
    assert json.dumps(found).count("MARKED") > 20
    return found


def test_the_id_of_a_request_is_kept_where_it_is_plain(asked: Asked) -> None:
    assert asked.get("/healthz", headers={"x-request-id": "job-7.b"}).headers["x-request-id"] == "job-7.b"
    assert asked.get("/healthz", headers={"x-request-id": "a b"}).headers["x-request-id"] != "a b"
    assert '"request":"job-7.b"' in asked.log()


def test_figures_count_requests_claims_and_lines() -> None:
    with service_of() as asked:
        asked.post("/v1/determinations" + QUERY, BODY)
        figures = asked.get("/metrics").text
    assert 'payrule_requests_total{method="POST",route="/v1/determinations",status="200"} 1.0' in figures
    assert f'payrule_claims_total{{payer="{PAYER}"}} 1.0' in figures
    assert 'payrule_request_seconds_count{route="/v1/determinations"} 1.0' in figures


def test_examples_of_the_description_fit_its_schemas_and_are_answered(asked: Asked) -> None:
    described = asked.described
    found = 0
    for path, methods in described["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for media_type, taken in content.items():
            for example in taken["examples"].values():
                value, shape = example["value"], {**taken["schema"], "components": described["components"]}
                of_lines = media_type == "application/x-ndjson"
                jsonschema.validate(json.loads(value) if of_lines else value, shape)
                found += 1
                if path == "/v1/determinations":
                    body = value if of_lines else json.dumps(value)
                    answer = asked.post(path + QUERY, body, media_type=media_type)
                    assert answer.status_code == 200
                    given = methods["post"]["responses"]["200"]["content"][media_type]["schema"]
                    jsonschema.validate(json.loads(answer.content), {**given, "components": described["components"]})
    assert found >= 4


def test_references_of_the_description_lead_somewhere(asked: Asked) -> None:
    text = json.dumps(asked.described)
    for to in {piece.partition('"')[0] for piece in text.split('"$ref": "')[1:]}:
        place = asked.described
        for step in to.removeprefix("#/").split("/"):
            place = place[step]


def test_an_address_is_read_once_but_today_is_each_day_another(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Later":
            return cls(2062, 3, 1, 12, tzinfo=tz or UTC)

    path = f"/v1/determinations?payer={PAYER}"
    today = asked.post(path, BODY).json()["known_on"]
    monkeypatch.setattr(parameters, "datetime", Later)
    assert asked.post(path, BODY).json()["known_on"].startswith("2062-03")
    assert today < "2062"
    assert asked.post(f"{path}&known_on=", BODY).status_code == 422


def _fed(pieces: Iterator[bytes]) -> bytes:
    """Send pieces to a server until it ends the connection; give what it says."""

    async def app(_: object, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def sent() -> bytes:
        opened = listening("127.0.0.1", 0)
        server = server_of(app)
        running = asyncio.create_task(server.serve(sockets=[opened]))
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        said = asyncio.create_task(reader.read())
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        writer.write_eof() if not writer.is_closing() else None
        try:
            return await said
        except ConnectionError:
            return b""
        finally:
            writer.close()
            server.should_exit = True
            await running

    return asyncio.run(sent())


@pytest.mark.slow
def test_a_head_without_end_and_headers_after_a_body_end_the_connection() -> None:
    endless = 100_000
    begun = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n"
    for first, more in (
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n"),
        (b"GET / HTTP/1.1\r\na: ", b"b"),
        (b"GET /", b"b"),
        (begun + b"0\r\n", b"a: b\r\n"),
        (begun + b"0\r\na: ", b"b"),
        (begun + b"1;", b"b"),
    ):
        taken = 0

        def pieces(first: bytes = first, more: bytes = more) -> Iterator[bytes]:
            nonlocal taken
            yield first
            for _ in range(endless):
                taken += 1
                yield more * 400

        said = _fed(pieces())
        assert taken < endless
        assert b" 204 " not in said
    whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\nconnection: close\r\n\r\n"
    assert b" 204 " in _fed(iter([whole, *[b" " * 1_000] * 300]))


def test_an_answer_is_sent_at_once() -> None:
    found: asyncio.Queue[int] = asyncio.Queue()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken = writer.get_extra_info("socket")
        found.put_nowait(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def connected() -> int:
        with listening("127.0.0.1", 0) as opened:
            async with await asyncio.start_server(accepted, sock=opened):
                _, writer = await asyncio.open_connection(*opened.getsockname())
                writer.close()
                return await found.get()

    assert asyncio.run(connected()) != 0


def test_work_that_takes_too_much_is_ended_in_the_main_thread_only() -> None:
    def endless() -> None:
        while True:
            pass

    set_alarm()
    with pytest.raises(OverBudgetError):
        within(0.02, endless)
    assert within(1.0, lambda: 5) == 5
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(within(0.0001, lambda: sum(range(300_000)))))
    thread.start()
    thread.join()
    assert found == [sum(range(300_000))]


def test_an_answer_that_was_ended_is_given_by_a_process_beside_and_next_time_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with service_of() as asked:
        tried: list[object] = []

        def ended(_: float, work: object) -> None:
            tried.append(work)
            raise OverBudgetError

        monkeypatch.setattr(module, "within", ended)
        assert asked.post("/v1/determinations" + QUERY, BODY).status_code == 200
        assert asked.post("/v1/determinations" + QUERY, BODY).status_code == 200
    assert (len(tried), asked.beside) == (1, ["determine", "determine"])
