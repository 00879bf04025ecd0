# SPDX-License-Identifier: Apache-2.0
"""May this caller do this? The order of evaluation of the documents over the values of language.py.

Sources: sts-cam.md s.3.1 to 3.3, cam-conditions.md s.1, 2, 4 and 5, cos-operations-1.md s.3.3 to 3.5. As language.py, written without a
look at the C evaluator.
"""
import functools
import urllib.parse

import language

ANONYMOUS, ROOT, SUB, FEDERATED, ROLE = "anonymous", "root", "sub", "federated", "role"


class Who:
    """A caller. A federated one has the uin of the user whose token it is; a role's uin is its id."""
    __slots__ = ("kind", "uin", "owner", "appid", "role")

    def __init__(self, kind, uin="", owner="", appid="", role=""):
        self.kind, self.uin, self.owner, self.appid, self.role = kind, uin, owner, appid, role

    def speaks_for_account(self):
        return self.kind == ROOT or (self.kind == FEDERATED and self.uin == self.owner)


class Ask:
    """One question. resource: qcs::cos:<region>:uid/<appid>:<bucket>/<key>, or "*"; context: key -> list of texts, decoded; owner, appid: of
    the resource; lists: "object", "folder", "bucket" -> list of (grantee, permission), or None where there is none."""
    __slots__ = ("action", "resource", "context", "owner", "appid", "lists")

    def __init__(self, action, resource, context, owner, appid, lists=None):
        self.action, self.resource, self.context = action, resource, context
        self.owner, self.appid, self.lists = owner, appid, lists or {}


class Policies:
    """What applies to a caller, read: a list of identity policies, and one of each other kind or None."""
    __slots__ = ("identity", "session", "bucket", "boundary", "trust")

    def __init__(self, identity=(), session=None, bucket=None, boundary=None, trust=None):
        self.identity, self.session, self.bucket, self.boundary, self.trust = identity, session, bucket, boundary, trust


class Verdict:
    """reasons: every word that may be given for it; who decides first among several denies is not documented."""
    __slots__ = ("allowed", "reasons")

    def __init__(self, allowed, reasons):
        self.allowed, self.reasons = allowed, set(reasons)


@functools.lru_cache(maxsize=65536)
def _pieces(pattern):
    return tuple(pattern.split("*"))


def glob(pattern, text):
    """'*' crosses '/' and may be empty; nothing else is special."""
    pieces = _pieces(pattern)
    if len(pieces) == 1:
        return pattern == text
    first, last = pieces[0], pieces[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def glob_one(pattern, text):
    """The same, where '?' is one character; by the table, for it is asked seldom."""
    row = [True] + [False] * len(text)
    for sign in pattern:
        if sign == "*":
            seen = False
            for i, value in enumerate(row):
                seen = seen or value
                row[i] = seen
        else:
            row = [False] + [row[i] and sign in ("?", text[i]) for i in range(len(text))]
    return row[-1]


# --- conditions ---

PARAMETERS = {"cos:versionid", "cos:prefix", "cos:response-content-type"}  # compared percent-encoded (436/46205)
_WRITES = "PutObject PutObjectCopy PostObject InitiateMultipartUpload AppendObject"  # the second is the first, copying
CARRIED_BY = {key: frozenset(actions.split()) for key, actions in {
    "cos:x-cos-storage-class": _WRITES,
    "cos:versionid": "GetObject HeadObject DeleteObject PostObjectRestore RestoreObject PutObjectTagging GetObjectTagging DeleteObjectTagging",
    "cos:prefix": "GetBucket GetBucketObjectVersions ListMultipartUploads ListLiveChannels",
    "cos:x-cos-acl": _WRITES + " PutObjectACL PutBucket PutBucketACL",
    "cos:response-content-type": "GetObject",
    "qcs:request_tag": "PutBucket PutBucketTagging",
    "cos:x-cos-forbid-overwrite": "InitiateMultipartUpload CompleteMultipartUpload",
}.items()}
ALIASES = {"cos:content_length": "cos:content-length", "qcs:vpc": "vpc:requester_vpc"}


def _name_of(action):
    return action.rpartition(":")[2]


def values_of(key, ask, rules):
    """What the request says of a key, as texts; [] when it says nothing."""
    key = ALIASES.get(key, key)
    carriers = CARRIED_BY.get(key)
    if carriers is not None and _name_of(ask.action) not in carriers:
        return []
    values = ask.context.get(key, [])
    if key in PARAMETERS:
        return [urllib.parse.quote(value, safe=rules.unencoded) for value in values]
    return values


def _expanded(text, who):
    if "${" not in text:
        return text
    return text.replace("${uin}", who.uin).replace("${owner_uin}", who.owner).replace("${app_id}", who.appid)


def _in_range(address, network):
    number, bits = network
    return (address ^ number) >> (128 - bits) == 0


COMPARED = {"equal": lambda a, b: a == b, "greater_than": lambda a, b: a > b, "greater_than_equal": lambda a, b: a >= b,
            "less_than": lambda a, b: a < b, "less_than_equal": lambda a, b: a <= b}


def _fits(comparison, family, value, expected, who):
    if family in ("numeric", "date"):
        return COMPARED[comparison](value, expected)
    if family == "ip":
        return _in_range(value, expected)
    if family == "bool":
        return value == expected
    expected = _expanded(expected, who)
    if comparison == "like":
        return glob(expected, value)
    if comparison == "equal_ignore_case":
        return value.lower() == expected.lower()
    return value == expected


READ_VALUE = {"string": lambda text: text, "numeric": language.number_of, "date": language.instant_of, "bool": language.truth_of,
              "ip": language.address_of}


def _one_value_fits(condition, comparison, negated, family, text, who):
    value = READ_VALUE[family](text)
    if value is None:
        return False
    return negated != any(_fits(comparison, family, value, expected, who) for expected in condition.values)


def condition_holds(condition, who, ask, rules):
    values = values_of(condition.key, ask, rules)
    family = language.OPERATORS[condition.operator]
    if family == "null":
        return (not values or values == [""]) in condition.values
    if not values:
        return condition.if_exist or (condition.set_over == "for_all_value:" and rules.absent_for_all)
    comparison = condition.operator.partition("_")[2]
    negated = comparison.startswith("not_")
    comparison = comparison[len("not_"):] if negated else comparison
    if condition.set_over == "for_all_value:":
        return all(_one_value_fits(condition, comparison, negated, family, text, who) for text in values)
    if condition.set_over == "for_any_value:" or not negated:
        return any(_one_value_fits(condition, comparison, negated, family, text, who) for text in values)
    return all(_one_value_fits(condition, comparison, negated, family, text, who) for text in values)


# --- statements ---

def action_fits(pattern, action):
    if pattern == ("*", "*"):
        return True
    service, _, name = action[len("name/"):].partition(":")
    return glob(pattern[0], service) and glob(pattern[1], name)


def _account_fits(account, creator, ask, hits_any):
    owner, appid = creator
    if account == "":
        return (owner, appid) == (ask.owner, ask.appid)
    if account in ("*", "uid/*", "uin/*"):
        return hits_any
    kind, _, number = account.partition("/")
    return (kind == "uid" and number == ask.appid) or (kind == "uin" and number == ask.owner)


def resource_fits(one, allows, creator, ask, rules):
    if one.every:
        return True
    hits_any = not allows and rules.any_account_denies
    if ask.resource == "*":
        return (rules.service_level_by_qcs and one.service in ("cos", "", "*" if rules.service_star else "cos") and one.region in ("", "*")
                and one.path == "*" and _account_fits(one.account, creator, ask, hits_any))
    _, _, service, region, _, path = ask.resource.split(":", 5)
    if one.service not in ("", service) and not (one.service == "*" and rules.service_star):
        return False
    if one.region not in ("", "*", region) and not (rules.region_glob and glob(one.region, region)):
        return False
    return _account_fits(one.account, creator, ask, hits_any) and (glob_one if rules.question_mark else glob)(one.path, path)


def statement_fits(statement, creator, who, ask, rules):
    return (any(action_fits(action, ask.action) for action in statement.actions)
            and any(resource_fits(one, statement.allows, creator, ask, rules) for one in statement.resources)
            and all(condition_holds(one, who, ask, rules) for one in statement.conditions))


def says(policy, creator, who, ask, rules):
    """(allows, denies) of one policy without principals."""
    allows = denies = False
    for statement in policy:
        if (not denies if not statement.allows else not allows) and statement_fits(statement, creator, who, ask, rules):
            allows, denies = allows or statement.allows, denies or not statement.allows
    return allows, denies


# --- principals ---

def _root_named(name):
    """The account whose root a principal is, or None."""
    tail = name[len("qcs::cam::"):]
    account, _, rest = tail.partition(":")
    if not account.startswith("uin/"):
        return None
    number = account[len("uin/"):]
    return number if rest in ("root", "uin/" + number) else None


def names_his_root(name, who):
    """Is it the account of a caller who is not that himself?"""
    return _root_named(name) == who.owner and not who.speaks_for_account()


def names(name, allows, who, ask, rules):
    """Does a targeted principal mean this signed caller?"""
    if name == "qcs::cam::uin/%s:uin/*" % who.owner and rules.uin_star:
        return who.kind != ROLE
    account = _root_named(name)
    if account is not None:
        stands_for_users = rules.root_stands_for_users if allows else rules.root_deny_hits_users
        return account == who.owner and (who.speaks_for_account() or stands_for_users)
    home = "qcs::cam::uin/%s:" % who.owner
    if not name.startswith(home):
        return False
    rest = name[len(home):]
    if who.kind == ROLE:
        return rest in ("roleName/" + who.role, "role/" + who.uin)
    return rest == "uin/" + who.uin


class BucketSays:
    """allows, denies: the caller; allows_root, denies_root: another account, whose sub-account or role he is, and which passes on what it
    has (598/10605); allows_anyone, denies_anyone: everybody."""
    __slots__ = ("allows", "denies", "allows_root", "denies_root", "allows_anyone", "denies_anyone")

    def __init__(self, policy, creator, who, ask, rules):
        self.allows = self.denies = self.allows_root = self.denies_root = self.allows_anyone = self.denies_anyone = False
        for statement in policy or ():
            named = [name for kind, name in statement.principals if kind == "qcs"]
            anyone = any(name in language.ANYONE for name in named)
            named = [] if who.kind == ANONYMOUS else [name for name in named if name not in language.ANYONE]
            targeted = any(names(name, statement.allows, who, ask, rules) for name in named)
            root = who.owner != ask.owner and any(names_his_root(name, who) for name in named)
            if not (anyone or targeted or root) or not statement_fits(statement, creator, who, ask, rules):
                continue
            if statement.allows:
                self.allows, self.allows_root, self.allows_anyone = self.allows or targeted, self.allows_root or root, self.allows_anyone or anyone
            else:
                self.denies, self.denies_root, self.denies_anyone = self.denies or targeted, self.denies_root or root, self.denies_anyone or anyone


# --- access control lists ---

_BUCKET_WRITE = ("PutObject PutObjectCopy PostObject InitiateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload DeleteObject"
                 " AbortMultipartUpload AppendObject ListParts DeleteMultipleObjects")
ON_BUCKET = {"READ": "HeadBucket GetBucket GetBucketObjectVersions ListMultipartUploads GetObject HeadObject", "WRITE": _BUCKET_WRITE,
             "READ_ACP": "GetBucketACL GetBucketPolicy", "WRITE_ACP": "PutBucketACL PutBucketPolicy"}
ON_OBJECT = {"READ": "GetObject HeadObject", "READ_ACP": "GetObjectACL", "WRITE_ACP": "PutObjectACL"}
ON_BUCKET, ON_OBJECT = ({permission: frozenset(actions.split()) for permission, actions in table.items()} for table in (ON_BUCKET, ON_OBJECT))


CANNED = {"-": [], "private": [], "public-read": [("AllUsers", "READ")], "public-read-write": [("AllUsers", "READ"), ("AllUsers", "WRITE")],
          "authenticated-read": [("AuthenticatedUsers", "READ")], "bucket-owner-read": [], "bucket-owner-full-control": []}


def read_list(text):
    """The grants of "<canned word> <permission>:<grantee> ..." beside those of the owner, which he has anyhow; None: it inherits."""
    word, *grants = text.split()
    if word == "default":
        return None
    return CANNED[word] + [tuple(grant.split(":")[::-1]) for grant in grants]


def _permission_for(table, action):
    return next((permission for permission, actions in table.items() if action in actions), None)


def deciding_list(ask, rules):
    """The list that decides, and the permission that the action needs on it."""
    action = _name_of(ask.action)
    needed = _permission_for(ON_OBJECT, action)
    if needed is not None:
        for place in ("object", "folder"):
            if ask.lists.get(place) is not None:
                return ask.lists[place], needed
    if needed is None or needed == "READ" or not rules.inherited_acp:
        needed = _permission_for(ON_BUCKET, action)
    return ask.lists.get("bucket") or [], needed


class ListSays:
    """grants: to the caller, or to all who sign; grants_root: to the account that may pass it on; public: to everybody."""
    __slots__ = ("grants", "grants_root", "public")

    def __init__(self, who, ask, rules):
        self.grants = self.grants_root = self.public = False
        entries, needed = deciding_list(ask, rules)
        for grantee, permission in entries if needed else ():
            if permission not in (needed, "FULL_CONTROL"):
                continue
            if grantee == "AllUsers":
                self.public = True
            elif who.kind != ANONYMOUS and (grantee == "AuthenticatedUsers" or _is_grantee(grantee, who)):
                self.grants = True
            elif who.owner != ask.owner and grantee == who.owner + "/" + who.owner:
                self.grants_root = True


def _is_grantee(grantee, who):
    """A grantee is "<owner uin>/<uin>" of a user; a root account has both the same."""
    return who.kind not in (ANONYMOUS, ROLE) and grantee == "%s/%s" % (who.owner, who.uin)


# --- the order of evaluation ---

def _anonymous(bucket, lists):
    if bucket.denies_anyone:
        return Verdict(False, ["explicit_deny:bucket"])
    if bucket.allows_anyone:
        return Verdict(True, ["bucket_anyone"])
    return Verdict(True, ["acl"]) if lists.public else Verdict(False, ["implicit_deny"])


def judge(who, policies, ask, rules):
    bucket = BucketSays(None if ask.resource == "*" else policies.bucket, (ask.owner, ask.appid), who, ask, rules)
    lists = ListSays(who, ask, rules)
    if who.kind == ANONYMOUS:
        return _anonymous(bucket, lists)
    home = (who.owner, who.appid)
    at_home = [says(policy, home, who, ask, rules) for policy in policies.identity]
    identity_allows, identity_denies = any(one[0] for one in at_home), any(one[1] for one in at_home)
    bounded, bound_denies = (True, False) if policies.boundary is None else says(policies.boundary, home, who, ask, rules)
    session_allows, session_denies = (True, False) if policies.session is None else says(policies.session, home, who, ask, rules)
    owns = who.speaks_for_account() and who.owner == ask.owner
    bucket_denies = bucket.denies or (rules.strict_anyone_deny and bucket.denies_anyone)
    if owns and ask.action == "name/cos:PutBucketPolicy":
        bucket_denies = False
    denies = [layer for layer, denied in (("identity", identity_denies), ("session", session_denies), ("bucket", bucket_denies),
                                          ("boundary", bound_denies)) if denied]
    if denies:
        return Verdict(False, ["explicit_deny:" + layer for layer in denies])
    return _granted(who, ask, rules, bucket, lists, (owns, identity_allows, bounded, session_allows))


def _granted(who, ask, rules, bucket, lists, found):
    owns, identity_allows, bounded, session_allows = found
    has_boundary_grant = bounded or not rules.boundary_binds_grants
    by_bucket, by_list = bucket.allows and has_boundary_grant, lists.grants and has_boundary_grant
    by_identity = identity_allows and bounded
    by_bucket = by_bucket or (bucket.allows_root and not bucket.denies_root and has_boundary_grant)
    by_list = by_list or (lists.grants_root and not bucket.denies_root and has_boundary_grant)
    foreign = who.owner != ask.owner and ask.resource != "*"
    if foreign and not who.speaks_for_account():  # permission is passed on: both sides must grant (436/32971)
        by_bucket, by_list, by_identity = by_bucket and by_identity, by_list and by_identity, False
    elif foreign:
        by_identity = False
    reasons = ["allow"] if owns or by_identity or by_bucket else []
    reasons += ["acl"] if by_list else []
    anyone = (["bucket_anyone"] if bucket.allows_anyone else []) + (["acl_anyone"] if lists.public else [])
    anyone = [] if bucket.denies_anyone else anyone
    if reasons and session_allows:
        return Verdict(True, reasons + anyone)
    if anyone:
        return Verdict(True, anyone)
    if reasons:
        return Verdict(False, ["implicit_deny:session"])
    return Verdict(False, ["implicit_deny"] + ([] if session_allows else ["implicit_deny:session"])
                   + (["implicit_deny:boundary"] if not bounded else []))


# --- roles that shall be assumed (cam-conditions.md s.6) ---

def trusts(trust, who, ask, rules):
    """(allows, denies) of a role's trust policy: an account in it stands for its users and roles (cn:598/33164)."""
    allows = denies = False
    for statement in trust:
        named = any(kind == "qcs" and (name in language.ANYONE or names(name, statement.allows, who, ask, rules) or _root_named(name) == who.owner)
                    for kind, name in statement.principals)
        if named and statement_fits(statement, (ask.owner, ask.appid), who, ask, rules):
            allows, denies = allows or statement.allows, denies or not statement.allows
    return allows, denies


def judge_assuming(who, policies, ask, rules):
    """Both sides have to allow it: the role's trust, and the policies of a caller who is no account himself; his session as everywhere."""
    home = (who.owner, who.appid)
    identity = [says(policy, home, who, ask, rules) for policy in policies.identity]
    boundary, session = [(True, False) if policy is None else says(policy, home, who, ask, rules) for policy in (policies.boundary, policies.session)]
    trust = trusts(policies.trust, who, ask, rules)
    denies = [layer for layer, denied in (("identity", any(one[1] for one in identity)), ("boundary", boundary[1]), ("session", session[1]),
                                          ("trust", trust[1])) if denied]
    if denies:
        return Verdict(False, ["explicit_deny:" + layer for layer in denies])
    own = who.speaks_for_account() or any(one[0] for one in identity)
    missing = [word for word, there in (("implicit_deny", own), ("implicit_deny:boundary", boundary[0]), ("implicit_deny:session", session[0]),
                                        ("implicit_deny:trust", trust[0])) if not there]
    return Verdict(not missing, missing or ["allow"])
