"""One tree of settings, read once from the environment and `.env`; nothing else reads the environment."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.outbound.policy import AllowedNumbers
from bot.stages import KEY_OF, STAGES, Provider, SettingsError, StageChoice, StageName, parse_stage

Language = Literal["uk", "ru", "en"]
E164 = re.compile(r"\+[1-9][0-9]{7,14}")
Stage = Annotated[list[StageChoice], NoDecode]
LOCAL_STAGE = [StageChoice(provider=Provider.LOCAL)]
ICE_URL = re.compile(r"(stuns?:[^\s:?]+(:\d+)?|turns?:[^\s:?]+(:\d+)?(\?transport=(udp|tcp))?)")
VENDOR_URLS = ("openai_base_url", "deepgram_base_url", "elevenlabs_base_url")


class Settings(BaseSettings):
    """Everything that can be configured; each field is the environment variable of the same name."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    # The server
    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 behind a reverse proxy")
    port: int = Field(8080, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one")
    public_base_url: str = Field(
        "",
        description="https address at which the carrier reaches this server, e.g. https://voice.example.com",
    )
    data_dir: Path = Field(Path("data"), description="folder for the database, recordings and model files")
    phrases_dir: Path | None = Field(
        None, description="folder for the product's own sentences as sound; empty: DATA_DIR/phrases"
    )
    database_url: str = Field("", repr=False, description="sqlite:///path or postgresql://…; empty: DATA_DIR/voice.db")
    api_key: SecretStr = Field(
        SecretStr(""), description="key of /api; empty: one is made at start and kept in DATA_DIR/api_key"
    )
    tls_cert_file: str = Field(
        "",
        description="refused: calls change processes, so TLS must end in front of the server (Caddy, HAProxy, ngrok)",
    )
    max_calls: int = Field(8, ge=1, description="calls at the same time; further callers hear a busy line")
    max_loop_lag_ms: float = Field(
        0, ge=0, description="lag of the server's event loop, in ms, above which no new call is taken; 0: at any lag"
    )
    spare_processes: int = Field(2, ge=0, description="call processes kept ready, their models loaded")
    refill_processes: int = Field(1, ge=1, description="spare processes that may be in the making at the same time")
    refill_niceness: int = Field(
        10, ge=0, le=19, description="how far a spare process in the making stands behind live calls, as nice(1) counts"
    )
    call_processes: Literal["fork", "spawn", "inline"] = Field(
        "fork" if sys.platform == "linux" else "spawn",
        description="how a call gets its process: fork (of one that has imported everything, Linux) | spawn (slower, "
        "2.5 times the memory) | inline (none of its own: for debugging)",
    )
    most_resumes: int = Field(2, ge=0, description="times that a call goes on in another process after its own died")
    call_memory_warn_mb: int = Field(
        300, ge=0, description="memory of a call process (PSS, in MiB) that is worth a warning; 0: never"
    )
    call_memory_limit_mb: int = Field(
        0, ge=0, description="memory of a call process (PSS, in MiB) at which it is ended; 0: never"
    )
    drain_limit_s: float = Field(
        3600, ge=0, description="seconds that live calls may last after the server was asked to stop"
    )
    max_call_s: float = Field(
        3600, ge=0, description="seconds after which a call is ended with a goodbye, or handed to a human; 0: never"
    )
    max_calls_per_caller: int = Field(
        4, ge=0, description="calls at the same time from one number; further ones hear a busy line; 0: any number"
    )
    max_sockets: int = Field(
        512, ge=8, description="connections at the same time, calls' own not counted; silent ones make way for new ones"
    )
    max_sockets_per_ip: int = Field(32, ge=1, description="of these from one IP address, if it is no TRUSTED_PROXIES")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="addresses or networks of reverse proxies, which bring everybody's connections, e.g. 172.16.0.0/12",
    )
    request_limit_s: float = Field(10, gt=0, description="seconds in which a connection must send a whole request")
    record_calls: bool = Field(False, description="keep a two-channel recording of each call")
    record_at: Literal["here", "carrier"] = Field(
        "here",
        description="here: in DATA_DIR | carrier: at Twilio, nothing here; browser and Voximplant calls stay here",
    )
    record_notice: bool = Field(True, description="tell people first that the call is recorded")
    record_notice_uk: str = Field("", max_length=300, description="how they are told in Ukrainian; empty: our own line")
    record_notice_ru: str = Field("", max_length=300, description="the same in Russian")
    record_notice_en: str = Field("", max_length=300, description="the same in English")
    calls_keep_days: int = Field(
        0, ge=0, description="days after which calls are deleted with all that is kept of them; 0: never"
    )
    recordings_keep_days: int = Field(30, ge=0, description="days after which recordings are deleted; 0: never")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level to log")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="text | json (one object a line) | auto: text on a terminal, json elsewhere"
    )
    log_personal: bool = Field(False, description="log what was said and who called; for development only")

    # The business
    numbers_file: Path | None = Field(
        None,
        description="numbers.yaml: per called number its flow, language, voice, greeting, hours, fallback and overflow",
    )
    policy_file: Path | None = Field(
        None, description="policy.yaml: the desk's rules, a code by text message among them; empty: tools/policy.yaml"
    )
    timezone: str = Field("Europe/Kyiv", description="IANA zone in which 'tomorrow' is meant")
    default_language: Language = Field("uk", description="greeting language of numbers without an entry")
    transfer_number: str = Field("", description="E.164 number of a human; empty: callers are told to ring back")
    outcome_webhook_url: str = Field("", description="address that is told of each ended call; docs/outcomes.md")
    outcome_webhook_secret: SecretStr = Field(
        SecretStr(""), description="signs what is told, e.g. whsec_ and the output of: openssl rand -base64 24"
    )
    clock_start: datetime | None = Field(
        None, description="business time at which the clock starts, for rehearsals; empty: real time"
    )

    # What the tools work on
    shop: Literal["sql", "http"] = Field("sql", description="where orders are: sql (DATABASE_URL) | http (a CRM)")
    crm_base_url: str = Field("", description="address of the CRM's API for SHOP=http, e.g. https://crm.example.com/v1")
    crm_api_key: SecretStr = Field(SecretStr(""), description="key of the CRM, sent as a bearer token")
    tools_file: Path | None = Field(
        None, description="tools.yaml: operations of other APIs, by their OpenAPI documents, that the model may call"
    )
    crm_deadline_s: float = Field(4.0, gt=0, le=10, description="seconds within which the CRM's answer is due")

    # The stages: ordered lists, each entry takes over when those before it fail
    stt: Stage = Field(
        LOCAL_STAGE,
        description="recognition, in order of preference: local | deepgram[:nova-3] | deepgram-flux (no Ukrainian) | "
        "openai[:gpt-4o-transcribe] | whisper[:small or /folder] | compatible",
    )
    llm: Stage = Field(LOCAL_STAGE, description="dialogue, e.g. openai:gpt-4o,openai:gpt-4.1-mini,local; or compatible")
    tts: Stage = Field(
        LOCAL_STAGE,
        description="speech: local | elevenlabs[:eleven_flash_v2_5] | openai[:gpt-4o-mini-tts] | piper[:/voice.onnx] | "
        "compatible",
    )
    openai_api_key: SecretStr = Field(SecretStr(""), description="key from the OpenAI console, for openai")
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="address of OpenAI's API; another one for a proxy or an emulator"
    )
    openai_voice: str = Field(
        "alloy", description="voice of openai and compatible speech; voice-agent voices lists them"
    )
    deepgram_api_key: SecretStr = Field(SecretStr(""), description="key from the Deepgram console")
    deepgram_base_url: str = Field(
        "https://api.deepgram.com", description="address of Deepgram's API, e.g. https://api.eu.deepgram.com"
    )
    elevenlabs_api_key: SecretStr = Field(SecretStr(""), description="key from ElevenLabs")
    elevenlabs_base_url: str = Field(
        "https://api.elevenlabs.io",
        description="address of ElevenLabs' API, e.g. https://api.eu.residency.elevenlabs.io",
    )
    elevenlabs_voice: str = Field(
        "EXAVITQu4vr4xnSDxMaL", description="id of the ElevenLabs voice; voice-agent voices lists yours"
    )
    stt_base_url: str = Field("", description="OpenAI-compatible endpoint, e.g. http://localhost:8000/v1")
    stt_model: str = Field("", description="model name at STT_BASE_URL")
    stt_api_key: SecretStr = Field(SecretStr(""), description="key for STT_BASE_URL, if it needs one")
    llm_base_url: str = Field("", description="OpenAI-compatible endpoint, e.g. http://localhost:11434/v1")
    llm_model: str = Field("", description="model name at LLM_BASE_URL")
    llm_api_key: SecretStr = Field(SecretStr(""), description="key for LLM_BASE_URL, if it needs one")
    tts_base_url: str = Field("", description="OpenAI-compatible endpoint, e.g. http://localhost:8000/v1")
    tts_model: str = Field("", description="model name at TTS_BASE_URL")
    tts_api_key: SecretStr = Field(SecretStr(""), description="key for TTS_BASE_URL, if it needs one")
    llm_temperature: float = Field(0.3, ge=0, le=2, description="randomness of the model's answers")
    llm_max_tokens: int = Field(400, ge=16, description="longest answer of the model, in tokens")
    llm_context_tokens: int = Field(
        16_000, ge=5_000, description="budget of a request to the model, in estimated tokens: prompt, tools and history"
    )
    stt_deadline_s: float = Field(
        1.5,
        gt=0,
        description="seconds from the end of speech within which a transcript is due, or the next takes over",
    )
    llm_deadline_s: float = Field(
        2.0, gt=0, description="seconds within which the model's first token is due, else the next takes over"
    )
    tts_deadline_s: float = Field(
        1.0, gt=0, description="seconds within which the first sound is due, else the next takes over"
    )
    eager_turns: bool = Field(
        False, description="ask the model before the caller's turn is surely over; costs tokens for false starts"
    )
    filler_after_s: float | None = Field(
        None,
        gt=0,
        description="silence after the caller's turn, while a tool or the model works, after which they are asked for "
        "patience; empty: 1.3, or 1.6 where this machine's own models hold the call",
    )
    local_stt_model: str = Field(
        "", description="faster-whisper model: a name or a directory; empty: the bundled base model"
    )
    local_voices: str = Field("", description="Piper voices for the local speech, e.g. uk=/voices/uk.onnx,ru=/…")
    embedded_url: str = Field(
        "", description="address of a running embedded server; empty: this machine's own is started"
    )
    embedded_key: SecretStr = Field(SecretStr(""), description="key of the server at EMBEDDED_URL")

    # Carriers
    twilio_account_sid: str = Field("", description="Account SID from the Twilio console, AC…")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Auth Token from the Twilio console")
    sms_from: str = Field(
        "", description="E.164 number of ours that may send text messages; empty: callers are sent none"
    )
    twilio_api_base_url: str = Field(
        "https://api.twilio.com", description="address of Twilio's REST API; another one for an emulator"
    )

    voximplant_secret: SecretStr = Field(
        SecretStr(""), description="secret shared with the VoxEngine scenario, e.g. of: openssl rand -base64 24"
    )
    voximplant_credentials_file: Path | None = Field(
        None, description="JSON file of a Voximplant service account's key: only for calls that we place"
    )
    voximplant_rule_id: int = Field(0, ge=0, description="id of the routing rule that runs the scenario when we call")
    voximplant_api_endpoint: str = Field(
        "api.voximplant.com", description="host of Voximplant's Management API; another one for an emulator"
    )

    # Calls that we place
    outbound_number: str = Field("", description="E.164 number of ours that people see whom we call")
    outbound_prefixes: str = Field(
        "",
        description="what may be dialled, by calling code: +380,+44,!+4490 (a leading ! forbids, the longest decides); "
        "empty: nothing",
    )
    outbound_per_number: int = Field(3, ge=0, description="calls a day to one number")
    outbound_per_day: int = Field(200, ge=0, description="calls a day to all numbers; a day is one of TIMEZONE")
    outbound_limit_s: int = Field(
        1800, ge=30, le=14400, description="seconds after which the carrier ends a call that we placed"
    )

    # The browser, where it and the server do not see each other
    ice_servers: str = Field(
        "", description="STUN and TURN servers, e.g. stun:stun.example.com:3478,turn:turn.example.com:3478"
    )
    turn_secret: SecretStr = Field(
        SecretStr(""), description="the TURN server's shared secret (coturn: static-auth-secret)"
    )
    turn_username: str = Field("", description="user of the TURN server, where it has no shared secret")
    turn_password: SecretStr = Field(SecretStr(""), description="password of that user")

    # Rehearsals
    faults_file: Path | None = Field(
        None, description="faults to inject into tools, for rehearsals only; a folder: <caller's digits>.yaml"
    )

    @field_validator("stt", "llm", "tts", mode="before")
    @classmethod
    def _parse_stage(cls, value: object, info: ValidationInfo) -> object:
        stage = cast("StageName", info.field_name)
        return parse_stage(value, stage) if isinstance(value, str) else value

    @field_validator(
        "numbers_file",
        "voximplant_credentials_file",
        "faults_file",
        "tools_file",
        "policy_file",
        "phrases_dir",
        "clock_start",
        "filler_after_s",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("local_voices")
    @classmethod
    def _voice_pairs(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            language, _, path = part.partition("=")
            if language not in {"uk", "ru", "en"} or not path:
                raise ValueError("expected LANGUAGE=/path/voice.onnx, more of them after commas")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            try:
                ipaddress.ip_network(part)
            except ValueError as exc:
                raise ValueError("expected addresses or networks such as 10.0.0.5 or 172.16.0.0/12") from exc
        return value

    @field_validator("outbound_number")
    @classmethod
    def _own_number(cls, value: str) -> str:
        if value and not E164.fullmatch(value):
            raise ValueError("expected a number in E.164 such as +380441112233")
        return value

    @field_validator("outbound_prefixes")
    @classmethod
    def _prefixes(cls, value: str) -> str:
        AllowedNumbers.parse(value)
        return value

    @field_validator("ice_servers")
    @classmethod
    def _ice_urls(cls, value: str) -> str:
        for url in filter(None, (part.strip() for part in value.split(","))):
            if not ICE_URL.fullmatch(url):
                raise ValueError("expected stun:HOST:PORT or turn:HOST:PORT[?transport=tcp], more of them after commas")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected an IANA time zone such as Europe/Kyiv")
        return value

    @field_validator("clock_start")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("expected a time with an offset, e.g. 2026-03-11T10:00:00+02:00")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for stage in STAGES:
            choices: list[StageChoice] = getattr(self, stage)
            if not choices:
                raise ValueError(f"{stage.upper()}: expected at least one provider, e.g. local")
            url = getattr(self, f"{stage}_base_url")
            if any(choice.provider is Provider.COMPATIBLE for choice in choices) and not url:
                raise ValueError(
                    f"{stage.upper()}_BASE_URL: {stage.upper()}=compatible needs the endpoint's address, "
                    "e.g. http://localhost:11434/v1"
                )
            for choice in choices:
                self._check_key(stage, choice)
        if self.shop == "http" and not (self.crm_base_url and self.crm_api_key.get_secret_value()):
            raise ValueError("CRM_BASE_URL: SHOP=http needs it, and CRM_API_KEY")
        for name in (*(f"{stage}_base_url" for stage in STAGES), *VENDOR_URLS, "crm_base_url"):
            url = getattr(self, name)
            if url and not url.startswith(("http://", "https://")):
                raise ValueError(f"{name.upper()}: expected http://… or https://…, got {url!r}")
        if self.tls_cert_file:
            raise ValueError(
                "TLS_CERT_FILE: TLS must end in front of this server, because an encrypted connection cannot move into "
                "a call's process; leave it empty, listen on HOST=127.0.0.1 and put Caddy, HAProxy or ngrok before it"
            )
        self._check_embedded_models()
        self._check_flux()
        is_known = self.turn_secret.get_secret_value() or self.turn_username
        if any(url.startswith("turn") for url in self.ice_urls()) and not is_known:
            raise ValueError("TURN_SECRET: a turn: server in ICE_SERVERS needs it, or TURN_USERNAME and TURN_PASSWORD")
        return self

    def _check_flux(self) -> None:
        only_flux = all(choice.provider is Provider.DEEPGRAM_FLUX for choice in self.stt)
        if only_flux and self.default_language == "uk":
            raise ValueError(
                "STT: deepgram-flux does not understand Ukrainian, the DEFAULT_LANGUAGE; use deepgram:nova-3, "
                "or add it behind deepgram-flux"
            )

    def _check_key(self, stage: StageName, choice: StageChoice) -> None:
        variable, form = KEY_OF.get(choice.provider, ("", ""))
        if variable and not getattr(self, variable).get_secret_value():
            raise ValueError(f"{variable.upper()}: {stage.upper()}={choice.provider} needs {form}")

    def _check_embedded_models(self) -> None:
        models = {c.model for c in self.stt if c.provider is Provider.WHISPER and c.model}
        models |= {self.local_stt_model} if self.local_stt_model else set()
        if len(models) > 1:
            raise ValueError(
                f"STT: this machine's recognition loads one model, got {', '.join(sorted(models))}; name one of them"
            )

    # What follows from the fields

    def stage(self, name: StageName) -> list[StageChoice]:
        """Choices of a stage in order; a base URL alone means `compatible`."""
        choices: list[StageChoice] = getattr(self, name)
        if getattr(self, f"{name}_base_url") and choices == LOCAL_STAGE:
            return [StageChoice(provider=Provider.COMPATIBLE)]
        return choices

    def ice_urls(self) -> list[str]:
        """The addresses in ICE_SERVERS."""
        return [url for url in (part.strip() for part in self.ice_servers.split(",")) if url]

    def uses_local(self) -> bool:
        """Whether any stage is served by the embedded server."""
        return any(choice.is_embedded for stage in STAGES for choice in self.stage(stage))

    @property
    def patience_s(self) -> float:
        """Silence while something is under way after which the caller is asked for patience."""
        if self.filler_after_s is not None:
            return self.filler_after_s
        # Our own recognition and speech are slower than any vendor's; a word of patience just before the answer
        # would only delay it.
        is_local = any(self.stage(stage)[0].is_embedded for stage in ("stt", "tts"))
        return 1.6 if is_local else 1.3

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'voice.db').resolve()}"

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def proxies(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """TRUSTED_PROXIES as networks."""
        return [ipaddress.ip_network(part) for part in map(str.strip, self.trusted_proxies.split(",")) if part]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def as_environment(self) -> dict[str, str]:
        """Every field as the environment variable that would set it, secrets included: for a server of our own."""
        environment = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            elif isinstance(value, list):
                value = ",".join(choice.text for choice in value)
            elif isinstance(value, datetime):
                value = value.isoformat()
            environment[name.upper()] = "" if value is None else str(value)
        return environment

    def secrets(self) -> list[str]:
        """What must appear in no log: keys, tokens, and the database's password."""
        values = [getattr(self, name) for name in type(self).model_fields]
        known = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return [secret for secret in (*known, urlsplit(self.database_url).password or "") if secret]

    def reveal(self) -> dict[str, Any]:
        """Every field in JSON's types, secrets readable: for a process of our own and nobody else."""
        values: dict[str, Any] = self.model_dump(mode="json")
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                values[name] = value.get_secret_value()
        return values

    @classmethod
    def unveil(cls, values: dict[str, Any]) -> Self:
        """The settings that `reveal` wrote down; reads no environment and no file."""
        return cls(_env_file=None, **values)

    def embedded_args(self) -> list[str]:
        """Command line of the embedded server that these settings ask for."""
        named = [c.model for c in self.stt if c.provider is Provider.WHISPER and c.model]
        model = self.local_stt_model or next(iter(named), "")
        args = ["--stt-model", model] if model else []
        for language, path in self.voice_files().items():
            args += ["--voice", f"{language}={path}"]
        return args

    def voice_files(self) -> dict[str, Path]:
        """Piper voice files by language, from LOCAL_VOICES and TTS=piper:…."""
        pairs = (part.strip().partition("=") for part in self.local_voices.split(",") if part.strip())
        files = {language: Path(path) for language, _, path in pairs}
        for choice in self.tts:
            if choice.provider is Provider.PIPER and choice.model:
                path = Path(choice.model)
                files.setdefault(path.name[:2].lower(), path)  # Piper's files begin with their language: uk_UA-…
        return files


# No threads that would not be used, and memory of passing things given back: without the last three, a call keeps
# what the turn model's sound has taken (glibc; others ignore them).
CHILD_LIMITS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


def child_environment(package_root: Path) -> dict[str, str]:
    """Environment of a process that runs one call: the same packages, and no threads it would not use."""
    path = os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path} | CHILD_LIMITS


def load_settings(**overrides: object) -> Settings:
    """Reads the settings; raises SettingsError with one line per problem, each naming its variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as exc:
        problems = []
        for error in exc.errors():
            name = ".".join(str(part).upper() for part in error["loc"][:1])
            text = error["msg"].removeprefix("Value error, ")
            problems.append(text if not name else f"{name}: {text}, got {error['input']!r}")
        raise SettingsError("; ".join(problems)) from exc


def secret_of(name: str) -> str:
    """The value of a variable that is no setting, from the environment or `.env`; empty where it is not set."""
    return os.environ.get(name) or dotenv_values(".env").get(name) or ""


def server_environment(overrides: Mapping[str, str]) -> dict[str, str]:
    """Environment of a server that this process starts: its own, with these settings over it."""
    return os.environ | dict(overrides)


def has_display() -> bool:
    """Whether this machine has a screen on which a browser could open."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
