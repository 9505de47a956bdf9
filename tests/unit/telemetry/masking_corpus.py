"""Secrets in many disguises, and harmless texts that look like them: all made up, or published as examples."""

# ruff: noqa: E501  (a list to read across)
from __future__ import annotations

import base64
import random
from urllib.parse import quote

_DRAW = random.Random(7)
_ALNUM = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


def _made_up(length: int, letters: str = _ALNUM) -> str:
    return "".join(_DRAW.choice(letters) for _ in range(length))


def _jwt() -> str:
    part = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"A"}').rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{part}.{_made_up(43)}"


# Prefixes are joined at run time, so that no scanner takes this file for a leak.
PROVIDER_KEYS = [
    prefix + _made_up(length)
    for prefix, length in (
        ("sk-", 48), ("sk-proj-", 60), ("sk-ant-api03-", 80), ("sk-svcacct-", 40), ("gsk_", 48), ("hf_", 34),
        ("r8_", 37), ("pplx-", 48), ("xai-", 60), ("AIza", 35), ("nvapi-", 50), ("ghp_", 36), ("gho_", 36), ("ghs_", 36),
        ("github_pat_", 60), ("glpat-", 20), ("xoxb-", 40), ("xoxp-", 40), ("npm_", 36), ("pypi-", 60),
        ("sk_live_", 24), ("rk_live_", 24), ("whsec_", 32), ("ya29.", 40), ("hvs.", 24), ("shpat_", 32),
    )
] + ["AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + _made_up(16, "ABCDEFGHIJKLMNOP234567"), f"SG.{_made_up(22)}.{_made_up(43)}"]  # fmt: skip

CARDS = [
    "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "5555 5555 5555 4444",
    "378282246310005", "3782 822463 10005", "3782-822463-10005", "6011111111111117", "6011-1111-1111-1117",
    "3530111333300000", "2223003122003222", "4222222222222", "4012 8888 8888 1881", "5105-1051-0510-5100",
]  # fmt: skip

EMAILS = [
    "ada@example.com", "ada.lovelace@example.co.uk", "ADA@EXAMPLE.ORG", "ada+alerts@example.com", "a_l-9@mail.example.io",
    "ada%40example.com", "ada&#64;example.com", "ada\\u0040example.com", "ada [at] example [dot] com", "ada(at)example.com",
    "jürgen@example.de", "o'neil@example.ie", "x@sub.domain.example.com", "ada@xn--bcher-kva.example",
]  # fmt: skip

_PHRASE = "Tr0ub4dor&3"
_WORD = "hunter2-Zw9"
_HEX = "9f86d081884c7d659a2feaa0c55ad015"
_BASIC = base64.b64encode(b"aladdin:opensesame").decode()

NAMED_IN_TEXT = [
    (f"password={_WORD}", _WORD), (f"password: {_WORD}", _WORD), (f"PASSWORD = {_WORD}", _WORD), (f"pwd={_WORD};", _WORD),
    (f'{{"password":"{_WORD}"}}', _WORD), (f'{{"password": "{_WORD} with spaces"}}', "with spaces"),
    (f'{{"password": "it\'s-{_WORD}"}}', _WORD), (f'{{"password": "a\\"b{_WORD}"}}', _WORD), (f'{{"api_key":"ab`{_HEX}"}}', _HEX),
    (f'{{\\"password\\":\\"a\\\\\\"{_WORD}\\"}}', _WORD), (f'{{"password":["{_WORD}", "{_HEX}"]}}', _HEX),
    (f"{{'password': '{_WORD}'}}", _WORD), (f'{{\\"password\\":\\"{_WORD}\\"}}', _WORD), (f"passwd={_WORD}", _WORD),
    (f"user=ada&password={_WORD}&next=/", _WORD), (f"password%3D{_WORD}", _WORD), (f"Password={_WORD};Encrypt=True", _WORD),
    (f"db_password={_WORD}", _WORD), (f"DB_PASSWORD: '{_WORD}'", _WORD), (f"dbPassword={_WORD}", _WORD),
    (f"password => {_WORD}", _WORD), (f"the password is {_WORD}", _WORD), (f"Password was: {_WORD}", _WORD),
    (f"login --password {_WORD}", _WORD), (f"login --password={_WORD}", _WORD), (f"curl --token {_HEX} http://x", _HEX),
    (f"api_key={_HEX}", _HEX), (f"apikey={_HEX}", _HEX), (f"api-key: {_HEX}", _HEX), (f"x-api-key: {_HEX}", _HEX),
    (f"X-Api-Key={_HEX}", _HEX), (f'"apiKey": "{_HEX}"', _HEX), (f"API key is {_HEX}", _HEX), (f"?api_key={_HEX}", _HEX),
    (f"/v1/models?limit=3&api_key={_HEX}&x=1", _HEX), (f"https://h.example/cb?access_token={_HEX}", _HEX),
    (f"https://h.example/cb#id_token={_HEX}", _HEX), (f"https://h.example/?sig={_HEX}&se=2026", _HEX),
    (f"OPENAI_API_KEY={_HEX}", _HEX), (f"export MISTRAL_API_KEY='{_HEX}'", _HEX), (f"AZURE_OPENAI_KEY api_key: {_HEX}", _HEX),
    (f"client_secret={_HEX}", _HEX), (f'"clientSecret":"{_HEX}"', _HEX), (f"client-secret: {_HEX}", _HEX),
    (f"secret: {_HEX}", _HEX), (f"SECRET_KEY={_HEX}", _HEX), (f"signing_key={_HEX}", _HEX), (f"private_key={_HEX}", _HEX),
    (f"token={_HEX}", _HEX), (f"token: {_HEX}", _HEX), (f'"token": "{_HEX}"', _HEX), (f"auth_token={_HEX}", _HEX),
    (f"refresh_token={_HEX}", _HEX), (f"refreshToken: {_HEX}", _HEX), (f"session_token={_HEX}", _HEX),
    (f"session_id={_HEX}", _HEX), (f"sessionId: {_HEX}", _HEX), (f"access_key={_HEX}", _HEX), (f"passphrase={_HEX}", _HEX),
    (f"Authorization: Bearer {_HEX}", _HEX), (f"authorization: bearer {_HEX}", _HEX), (f"AUTHORIZATION:Bearer {_HEX}", _HEX),
    (f"Authorization=Bearer+{_HEX}", _HEX), (f"Authorization%3A%20Bearer%20{_HEX}", _HEX), (f"Bearer {_HEX}", _HEX),
    (f"'Authorization': 'Bearer {_HEX}'", _HEX), (f'\\"Authorization\\": \\"Bearer {_HEX}\\"', _HEX),
    (f"Authorization: Basic {_BASIC}", _BASIC), (f"Proxy-Authorization: Basic {_BASIC}", _BASIC), (f"Basic {_BASIC}", _BASIC),
    (f"Authorization: Token {_HEX}", _HEX), (f"Authorization: ApiKey {_HEX}", _HEX), (f"Authorization: {_HEX}", _HEX),
    (f"Cookie: theme=dark; sid={_HEX}", _HEX), (f"Set-Cookie: sid={_HEX}; Path=/; HttpOnly", _HEX), (f"cookie={_HEX}", _HEX),
    (f"'cookie': 'a=1; b={_HEX}'", _HEX), (f"redis://:{_WORD}@cache:6379/0", _WORD), (f"redis://ada:{_WORD}@cache/0", _WORD),
    (f"postgresql+asyncpg://app:{_WORD}@db:5432/x", _WORD), (f"postgres://app:p@{_WORD}@db/x", _WORD),
    (f"amqp://guest:{_WORD}@mq", _WORD), (f"https://ada:{_WORD}@example.com/repo.git", _WORD), (f"mongodb://u:{_WORD}@m/x", _WORD),
    (f"AccountName=x;AccountKey={_HEX}==;EndpointSuffix=y", _HEX), (f"SharedAccessKey={_HEX}", _HEX),
    (f"Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey={_HEX}=", _HEX), (f"InstrumentationKey=0; connection string: {_HEX}", _HEX),
    (f"SharedAccessSignature: {_HEX}" , _HEX), (f"secret_key: '{_HEX}'", _HEX), (f"password=\"{_PHRASE}\"", _PHRASE),
    (f"otp=493021 password={_WORD}", "493021"), (f"cvv: 737, password={_WORD}", "737"), ("pin=471199", "471199"),
]  # fmt: skip

_PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{_made_up(64)}\n{_made_up(64)}\n-----END RSA PRIVATE KEY-----"

_SURROUNDINGS = (
    "{}",
    "provider said: {}",
    "Error: invalid key {}.",
    '{{"detail":"key {} is revoked"}}',
    "GET /v1/x?k={}&y=1",
    "[{}]",
    "<{}>",
    "'{}'",
    "(401) {}",
    "multi\nline {}\nend",
    "key\t{}",
)


def secrets() -> list[tuple[str, str]]:
    """Pairs of a text and the secret in it that must not survive."""
    result = list(NAMED_IN_TEXT)
    for index, key in enumerate(PROVIDER_KEYS):
        result += [(_SURROUNDINGS[(index + n) % len(_SURROUNDINGS)].format(key), key) for n in range(3)]
    for index, card in enumerate(CARDS):
        result += [(_SURROUNDINGS[n].format(card), card) for n in (0, 1, (index % 5) + 5)]
    for email in EMAILS:
        result += [(f"user {email} signed in", email), (f'{{"user": "{email}"}}', email)]
    for surrounding in _SURROUNDINGS:
        jwt = _jwt()
        result.append((surrounding.format(jwt), jwt.rpartition(".")[2]))
    result += [(_PEM, _PEM.split("\n")[1]), (f"bad key: {_PEM} given", _PEM.split("\n")[2])]
    result += [(f"callback?to={quote('https://h/?token=' + _HEX, safe='')}", _HEX)]
    return result


def properties() -> list[tuple[str, object, str]]:
    """Names, values and the secret in them."""
    names = (
        "authorization", "Authorization", "PROXY_AUTHORIZATION", "cookie", "Set-Cookie", "api_key", "ApiKey", "x-api-key",
        "XApiKey", "password", "UserPassword", "new_password", "pwd", "secret", "clientSecret", "token", "AccessToken",
        "refresh_token", "id-token", "privateKey", "connectionString", "http.request.header.authorization",
        "http.request.header.x_api_key", "headers.cookie", "db.password", "passphrase", "credentials", "session_id",
    )  # fmt: skip
    results: list[tuple[str, object, str]] = [(name, _WORD, _WORD) for name in names]
    results += [
        ("headers", {"Authorization": f"Bearer {_HEX}", "Accept": "*/*"}, _HEX),
        ("headers", [["x-api-key", _HEX], ["accept", "*/*"]], _HEX),
        ("headers", [(b"authorization", f"Bearer {_HEX}".encode())], _HEX),
        ("body", {"user": {"password": _WORD}}, _WORD),
        ("body", {"list": [{"token": _HEX}]}, _HEX),
        ("arguments", ["--password", f"--token={_HEX}"], _HEX),
        ("pin", 471199, "471199"),
        ("card", 4111111111111111, "4111111111111111"),
        ("raw", f"password={_WORD}".encode(), _WORD),
        ("url.full", f"https://h.example/v1?api_key={_HEX}", _HEX),
        ("error", ValueError(f"password={_WORD}"), _WORD),
        ("prompt", f"my diary {_WORD}", _WORD),
        ("gen_ai.output.messages", [{"role": "assistant", "content": _WORD}], _WORD),
    ]
    return results


HARMLESS = [
    "GET /v1/models answered 200 in 3.91 ms", "POST /v1/chat/completions answered 502 in 1204 ms", "Took 4111 ms",
    "prompt_tokens=620 completion_tokens=210", "max_tokens=4096", "tokens: 55", "Token count: 55", "total_tokens: 830",
    "time_to_first_token: 380", "first_token=380", "The token is expired", "token is missing", "password is required",
    "password was wrong", "The password is not set", "the API key is invalid", "secret is optional", "token=null",
    "password=None", "token: true", "has_password=true", "password_changed_at=2026-03-01", "password_length=12",
    "next_page_token=abc123", "continuation_token: 7f", "cancellation_token=ct-9", "stop_token=<|end|>", "eos_token: </s>",
    "tokenizer=cl100k_base", "tokenizer: o200k", "secretary: Ada", "passenger=4", "passed=17 failed=0", "pass: 17",
    "tests_pass=17", "bypass=true", "compass: north", "keyboard=qwerty", "key=value", "cache key: completions:42",
    "partition_key=7", "primary_key=id", "sort key: date", "foreign_key=user_id", "monkey=banana", "turkey: 3",
    "author=Ada", "authorized=true", "authority=example.com", "authentication took 3 ms", "basic settings", "Basic auth is on",
    "basic authentication failed", "bearer of bad news", "bearer token missing", "Bearer scheme expected", "cookie banner shown",
    "cookies enabled", "3 cookies", "cookie jar", "credential type: managed", "trace 0af7651916cd43dd8448eb211c80319c",
    "span b7ad6b7169203331", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "550e8400-e29b-41d4-a716-446655440000",
    "run_550e8400e29b41d4a716446655440000", "request req_011CSHoEeqs5C35K2UUqR7Fy", "chatcmpl-9UKBu2hhRUVw5YdJz1X0cD3hMPx2p",
    "msg_01XFDUDYJgAACzvnptvVoYEL", "commit 9f86d08", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "etag W/\"5e-1a2b\"", "at 1763913600000", "at 1763913600123456789", "epoch 1763913600", "1763913600.123456", "order 1234567890123",
    "order 4111111111111112", "4111 1111 1111 1112", "5555-5555-5555-4445", "phone +49 30 901820", "0800 123 4567",
    "build 20261123.171535", "2026-11-23T17:15:35.123456Z", "2026-11-23 17:15:35,123", "version 1.45.1", "10.20.30.40:8080",
    "192.168.0.1", "fe80::1ff:fe23:4567:890a", "http://localhost:8085/health", "https://example.com/docs?page=2&size=50",
    "redis://cache:6379/0", "postgresql://db:5432/x", "sqlite:///gateway.db", "http://user@/x", "amqp://mq", "ws://h:1/v1/stream",
    "SELECT id, name FROM users WHERE id = ?", "SELECT token_count FROM usage WHERE run_id = :run", "INSERT INTO runs VALUES (?, ?)",
    "UPDATE users SET last_seen = $1", "EVALSHA 1", "GET completions:9f86d081", "SETEX key 60", "PING", "hit rate 0.93",
    "@app.route decorator", "@2x image", "a @ b", "user@", "@example", "5 @ 3.20", "git@", "pkg@1.2.3", "npm i left-pad@1.3.0",
    "plotly@4.1", "foo@bar", "model gpt-4o-mini", "claude-3-5-sonnet-20241022", "mistral-large-2411", "text-embedding-3-small",
    "sk-8 board", "sk-learn 1.5", "scikit-learn", "task-force", "risk-management-and-compliance", "disk-usage-by-mount-point",
    "ask-me-anything-about-it", "desk_42", "hf_hub", "pypi-mirror", "npm_config", "ghp_", "AKIA", "AIza", "SG. and more",
    "xoxb-", "gsk_", "r8_x", "eyJ", "eyJ.short", "hello.world.again", "a.b.c", "com.example.Service", "System.InvalidOperationException",
    "File \"gateway/app.py\", line 42, in serve", "Traceback (most recent call last):", "ValueError: invalid literal for int()",
    "KeyError: 'user_id'", "TimeoutError", "ConnectionRefusedError: [Errno 111] Connection refused", "exit code=1", "status: 429",
    "level=info msg=started", "logger=CodeAgent.API", "took: 12ms", "ratio=0.25", "port=8085", "pid=4711", "pid: 4711", "gpid=2",
    "spin: fast", "shipping=free", "opinion: good", "mapping: otel", "ping=3ms", "side=left", "sid_count=4", "inside: yes",
    "beside=2", "signature algorithm: RS256", "sigma=0.7", "signal=15", "design: new", "cvs=1.12", "ssnake", "iban_country=DE",
    "hmac_algorithm=sha256", "jwt_issuer=https://id.example", "jwt library", "otp_enabled=false", "api_key_id=7", "api_key_count=3",
    "apikeys=3", "key_id: k1", "keys=17", "token_type=refresh", "token_kind: prompt", "tokens_per_minute=900", "tokens_left=12",
    "secret_name: db", "secrets=4", "secret_version=2", "credentials_file missing", "passwords=0", "password_policy=strict",
    "connection_string_name=main", "session_count=12", "sessions: 4", "session_length=30", "cookie_count=3", "cookie_consent=yes",
    "rate limit: 900", "x-ratelimit-remaining-tokens: 4000", "x-ratelimit-limit-tokens=90000", "content-length: 512",
    "content-type: application/json", "accept: */*", "user-agent: python-httpx/0.28.1", "x-request-id: 7f3a", "traceparent ok",
    "{Method} {Endpoint} answered {Status}", "Workflow {WorkflowId} finished in {Duration} ms", "{Provider} refused with {Status}",
    "emoji 👍 fine", "日本語のログ", "Größe: 12", "naïve café", "100 %", "50%3", "a%20b", "C:\\temp\\x", "/etc/passwd", "~/.ssh/id_rsa",
    "#1234", "& more", "<b>bold</b>", "\"quoted\"", "--verbose", "--port 8085", "--rate=12", "--log-level debug", "-v", "--", "-",
    "deploy-2026-11-23-blue-green-canary", "us-east-1a", "eu-central-1", "node-exporter-5d4f8c9b7-x2x9z", "gateway-7c6f34f-abcde",
]  # fmt: skip
