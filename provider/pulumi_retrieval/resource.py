"""The base of every resource class. It prepares a resource in the program, before the resource is registered with the engine."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, get_origin
from weakref import WeakKeyDictionary

import pulumi
from pulumi import dynamic
from pulumi.runtime import config as engine_config

from .core.declaration import Declaration
from .core.naming import derive_key
from .core.rejections import Rejected, invalid
from .core.values import Path, dotted, get_path
from .final import LastTransformation, Secrecy, follow_transforms, may_be_transformed
from .preview.program import Preview, current_preview
from .program_process import prepare_process
from .providers.adapter import DECLARATION_KEY, MARK_KEY, RetrievalProvider
from .quiescence import wait_for_registrations_first
from .services.registry import SERVICES, settings_with_namespace
from .source_position import short_stack_trace

_lineages: WeakKeyDictionary[pulumi.Resource, tuple[str, ...]] = WeakKeyDictionary()


class RetrievalResource(dynamic.Resource):
    """The base class of this package's resources.

    It marks secrets, derives a default for the natural key, sets `delete_before_replace`, and refuses API keys that stand
    in plain text in the stack configuration. Everything else happens in the provider.
    """

    secrets: ClassVar[Sequence[Path]] = ()
    """Paths of the secret inputs. A test compares them with the input models, which a program does not import."""
    secret_outputs: ClassVar[Sequence[str]] = ()
    """Names of the secret outputs that are not inputs. A test compares them with the definitions."""
    deletes_first: ClassVar[bool] = True
    """Whether a replacement deletes the old object before the new one is created."""
    separator: ClassVar[str] = "-"
    """The text between the parts of a derived natural key."""
    inherits: ClassVar[bool] = False
    """Whether an option inherited from a component (`retain_on_delete`) influences what a change of this resource means."""
    _outputs: ClassVar[Sequence[str]] = ()

    endpoint: pulumi.Output[str]
    """Base URL of the service that holds the object, with its API generation where the service has several."""
    observed_immutable: pulumi.Output[dict[str, Any]]
    """What the service holds of each immutable key, managed or not: dotted path → value."""
    drifted: pulumi.Output[dict[str, Any] | None]
    """Managed immutable keys that somebody else changed: dotted path → what the service holds."""
    created_at: pulumi.Output[str | None]
    """When the object was created, UTC; None where the service does not report it."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        # The SDK evaluates the annotations for every resource; as strings they would be compiled each time.
        cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)
        cls._outputs = (*cls._outputs, *_declared_outputs(cls.__annotations__))

    def __init__(
        self,
        provider: RetrievalProvider,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        wait_for_registrations_first()
        prepare_process()  # the only call: see its docstring
        refuse_plain_keys()
        warn_of_unknown_settings(tuple(_settings()))
        self._accepts = frozenset(props)
        given = {key: value for key, value in props.items() if value is not None}
        self._is_finished = False
        self._preview = current_preview()
        with short_stack_trace():
            super().__init__(provider, resource_name, {**dict.fromkeys(self._outputs), **given}, opts)
        if not self._is_finished:
            raise pulumi.RunError(
                "this version of the package pulumi is not supported by pulumi-retrieval: it does not call transformations "
                "as 3.235 to 3.272 do"
            )
        if self._preview is not None:
            self._preview.follow(
                self,
                getattr(self, MARK_KEY),
                name=self._name,
                token=self._token(),
                kind=provider.kind,
                given=given,
            )

    def _register_final(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """The last transformation of this resource: its result is registered with the engine."""
        if args.resource is not self:
            return None  # called for a child resource, which inherits transformations
        self._is_finished = True
        what = f"{type(self).__name__} {args.name}"
        preview = self._preview
        with _reported_in(preview, name=args.name, token=self._token()):
            refuse_import(what, args.opts, adopts="adopt" in self._accepts)
        hidden = (DECLARATION_KEY, MARK_KEY)
        given = {key: value for key, value in args.props.items() if value is not None and key not in hidden}
        if args.opts.replace_on_changes and "on_immutable_change" in self._accepts:
            # The engine ignores `replace_on_changes` for dynamic resources, so it is translated into our own input.
            given.setdefault("on_immutable_change", "replace")
        with _reported_in(preview, name=args.name, token=self._token()):
            self._check_program(args.name, given, args.opts)
        warn_of_plain_secrets(self.secrets, given, what=what)
        secrecy = Secrecy({key: value for key, value in given.items() if not key.startswith("__")})
        declaration = self._declaration(args.name, args.opts, preview).to_json()
        marks = {} if preview is None else {MARK_KEY: None}
        return pulumi.ResourceTransformationResult(
            # Inputs that are not given are registered as None, so that the attributes of the resource exist as outputs.
            props={
                **dict.fromkeys(self._outputs),
                **marks,
                **mark_secrets([*self.secrets, *((name,) for name in self.secret_outputs)], given, what=what),
                DECLARATION_KEY: self._completed(declaration, secrecy, args.opts),
            },
            opts=_without_import(pulumi.ResourceOptions.merge(args.opts, self._own_options())),
        )

    _transformations = LastTransformation("_register_final")

    def _own_options(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            # A forced replacement (`--replace`) skips `diff`; if it created first, the create would adopt the old object.
            delete_before_replace=True if self.deletes_first else None,
            additional_secret_outputs=list(self.secret_outputs) or None,
        )

    def _check_program(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        """Compare this resource with the other resources of the program.

        :raises pulumi.RunError: this resource and another one would overwrite each other's values.
        """

    @classmethod
    def _token(cls) -> str:
        return cls._resource_type_name.rpartition(":")[2]

    def _declaration(self, name: str, opts: pulumi.ResourceOptions, preview: Preview | None) -> Declaration:
        kind = type(self)._resource_type_name
        return Declaration(
            name=name,
            token=self._token(),
            candidate=derive_key([*_place(), *lineage(opts.parent), kind, name], name=name, separator=self.separator),
            retain_on_delete=bool(opts.retain_on_delete),
            dry_run=None if preview is None else preview.file,
        )

    def _completed(self, declaration: dict[str, Any], secrecy: Secrecy, opts: pulumi.ResourceOptions) -> Any:
        """A declaration with the places of secrets and plain values; an awaitable where these are not known yet."""
        transformed = may_be_transformed(opts)
        if secrecy.complete and not transformed:
            return {**declaration, **secrecy.to_json()}

        async def complete() -> dict[str, Any]:
            if transformed:
                await follow_transforms(opts, inherits=self.inherits, known=DECLARATION_KEY)
            return {**declaration, **await secrecy.known()}

        return complete()


@contextmanager
def _reported_in(preview: Preview | None, *, name: str, token: str) -> Iterator[None]:
    """Collect an error of one resource for the report at the end of a preview; outside a preview, let it end the program."""
    try:
        yield
    except pulumi.RunError as error:
        if preview is None:
            raise
        preview.note_mistake(Rejected(name, token, (invalid(str(error)),)))


def _without_import(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Remove the option ``import_``, which would fail in the engine before the preview reports why it is refused."""
    opts.import_ = None
    return opts


def _declared_outputs(annotations: Mapping[str, Any]) -> list[str]:
    return [name for name, hint in annotations.items() if get_origin(hint) is pulumi.Output]


RetrievalResource._outputs = _declared_outputs(inspect.get_annotations(RetrievalResource, eval_str=True))


def mark_secrets(secrets: Sequence[Path], values: Mapping[str, Any], *, what: str) -> dict[str, Any]:
    """Mark every secret field as a Pulumi secret, also where the program passed a plain text."""
    marked = dict(values)
    # An object that is one Output is marked as a whole, once; the paths inside it cannot be marked one by one.
    for path in _reachable(secrets, values, what):
        marked = _mark(marked, path)
    return marked


def _reachable(secrets: Sequence[Path], values: Mapping[str, Any], what: str) -> list[Path]:
    """The paths to mark: each secret itself, or the Output of an object that contains it."""
    places: dict[Path, None] = {}
    for path in secrets:
        here: Any = values
        for length, step in enumerate(path, 1):
            here = here.get(step) if isinstance(here, Mapping) else None
            if here is None:
                break
            if length == len(path) or isinstance(here, (pulumi.Output, types.CoroutineType)):
                places[path[:length]] = None
                break
    for place in places:
        if place not in secrets:
            pulumi.log.warn(
                f"{what}: {dotted(place)} is an Output of a whole object, so all of it becomes a secret. To fix: pass an "
                "object with Outputs inside"
            )
    return list(places)


def _mark(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    value = values[path[0]]
    return {**values, path[0]: pulumi.Output.secret(value) if len(path) == 1 else _mark(value, path[1:])}


def refuse_plain_keys() -> None:
    """Refuse credentials that stand in plain text in the stack configuration: the engine would store them so in the state.

    The credentials of both services are checked, because all dynamic resources share one provider of the engine.

    :raises pulumi.RunError: a credential stands there in plain text.
    """
    for name in settings_with_namespace(credentials=True):
        if engine_config.get_config(name) is not None and not engine_config.is_config_secret(name):
            raise pulumi.RunError(
                f"{name} stands in plain text in the stack configuration, and Pulumi would store it so in the state. "
                f"To fix: pulumi config set --secret {name}   (paste the key when asked, and replace the key where the "
                "file was shared)"
            )


def warn_of_plain_secrets(secrets: Sequence[Path], values: Mapping[str, Any], *, what: str) -> None:
    """Warn of secret inputs whose value stands in plain text in the stack configuration: the engine stores that as well."""
    for path in secrets:
        value = get_path(values, path)
        if isinstance(value, str):
            for name, text in _settings().items():
                if text == value and not engine_config.is_config_secret(name):
                    pulumi.log.warn(
                        f"{what}: {dotted(path)} stands in plain text in the stack configuration, as {name}, and Pulumi stores "
                        f"it so in the state. To fix: pulumi config set --secret {name}, and require_secret in the program"
                    )


def _settings() -> dict[str, Any]:
    """The whole stack configuration: setting → text."""
    return {**engine_config.get_config_env(), **engine_config.CONFIG.get()}


def refuse_import(what: str, opts: pulumi.ResourceOptions | None, *, adopts: bool) -> None:
    """Refuse the option ``import_``: the engine would fail with a KeyError (`docs/engine.md` 2.8).

    :param adopts: whether the resource has the input `adopt`.
    :raises pulumi.RunError: the option is set.
    """
    if opts is not None and opts.import_ is not None:
        way = "; to take an existing object under management, declare it and set adopt=True" if adopts else ""
        raise pulumi.RunError(f"{what}: the option import_ does not work for dynamic resources{way}")


@cache
def warn_of_unknown_settings(names: tuple[str, ...]) -> None:
    """Warn once of an unknown setting whose name is close to a known one, because it has no effect.

    An unknown setting that is close to none may belong to the program.

    :param names: the names of all settings of the stack configuration, such as ``"trieve:baseUrl"``.
    """
    for name in names:
        service, _, setting = name.partition(":")
        if service in SERVICES and setting not in SERVICES[service].settings:
            near = difflib.get_close_matches(setting, SERVICES[service].settings, n=1, cutoff=0.8)
            if near:
                pulumi.log.warn(f'unknown setting {name}, which has no effect; did you mean "{service}:{near[0]}"?')


def lineage(parent: pulumi.Resource | None) -> tuple[str, ...]:
    """Types and names of a parent and of all its parents, outermost first; empty for the stack."""
    root = pulumi.runtime.get_root_resource()
    if parent is None or parent is root:
        return ()
    if parent not in _lineages:
        _lineages[parent] = (
            *_above(root, parent),
            str(parent.pulumi_resource_type),
            str(parent.pulumi_resource_name),
        )
    return _lineages[parent]


def _above(root: pulumi.Resource | None, wanted: pulumi.Resource) -> tuple[str, ...]:
    """Types and names of the resources between the stack and `wanted`; the SDK links parents to children only."""
    todo: list[tuple[pulumi.Resource, tuple[str, ...]]] = [(root, ())] if root is not None else []
    while todo:
        here, above = todo.pop()
        for child in here._childResources:
            if child is wanted:
                return above
            todo.append((child, (*above, str(child.pulumi_resource_type), str(child.pulumi_resource_name))))
    return ()


def _place() -> tuple[str, str, str]:
    # Under the mocks of the SDK there is no organization.
    return pulumi.get_organization() or "", pulumi.get_project(), pulumi.get_stack()
