"""What an operator sets: one TOML file in the data folder, all of it optional."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import msgspec

from haihe.errors import PackInvalid
from haihe.model.datum import Datum
from haihe.run.outbox import Route
from haihe.run.roadside import ROADSIDE
from haihe.run.sinks import PLAIN, ConsoleSink, MqttSink, WebhookSink

FILE_NAME: Final = "haihe.toml"


class SinkSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the orders of some assignees go.

    assignees: a pattern as in file names, such as "gallery-*".
    webhook: address that takes them by POST.
    token: sent along as a bearer token.
    mqtt: True to publish them through the broker of ``[mqtt]``.
    form: "json", or "v2x": as messages that roadside units broadcast.
    """

    assignees: str
    webhook: str = ""
    token: str = ""
    mqtt: bool = False
    form: Literal["json", "v2x"] = "json"


class RouteSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which topics belong to which stream; ``{name}`` is one level.

    topic: such as "gallery/{zone}/air".
    stream: such as "gallery.air".
    entity: for records that name none, such as "zone/{zone}".
    datum: in which lon and lat are told; "wgs84", "gcj02" or "bd09".
    """

    topic: str
    stream: str
    entity: str = ""
    datum: Datum = Datum.WGS84


class MqttSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The broker to listen to and publish through.

    host, port: of the broker; an empty host starts one of our own on loopback.
    identifier: the client's id at the broker.
    routes: further topics; ``haihe/<stream>`` is always taken.
    username, password: for the broker, if it asks.
    """

    host: str = ""
    port: int = 1883
    identifier: str = "haihe"
    routes: tuple[RouteSetting, ...] = ()
    username: str = ""
    password: str = ""


class HistorySetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long records are kept.

    seal_after_h: hours after which records move from the log's file into history files.
    keep_days: days after which raw history is deleted; 0 keeps all.
    keep_rollups_days: the same for hourly rollups.
    """

    seal_after_h: int = 24
    keep_days: int = 0
    keep_rollups_days: int = 0


class ProviderRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may of whom the provider says something.

    value: such as a group's name.
    roles: at least one; packs, areas, owner, assignees: as for an account.
    """

    value: str
    roles: tuple[str, ...]
    packs: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    owner: str = ""
    assignees: tuple[str, ...] = ()


class ProviderSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OpenID provider whose people may sign in.

    issuer: its address, as it says it itself.
    client_id, client_secret: under which it knows us; no secret for a public client.
    title: what the button says.
    address: under which people reach this server; "" for the one they use.
    scopes: what is asked for beside "openid".
    name_claim: of the ID token, for the account's name.
    role_claim: of the ID token, a text or many; a dot leads inside.
    role: the first that fits counts.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    title: str = "OpenID Connect"
    address: str = ""
    scopes: tuple[str, ...] = ("profile",)
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    role: tuple[ProviderRole, ...] = ()


class AccessSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may come in, and from where.

    proxies: addresses of our own proxies.
    hosts: names under which the server may be called.
    oidc: the provider; left out for none.
    """

    proxies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    oidc: ProviderSetting | None = None


class PaperSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is printed.

    font: file of a TrueType font with Chinese, embedded in PDFs; "" for one that is found.
    """

    font: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings.

    name: the log's name in proofs: a host and a path, no spaces.
    packs: only these; () means every installed one.
    """

    name: str = "haihe.local/zone"
    packs: tuple[str, ...] = ()
    sink: tuple[SinkSetting, ...] = ()
    mqtt: MqttSetting | None = None
    history: HistorySetting = HistorySetting()
    access: AccessSetting = AccessSetting()
    paper: PaperSetting = PaperSetting()


def read_config(folder: Path) -> Config:
    """The settings of a data folder; the defaults if there is no file.

    Raises PackInvalid naming the file, the setting and what was expected.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Config()
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Config)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise PackInvalid(f"{path} cannot be used: {error}. See docs/operations.md.") from error


def routes_of(config: Config, *, mqtt: MqttSink | None = None) -> tuple[Route, ...]:
    """Where orders go; what no sink takes is shown on the screen.

    mqtt: takes the orders of sinks with ``mqtt = true``.
    Raises PackInvalid if a sink has no way out.
    """
    routes: list[Route] = []
    for sink in config.sink:
        form = ROADSIDE if sink.form == "v2x" else PLAIN
        if sink.webhook:
            webhook = WebhookSink(sink.webhook, token=sink.token, form=form)
            routes.append(Route(sink.assignees, webhook))
        elif sink.mqtt and mqtt is not None:
            routes.append(Route(sink.assignees, replace(mqtt, form=form)))
        else:
            raise PackInvalid(
                f"the sink for '{sink.assignees}' leads nowhere; give it a webhook, or mqtt = true "
                "and a table [mqtt]."
            )
    return (*routes, Route("*", ConsoleSink()))
