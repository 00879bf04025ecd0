# SPDX-License-Identifier: Apache-2.0
"""Policies of CAM as values, read from their text: the grammar of the documents, and nothing more.

Written from the documents alone (sts-cam.md s.3.1 and 3.2, cam-conditions.md s.1 and 2, cos-operations-1.md s.4), and from nothing of the
C evaluator, so that the two can disagree. Where the documents leave a question, it is a member of Rules.
"""
import datetime
import decimal
import functools
import ipaddress
import json
import re

IDENTITY, BOUNDARY, SESSION, BUCKET, TRUST = "identity", "boundary", "session", "bucket", "trust"


# What the documents leave open, or what is taken beyond them, and what the mock does by default (docs/DEVIATIONS.md).
DEFAULTS = {
    "root_stands_for_users": False,  # does a bucket policy that allows an account something allow it to its users and roles?
    "root_deny_hits_users": False,  # the same of a deny
    "any_account_denies": False,  # does a deny on the account "*", uid/* or uin/* hit every one? An allow hits none
    "region_glob": False,  # is "ap-*" a pattern?
    "service_level_by_qcs": False,  # does qcs::cos:::*, which limits no more than the service, grant GetService?
    "question_mark": False,  # is "?" in a resource one character?
    "uin_star": True,  # is uin/O:uin/* every user of O, its root among them?
    "strict_anyone_deny": False,  # does a deny for anyone hit signed requests?
    "absent_for_all": True,  # for_all_value: over no values
    "boundary_binds_grants": False,  # does a boundary bind what bucket policies and lists grant?
    "principal_in_identity": True,  # is it taken (and ignored) in a policy of a user?
    "bare_principal": True,  # is a text other than "*", or a list of texts, taken as {"qcs": [...]}?
    "group_principals": False,  # may a principal be a group of users? Nobody here is in one
    "loose_principals": True,  # is uin/x:uin/y, which nobody can be, a principal?
    "idle_principal": True,  # is one beside `version` left unread where each statement has its own?
    "bare_statement": True,  # is a statement taken that is no list of one?
    "unencoded": "-_.~",  # beside letters and digits, in parameters as they are compared; encodeURIComponent has more
    "blanks": True,  # are they cut off around actions, resources and principals?
    "wide_actions": True,  # are name/*, *:GetObject and c*:GetObject actions?
    "service_star": True,  # is the service segment "*" all services?
    "inherited_acp": True,  # does the list that an object inherits govern its ?acl too?
    "prefix_star": True,  # is prefix//*/name/path read?
}


class Rules:
    """DEFAULTS, some of them changed."""

    def __init__(self, **changed):
        for name in changed:
            if name not in DEFAULTS:
                raise KeyError("no rule is called %r" % name)
        self.__dict__.update(DEFAULTS, **changed)


class Refused(Exception):
    """A text that is no policy: the element, and why."""


class Statement:
    __slots__ = ("allows", "actions", "resources", "conditions", "principals")


class Condition:
    """One key under one operator."""
    __slots__ = ("set_over", "operator", "if_exist", "key", "texts", "values")


OPERATORS = {name: family for family, names in (
    ("string", "string_equal string_not_equal string_equal_ignore_case string_not_equal_ignore_case string_like string_not_like binary_equal"),
    ("numeric", "numeric_equal numeric_not_equal numeric_greater_than numeric_greater_than_equal numeric_less_than numeric_less_than_equal"),
    ("date", "date_equal date_not_equal date_greater_than date_greater_than_equal date_less_than date_less_than_equal"),
    ("bool", "bool_equal"), ("ip", "ip_equal ip_not_equal"), ("null", "null_equal")) for name in names.split()}
SETS = ("for_any_value:", "for_all_value:")
IF_EXIST = "_if_exist"


@functools.lru_cache(maxsize=65536)
def number_of(text):
    """A decimal such as "10" or "1.2", or None."""
    text = text.strip(" ")
    return decimal.Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII) else None


@functools.lru_cache(maxsize=65536)
def instant_of(text):
    """Seconds since 1970, or None: YYYY-MM-DDThh:mm:ssZ, with blanks anywhere (the documents print some) and perhaps an offset for the Z."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(Z|[+-]\d\d:\d\d)", text.replace(" ", ""), re.ASCII)
    if match is None:
        return None
    zone = match[7]
    shift = 0 if zone == "Z" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    try:
        moment = datetime.datetime(*(int(match[i]) for i in range(1, 7)), tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    return int(moment.timestamp()) - shift


@functools.lru_cache(maxsize=65536)
def truth_of(text):
    return {"true": True, "false": False}.get(text.strip(" ").lower())


def _as_v6(address):
    return address if address.version == 6 else ipaddress.IPv6Address("::ffff:" + str(address))


@functools.lru_cache(maxsize=65536)
def address_of(text):
    """An address as one number of 128 bits, or None."""
    try:
        return int(_as_v6(ipaddress.ip_address(text)))
    except ValueError:
        return None


@functools.lru_cache(maxsize=65536)
def range_of(text):
    """(number, bits) of an address or a CIDR range, in 128 bits; host bits may be set. None: neither."""
    address, slash, bits = text.partition("/")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    width = 32 if parsed.version == 4 else 128
    if slash and not re.fullmatch(r"\d{1,3}", bits, re.ASCII):
        return None
    length = int(bits) if slash else width
    if length > width:
        return None
    return int(_as_v6(parsed)), length + 128 - width


def _condition_text(value):
    """A condition's value as the text that is compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, decimal.Decimal)):
        return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)
    if isinstance(value, str):
        return value
    raise Refused("condition: a value is a text or a number")


READERS = {"string": lambda text: text, "numeric": number_of, "date": instant_of, "bool": truth_of, "ip": range_of, "null": truth_of}


def _read_condition(out, word, keys):
    word = word.strip().lower()
    set_over = next((prefix for prefix in SETS if word.startswith(prefix)), "")
    operator = word[len(set_over):]
    if_exist = operator.endswith(IF_EXIST)
    operator = operator[:-len(IF_EXIST)] if if_exist else operator
    family = OPERATORS.get(operator)
    if family is None or (if_exist and family == "null"):
        raise Refused("condition: no operator %r" % word)
    if not isinstance(keys, dict) or not keys:
        raise Refused("condition: keys are an object of one and more")
    for key, values in keys.items():
        one = Condition()
        one.set_over, one.operator, one.if_exist, one.key = set_over, operator, if_exist, key.strip()
        values = values if isinstance(values, list) else [values]
        one.texts = [_condition_text(value) for value in values]
        if not one.texts:
            raise Refused("condition: no value")
        one.values = [READERS[family](text) for text in one.texts]
        if None in one.values:
            raise Refused("condition: %r is no %s" % (one.texts[one.values.index(None)], family))
        out.append(one)


def _texts(value, what):
    """One text, or a list of one and more."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(text, str) for text in values):
        raise Refused("%s: a text, or a list of texts" % what)
    return values


class Resource:
    """One resource of a policy. every: the bare "*"."""
    __slots__ = ("every", "service", "region", "account", "path")


LEGACY_HOST = re.compile(r"([a-z0-9-]+)\.(?:cos\.)?[a-z0-9-]+\.myqcloud\.com(/.*|)", re.DOTALL)


def _path_of(path, rules):
    """The resource segment with older spellings read as <bucket>/<key>."""
    if path.startswith("prefix//"):
        parts = path[len("prefix//"):].split("/", 2)
        if len(parts) == 3 and (parts[0].isdigit() or (parts[0] == "*" and rules.prefix_star)):
            return "%s-%s/%s" % (parts[1], parts[0], parts[2])
    host = LEGACY_HOST.fullmatch(path)
    return host[1] + host[2] if host else path


def _read_resource(text, rules):
    text = text.strip() if rules.blanks else text
    one = Resource()
    one.every = text == "*"
    if one.every:
        return one
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "qcs":
        raise Refused("resource: %r is not of six segments" % text)
    one.service, one.region, one.account = parts[2:5]
    one.path = _path_of(parts[5], rules)
    return one


def _read_action(text, rules):
    """(service, name) of an action, each a pattern; ("*", "*") for all there are."""
    text = text.strip() if rules.blanks else text
    if text in ("*", "*:*") or (text in ("name/*", "name/*:*") and rules.wide_actions):
        return "*", "*"
    text = text[len("name/"):] if text.startswith("name/") else text
    service, colon, name = text.partition(":")
    if not colon or not service or not name or ("*" in service and not rules.wide_actions):
        raise Refused("action: %r is no name/<service>:<name>" % text)
    return service, name


QCS_NAME = re.compile(r"qcs::cam::uin/\d+:(root|uin/(\d+|\*)|roleName/.+|role/.+|groupid/.+|service/.+)", re.ASCII)
LOOSE_NAME = re.compile(r"qcs::cam::uin/[^:]+:(root|uin/.+|roleName/.+|role/.+|groupid/.+|service/.+)")
ANYONE = ("*", "qcs::cam::anyone:anyone", "qcs::cam::anonymous:anonymous")
PRINCIPALS = ("qcs", "service", "federated")


def _read_principal(value, use, rules):
    """Pairs (kind, text)."""
    if value == "*":
        return [("qcs", "*")]
    if isinstance(value, (str, list)) and rules.bare_principal:
        value = {"qcs": value}
    if not isinstance(value, dict) or not value:
        raise Refused("principal: \"*\" or an object")
    out = []
    for kind, names in value.items():
        if kind not in PRINCIPALS or (kind == "federated" and use == BUCKET):  # qcs and service (436/139783)
            raise Refused("principal: unknown kind %r" % kind)
        for name in _texts(names, "principal"):
            name = name.strip() if rules.blanks else name
            if kind == "qcs" and name not in ANYONE and not (LOOSE_NAME if rules.loose_principals else QCS_NAME).fullmatch(name):
                raise Refused("principal: %r is no qcs::cam::…" % name)
            if ":groupid/" in name and not rules.group_principals:
                raise Refused("principal: %r cannot be one here" % name)
            out.append((kind, name))
    return out


def _members(value, known, what):
    """The members of an object by their name in lower case; names differ in case between documents."""
    if not isinstance(value, dict):
        raise Refused("%s is an object" % what)
    out = {}
    for name, member in value.items():
        if name.lower() not in known:
            raise Refused("%s: unknown element %r" % (what, name))
        if name.lower() in out:
            raise Refused("%s: %r twice" % (what, name))
        out[name.lower()] = member
    return out


def _read_statement(value, use, outer, rules):
    members = _members(value, ("effect", "action", "resource", "condition", "principal", "sid"), "statement")
    one = Statement()
    effect = members.get("effect")
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        raise Refused("effect: allow or deny")
    one.allows = effect.lower() == "allow"
    if "action" not in members:
        raise Refused("action is missing")
    one.actions = [_read_action(text, rules) for text in _texts(members["action"], "action")]
    if use == TRUST:
        one.resources = [_read_resource("*", rules)]
    elif "resource" not in members:
        raise Refused("resource is missing")
    else:
        one.resources = [_read_resource(text, rules) for text in _texts(members["resource"], "resource")]
    one.principals = outer
    if "principal" in members:
        if use in (IDENTITY, BOUNDARY) and not rules.principal_in_identity:
            raise Refused("principal: not in a policy of a user")
        one.principals = _read_principal(members["principal"], use, rules) if use in (BUCKET, TRUST) else None
    if use in (BUCKET, TRUST) and one.principals is None:
        raise Refused("principal is missing")
    one.conditions = []
    condition = members.get("condition", {})
    if not isinstance(condition, dict):
        raise Refused("condition is an object")
    for word, keys in condition.items():
        _read_condition(one.conditions, word, keys)
    return one


def _pairs(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Refused("a name twice in one object")
    return out


def _no_constant(word):
    raise Refused("%s is not JSON" % word)


def read_policy(text, use, rules):
    """The statements of a policy; Refused when it is none."""
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant, parse_float=decimal.Decimal)
    except ValueError as error:
        raise Refused("not JSON: %s" % error) from None
    members = _members(value, ("version", "statement", "principal"), "policy")
    if members.get("version") != "2.0":
        raise Refused("version: only \"2.0\"")
    statements = members.get("statement")
    if isinstance(statements, dict) and rules.bare_statement:
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise Refused("statement: a list of one and more")
    outer = None
    if "principal" in members:
        if use in (IDENTITY, BOUNDARY) and not rules.principal_in_identity:
            raise Refused("principal: not in a policy of a user")
        is_idle = rules.idle_principal and all(isinstance(one, dict) and "principal" in map(str.lower, one) for one in statements)
        outer = _read_principal(members["principal"], use, rules) if use in (BUCKET, TRUST) and not is_idle else None
    return [_read_statement(statement, use, outer, rules) for statement in statements]
