# SPDX-License-Identifier: Apache-2.0
"""The defects that a C source invites, found in its syntax tree: a condition negated, a boundary moved, a statement left out. What an operator
proposes need not compile; schemata.py drops what does not. Nothing is proposed in what is computed before the program runs (case labels, sizes of
arrays, tables), since it cannot be switched; and nothing that belongs to others to see: what gives memory or a lock back (sanitizers), what only a
failed allocation reaches (the torture tests), how much memory is asked for, and the words of a message."""
import collections
import re

import tree_sitter
import tree_sitter_c

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))

# `span` is (from, to) in bytes of the source; `is_statement` tells how it is switched (schemata.py). `check` is a condition on types, and `differs`
# one under which mutant and original differ where they stand, both in C; "": none, always.
Mutant = collections.namedtuple("Mutant", "operator function line span before after is_statement check differs")

BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ORDER = {"<", "<=", ">", ">="}
LOGICAL = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "&": "|", "|": "&", "<<": ">>", ">>": "<<"}
NEUTRAL = {"&&": "true", "||": "false"}
GIVES_BACK = re.compile(r"(_free|_deinit|_unref|_release|_unlock|_lock|_destroy|^free|^fclose|^close|^va_end|_mutex_init)$")
# Their arguments may change places, or the words that are printed would.
SYMMETRIC = re.compile(r"^(strn?cmp|strcasecmp|memcmp|cos_span_eq|cos_span_eq_nocase|snprintf|cos_[mc]alloc|cos_size_\w+)$")
SIZES_MEMORY = re.compile(r"^(cos_[mc]alloc|cos_realloc|cos_arena_\w+|cos_buf_init|memset)$")
SPEAKS = re.compile(r"^(fail|fail_detail|plugin_refuse|platform_log|config_store_warn|config_store_note|refuse)$")
CONSTANT = re.compile(r"^[\s()\d*+xXa-fA-FuUlL<-]*$")
CAST = re.compile(r"\(size_t\)|\bU?INT\d+_C\b")
# Their inside is a constant, a type, or nothing that runs.
STILL = {"sizeof_expression", "alignof_expression", "offsetof_expression", "array_declarator", "bitfield_clause", "enum_specifier", "struct_specifier",
         "type_descriptor", "string_literal", "concatenated_string", "subscript_designator", "preproc_def", "preproc_function_def", "preproc_call",
         "preproc_include", "comment", "ERROR"}
ACTS = {"assignment_expression", "update_expression", "comma_expression"}
ONLY_LOOKS = re.compile(r"^(strn?cmp|strcasecmp|strchr|strlen|memcmp|isdigit|isalnum|cos_span_\w+|is_\w+|has_\w+|path_is_\w+)$")
WHOLE_NUMBERS = {"size_t", "ssize_t", "unsigned", "int64_t", "uint64_t", "int32_t", "uint32_t", "uint16_t", "uint8_t", "long", "char"}


def constants(texts):
    """Names of macros that stand for a number."""
    names = set()
    for text in texts:
        for name, body in re.findall(r"^#define ([A-Z][A-Z0-9_]+)[ \t]+(.+)$", text, re.M):
            body = CAST.sub("", re.sub(r"/\*.*?(\*/|$)", "", body))
            if CONSTANT.match(body) and re.search(r"\d", body):
                names.add(name)
    return names


def parse(source):
    """The tree of @source; macros that C's grammar has no place for are blanked out, so that every byte keeps its place."""
    def blank(match):
        return b" " * len(match.group(0))
    text = re.sub(rb"\bCOS_CLEANUP\(\w+\)|\bCOS_MUST_CHECK\b|\bCOS_PRINTF\([^)]*\)", blank, source)
    return PARSER.parse(text).root_node


class Finder:
    """Walks the functions of one source and gathers mutants."""

    def __init__(self, source, numbers):
        self.source = source
        self.numbers = numbers
        self.found = {}
        self.function = self.returns = self.last = None

    def text(self, node):
        return self.source[node.start_byte:node.end_byte].decode()

    def add(self, operator, node, after, is_statement=False, check="", differs=""):
        span = (node.start_byte, node.end_byte)
        mutant = Mutant(operator, self.function, node.start_point[0] + 1, span, flat(self.text(node)), flat(after), is_statement, flat(check),
                        flat(differs))
        self.found.setdefault((span, mutant.after, is_statement), mutant)

    def run(self):
        for node in every(parse(self.source), "function_definition"):
            declarator = node.child_by_field_name("declarator")
            pointer = declarator.type == "pointer_declarator"
            while declarator.type != "identifier":
                declarator = declarator.child_by_field_name("declarator")
            self.function = self.text(declarator)
            self.returns = "*" if pointer else self.text(node.child_by_field_name("type"))
            if GIVES_BACK.search(self.function):
                continue
            body = node.child_by_field_name("body")
            self.last = body.named_children[-1] if body.named_children else None
            self.visit(body)
        return sorted(self.found.values(), key=lambda m: (m.span[0], -m.span[1], m.operator, m.after))

    def visit(self, node):
        if node.type in STILL or node.has_error and node.type == "expression_statement":
            return
        if node.type == "declaration" and any(self.text(c) == "static" for c in node.children if c.type == "storage_class_specifier"):
            return
        if node.type == "call_expression" and self.text(node.child_by_field_name("function")) == "_Static_assert":
            return
        handle = getattr(self, "on_" + node.type, None)
        if handle:
            handle(node)
        for child in self.inside(node):
            self.visit(child)

    def inside(self, node):
        """The children that are looked into."""
        children = node.named_children
        if node.type == "case_statement":
            value = node.child_by_field_name("value")
            return children if value is None else children[1:]
        if node.type in ("if_statement", "conditional_expression") and "COSN_E_NOMEM" in self.text(node.child_by_field_name("consequence")):
            return children[2:]
        if node.type == "call_expression":
            called = self.text(node.child_by_field_name("function"))
            arguments = children[1].named_children
            if SPEAKS.match(called):
                return arguments[:3]
            if SIZES_MEMORY.match(called):
                return [a for a in arguments if a.type == "call_expression"]
        return children

    # ---- conditions ----

    def negate(self, condition):
        inner = bare(condition)
        if inner is None or inner.type in ("true", "false") or inner.type == "unary_expression" and self.text(inner).startswith("!"):
            return
        if inner.type == "binary_expression" and operator_of(inner) in ("==", "!="):
            return
        self.add("negate", inner, "!(%s)" % self.text(inner))

    def on_if_statement(self, node):
        self.negate(node.child_by_field_name("condition"))

    on_while_statement = on_do_statement = on_for_statement = on_conditional_expression = on_if_statement

    def on_unary_expression(self, node):
        if self.text(node).startswith("!"):
            self.add("not", node, "(%s) != 0" % self.text(node.child_by_field_name("argument")))

    def on_binary_expression(self, node):
        sign = operator_of(node)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        one, two = self.text(left), self.text(right)
        looks = self.only_looks(node)
        if sign in BOUNDARY and not (sign in ORDER and two.startswith("COS_ARRAY_LEN")):
            is_edge = looks and sign not in ("==", "!=")
            self.add("boundary", node, "(%s) %s (%s)" % (one, BOUNDARY[sign], two), differs="(%s) == (%s)" % (one, two) if is_edge else "")
        if sign in LOGICAL:
            # What stands on the right may only be looked at when the left has let it through.
            open_left = "(%s)" % one if sign == "&&" else "!(%s)" % one
            closed_right = "%s && %s(%s)" % (open_left, "!" if sign == "&&" else "", two)
            either = "!(%s) || (%s)" % (open_left, closed_right)
            self.add("logical", node, "(%s) %s (%s)" % (one, LOGICAL[sign], two), differs=either if looks else "")
            self.add("clause", left, NEUTRAL[sign], differs="!(%s)" % open_left if looks else "")
            self.add("clause", right, NEUTRAL[sign], differs=("!" if sign == "&&" else "") + "(%s)" % two if looks else "")
        if sign in ARITHMETIC:
            after = "(%s) %s (%s)" % (one, ARITHMETIC[sign], two)
            self.add("arithmetic", node, after, differs="(%s) != (%s)" % (self.text(node), after) if looks and sign not in "/%*" else "")

    def only_looks(self, node):
        """Whether to compute it twice is as good as once."""
        if node.type in ACTS or node.type == "call_expression" and not ONLY_LOOKS.match(self.text(node.child_by_field_name("function"))):
            return False
        return all(self.only_looks(c) for c in node.named_children)

    # ---- values ----

    def on_number_literal(self, node):
        if node.parent.type == "initializer_list" and node.parent.named_child_count == 1:
            return  # {0}: all of it zeroed
        if node.parent.type == "return_statement" and self.returns == "int":
            return  # on_return_statement
        is_zero = self.text(node) == "0"
        if node.parent.type == "binary_expression" and (operator_of(node.parent) in ORDER or is_zero and operator_of(node.parent) in BOUNDARY):
            return  # as the boundary moved, or the condition negated
        self.add("constant", node, "(%s + 1)" % self.text(node))
        if not is_zero:
            self.add("constant", node, "(%s - 1)" % self.text(node))

    def on_identifier(self, node):
        name = self.text(node)
        if name in self.numbers:
            self.on_number_literal(node)
        if node.parent.type in ("binary_expression", "case_statement"):
            return
        if re.match(r"COSN_E_[A-Z_]+$", name):
            self.add("status", node, "COSN_E_INVALID" if name == "COSN_E_IO" else "COSN_E_IO")
        if re.match(r"COSN_D_[A-Z_]+$", name) and name != "COSN_D_NONE":
            self.add("status", node, "COSN_D_NONE")

    def on_true(self, node):
        self.add("constant", node, "false" if node.type == "true" else "true")

    on_false = on_true

    def on_init_declarator(self, node):
        declared = node.parent.child_by_field_name("type")
        value = node.child_by_field_name("value")
        if declared is not None and self.text(declared) == "bool":
            self.negate(value)
        if self.text(node.child_by_field_name("declarator")) == "r":
            self.pretend_success(value)

    def on_assignment_expression(self, node):
        if self.text(node.child_by_field_name("left")) == "r":
            self.pretend_success(node.child_by_field_name("right"))

    def pretend_success(self, value):
        """What gives a status is not called, and 0 taken for its answer."""
        value = bare(value)
        if value.type == "call_expression":
            self.add("result", value, "0")
        if value.type == "conditional_expression":
            for name in ("consequence", "alternative"):
                self.pretend_success(value.child_by_field_name(name))

    def on_call_expression(self, node):
        arguments = [a for a in node.child_by_field_name("arguments").named_children if a.type != "comment"]
        name = self.text(node.child_by_field_name("function"))
        if SPEAKS.match(name) or SYMMETRIC.match(name):
            return
        for i in range(len(arguments) - 1):
            one, two = self.text(arguments[i]), self.text(arguments[i + 1])
            if one == two:
                continue
            texts = [self.text(a) for a in arguments]
            texts[i], texts[i + 1] = two, one
            check = "__builtin_types_compatible_p(__typeof__(1 ? (%s) : (%s)), __typeof__(1 ? (%s) : (%s)))" % (one, one, two, two)
            self.add("swap", node, "%s(%s)" % (name, ", ".join(texts)), check=check)

    # ---- statements ----

    def on_expression_statement(self, node):
        if not node.named_children:
            return
        inner = node.named_children[0]
        if inner.type == "cast_expression":
            inner = inner.child_by_field_name("value")
            if inner.type == "identifier":
                return
        called = self.text(inner.child_by_field_name("function")) if inner.type == "call_expression" else ""
        if not GIVES_BACK.search(called):
            self.add("drop", node, "", is_statement=True)

    def on_break_statement(self, node):
        if node.parent.type != "case_statement":
            self.add("drop", node, "", is_statement=True)

    on_continue_statement = on_break_statement

    def on_return_statement(self, node):
        if node.parent.type == "compound_statement" and node.id != self.last.id:
            self.add("drop", node, "", is_statement=True)
        value = bare(node.named_children[0]) if node.named_children else None
        if value is None or value.type in ("true", "false"):
            return
        text = self.text(value)
        is_fine = text in ("0", "COSN_OK")
        if self.returns == "bool":
            self.negate(value)
        elif self.returns == "int":
            self.add("return", value, "COSN_E_IO" if is_fine else "0", differs="" if is_fine else self.unless_zero(value))
            if value.type == "conditional_expression":
                self.pretend_success(value)
        elif self.returns == "*" and text != "NULL":
            self.add("return", value, "NULL", differs=self.unless_zero(value))
        elif self.returns in WHOLE_NUMBERS and value.type != "number_literal":
            self.add("return", value, "0", differs=self.unless_zero(value))

    def unless_zero(self, value):
        return "(%s) != 0" % self.text(value) if self.only_looks(value) else ""


def flat(text):
    return re.sub(r"\s*\n\s*", " ", text)


def bare(node):
    while node is not None and node.type == "parenthesized_expression":
        node = node.named_children[0]
    return node


def operator_of(node):
    return node.child_by_field_name("operator").type


def every(node, kind):
    if node.type == kind:
        yield node
        return
    for child in node.named_children:
        yield from every(child, kind)


def find(source, numbers):
    return Finder(source, numbers).run()
