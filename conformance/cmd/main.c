/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosconform: the tables of the command line, and the frame: load the catalogue, read what is
 * selected from it, hand over to a verb.
 */
#include "cmd.h"

#include "cosbase/clock.h"
#include "cosbase/secret.h"
#include "family.h"
#include "verdict.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

#define AT(member) offsetof(struct cmd, member)

static const struct cos_option common[] = {
    {"--catalogue", "FILE", "another requirements.yaml", COS_OPTION_TEXT, AT(catalogue_path)},
    {NULL},
};
static const struct cos_option subject[] = {
    {"--in-process", NULL, "the library linked into this program: no socket, virtual\ntime",
     COS_OPTION_FLAG, AT(in_process)},
    {"--subject", "PATH",
     "a plugin .so or .jar, or a directory with one in plugins/<name>/\n(a FLUSS_HOME)",
     COS_OPTION_TEXT, AT(subject)},
    {"--classpath", "A:B", "what a .jar needs beside itself: Fluss or Hadoop, and slf4j-simple",
     COS_OPTION_TEXT, AT(classpath)},
    {"--java", "PATH", "the 'java' of a JDK, 11 or newer (default: of JAVA_HOME, of PATH)",
     COS_OPTION_TEXT, AT(java)},
    {"--subject-kind", "KIND",
     "what a .jar is: fluss, a plugin (default), or hadoop, hadoop-cos", COS_OPTION_TEXT,
     AT(subject_kind)},
    {"--driver", "COMMAND",
     "any program that speaks the driver protocol\n(conformance/drivers/PROTOCOL.md)",
     COS_OPTION_TEXT, AT(driver)},
    {"--check-protocol", NULL,
     "hold every line of the driver against the schema\n(cosconform driver schema)",
     COS_OPTION_FLAG, AT(check_protocol)},
    {"--jobs", "N", "cases at the same time (default 2)", COS_OPTION_NUMBER, AT(jobs), 1, 64},
    {"--seed", "N", "worlds, keys and jitter derive from it (default 1)", COS_OPTION_NUMBER,
     AT(seed), 1, (UINT64_C(1) << 53) - 1},
    {"--timeout-ms", "N", "for one operation over a process (default 30000; of a JVM 120000)",
     COS_OPTION_NUMBER, AT(timeout_ms), 10, 3600000},
    {NULL},
};
static const struct cos_option selection[] = {
    {"--only", "A,B", "ids, areas or globs: POL-003,REF,STS-02*; may be repeated",
     COS_OPTION_LIST, AT(only)},
    {"--level", "LEVEL", "must, should (and must) or may (all)", COS_OPTION_TEXT, AT(level)},
    {"--profile", "NAME", "core, config, token-server, token-client, refresh", COS_OPTION_TEXT,
     AT(profile)},
    {"--shard", "I/N",
     "the I-th of N parts, by hash of the id; else what the\nvariables of GitLab, GitHub or "
     "Kubernetes say (docs/ci)",
     COS_OPTION_TEXT, AT(shard)},
    {NULL},
};
static const struct cos_option report[] = {
    {"--out", "DIR",
     "write results.jsonl, journal.jsonl, junit.xml, tap.txt,\nsummary.md, report.html "
     "(certify: and "
     "certificate.*)",
     COS_OPTION_TEXT, AT(out)},
    {"--strict", NULL, "a SHOULD that does not hold ends with status 4", COS_OPTION_FLAG,
     AT(strict)},
    {"--verbose", NULL, "also print what holds", COS_OPTION_FLAG, AT(verbose)},
    {"--annotate", NULL, "also print failures as annotations of GitHub Actions",
     COS_OPTION_FLAG, AT(annotate)},
    {"--progress", "HOW",
     "on standard error: bar (a line written over), lines (one a\nsecond) or off; auto: what "
     "suits it (default)",
     COS_OPTION_TEXT, AT(progress)},
    {"--color", "WHEN", "auto (a terminal, and no NO_COLOR; default), always or never",
     COS_OPTION_TEXT, AT(color)},
    {"--waivers", "FILE", "known failures: id, reason, issue, expires", COS_OPTION_TEXT,
     AT(waivers_path)},
    {"--mutant", "NAME", "plant this defect (needs a build with mutants)", COS_OPTION_TEXT,
     AT(mutant)},
    {NULL},
};
static const struct cos_option proof_options[] = {
    {"--sign", "KEY",
     "sign what is written with this private key (keygen); else\nCOSCONFORM_SIGNING_KEY_FILE "
     "names it",
     COS_OPTION_TEXT, AT(sign)},
    {"--bundle", "FILE", "all that is written as one tar archive", COS_OPTION_TEXT, AT(bundle)},
    {"--mutation", "FILE", "JSON: what mutants say about this suite; the certificate names it",
     COS_OPTION_TEXT, AT(mutation_path)},
    {NULL},
};
static const struct cos_option expect_options[] = {
    {"--expect", "FILE",
     "verdicts that are expected: a difference, better or worse,\nis status 1, nothing else is",
     COS_OPTION_TEXT, AT(expect)},
    {"--expect-write", "FILE", "write such a file from this run", COS_OPTION_TEXT,
     AT(expect_write)},
    {NULL},
};
static const struct cos_option list_options[] = {
    {"--untested", NULL, "only what has no case", COS_OPTION_FLAG, AT(untested)},
    {"--json", NULL, "as one JSON document", COS_OPTION_FLAG, AT(json)},
    {"--yaml", NULL, "as one YAML document", COS_OPTION_FLAG, AT(yaml)},
    {NULL},
};

static const struct cos_option keygen_options[] = {
    {"--out", "DIR", "where the two files go (default: here)", COS_OPTION_TEXT, AT(out)},
    {NULL},
};
static const struct cos_option replay_options[] = {
    {"--subject", "PATH", "where the subject is now (default: where it was)", COS_OPTION_TEXT,
     AT(subject)},
    {"--driver", "COMMAND", "the driver, where one was used", COS_OPTION_TEXT, AT(driver)},
    {"--java", "PATH", "the 'java' of a JDK, where a .jar was judged", COS_OPTION_TEXT,
     AT(java)},
    {NULL},
};
static const struct cos_option merge_options[] = {
    {"--out", "DIR", "where the report of all goes, and its certificate", COS_OPTION_TEXT,
     AT(out)},
    {"--key", "FILE", "each shard must be signed by this public key's other half",
     COS_OPTION_TEXT, AT(key_path)},
    {NULL},
};
static const struct cos_option verify_options[] = {
    {"--key", "FILE", "the public key that you trust (PEM)", COS_OPTION_TEXT, AT(key_path)},
    {"--subject", "FILE", "what the certificate must be about; may be repeated",
     COS_OPTION_LIST, AT(subjects)},
    {"--profile", "NAME", "what must be certified", COS_OPTION_TEXT, AT(profile)},
    {"--evidence", "DIR",
     "where the files of the run must be (default: they may lie\nbeside "
     "the certificate)",
     COS_OPTION_TEXT, AT(evidence_dir)},
    {NULL},
};
static const struct cos_option badge_options[] = {
    {"--key", "FILE", "the public key that you trust (PEM)", COS_OPTION_TEXT, AT(key_path)},
    {"--output", "FILE", "badge.svg, or badge.json: an endpoint of shields.io", COS_OPTION_TEXT,
     AT(output_path), .letter = 'o'},
    {NULL},
};

static const struct cos_option explain_options[] = {
    {"--results", "DIR", "what a run wrote there with --out", COS_OPTION_TEXT, AT(results)},
    {NULL},
};
static const struct cos_verb run_verb = {
    .name = "run",
    .operands = "",
    .summary = "run requirements and print what does not hold",
    .about =
        "Run requirements on a subject and print what does not hold: root causes first, with\n"
        "what could not be judged for them. One of --in-process, --subject and --driver says\n"
        "what the subject is. --out keeps all of it: report.html to read, summary.md for the\n"
        "page of a CI job, junit.xml and tap.txt for CI systems, results.jsonl and\n"
        "journal.jsonl for programs. Ctrl-C ends the run and shows what is known by then; a\n"
        "second one ends at once.",
    .after =
        "examples:\n"
        "  cosconform run --in-process\n"
        "  cosconform run --in-process --only REF --verbose\n"
        "  cosconform run --subject build/fluss --out results\n"
        "  cosconform explain POL-004 --results results\n"
        "  cosconform run --subject build/fluss --out results --annotate   # GitHub Actions\n"
        "  cat results/summary.md >> \"$GITHUB_STEP_SUMMARY\"",
    .options = {subject, selection, report, proof_options, expect_options},
    .run = cmd_run,
};
static const struct cos_verb certify_verb = {
    .name = "certify",
    .operands = "",
    .summary = "run all of them on an artefact and write a certificate",
    .about =
        "Run all requirements on an artefact in a process of its own (--subject), and write a\n"
        "certificate with its evidence into --out DIR when every MUST holds; if one does not,\n"
        "the evidence stands there all the same, and the terminal says what is against it.\n"
        "Reports are those of 'run'. No filter may be in use; --profile is none.",
    .after = "examples:\n"
             "  cosconform certify --subject build/fluss --out certificate\n"
             "  cosconform certify --subject build/fluss --out certificate --sign my.key\n"
             "  cosconform verify certificate --key my.pub",
    .options = {subject, selection, report, proof_options},
    .run = cmd_certify,
};
static const struct cos_verb list_verb = {
    .name = "list",
    .operands = "",
    .summary = "print every requirement, tested or not",
    .about =
        "Print every requirement, tested or not: id, level, profile, statement. --json gives\n"
        "{\"requirements\":[...]} with all that the catalogue says about each.",
    .after = "examples:\n"
             "  cosconform list --level must --untested\n"
             "  cosconform list --json | jq '.requirements[].id'",
    .options = {selection, list_options},
    .run = cmd_list,
};
static const struct cos_verb explain_verb = {
    .name = "explain",
    .operands = "ID",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "print one requirement, and what became of it in a run",
    .about = "Print one requirement: statement, the sentence of the page that it certifies, "
             "source, how\n"
             "it is observed, its cases and what they stand on, the defect that they must "
             "notice, and\n"
             "the command that runs it. With --results also what a run found and why: what was "
             "asked,\n"
             "answered, seen in the mock's journal, and what blocked it.",
    .after = "examples:\n"
             "  cosconform explain POL-004\n"
             "  cosconform explain POL-004 --results results",
    .options = {explain_options},
    .run = cmd_explain,
};
static const struct cos_option mutant_options[] = {
    {"--harmless", NULL, "only the variants that must change no verdict", COS_OPTION_FLAG,
     AT(only_harmless)},
    {"--repeat", "N", "each of those so many times (default 1)", COS_OPTION_NUMBER, AT(repeat),
     1, 1000},
    {"--collateral", NULL,
     "also run everything with each defect: which others change?\n"
     "More than 30: the defect is too coarse",
     COS_OPTION_FLAG, AT(collateral)},
    {"--output", "FILE", "also write the tally as JSON, for certify --mutation",
     COS_OPTION_TEXT, AT(output_path), .letter = 'o'},
    {NULL},
};
static const struct cos_verb mutants_verb = {
    .name = "mutants",
    .operands = "",
    .summary = "plant every known defect and see whether the suite notices",
    .about =
        "Plant every known defect in the library, one after the other, and see whether the\n"
        "requirement that names it notices; harmless variants must change no verdict.",
    .after = "example:\n"
             "  cosconform-mutants mutants --in-process --only POL",
    .options = {subject, selection, mutant_options},
    .run = cmd_mutants,
};
static const struct cos_option checked[] = {
    {"--driver", "COMMAND", "the program to check", COS_OPTION_TEXT, AT(driver)},
    {"--subject", "PATH", "or: the host process with this plugin", COS_OPTION_TEXT,
     AT(subject)},
    {"--timeout-ms", "N", "for one operation (default 30000, hello 60000)", COS_OPTION_NUMBER,
     AT(timeout_ms), 10, 3600000},
    {NULL},
};
static const struct cos_verb driver_check_verb = {
    .name = "driver check",
    .operands = "",
    .summary = "check a driver program step by step, and say what is wrong",
    .about =
        "Check that a program keeps the driver protocol (conformance/drivers/PROTOCOL.md): its "
        "lines\n"
        "as bytes, hello and ids, its end, then each operation and capability on a mock of its "
        "own.\n"
        "No subject is judged. A step that does not hold shows what was sent, what came, what "
        "would\n"
        "be right, and where that is written.",
    .after =
        "status: 0 every step holds, 1 one does not, 2 usage, 3 there is no place to do it\n"
        "\n"
        "example:\n"
        "  cosconform driver check --driver 'python3 my_driver.py'",
    .options = {checked},
    .run = cmd_driver_check,
};
static const struct cos_verb driver_schema_verb = {
    .name = "driver schema",
    .operands = "",
    .summary = "print the driver protocol as a JSON Schema",
    .about = "Print requests and replies of the driver protocol as a JSON Schema (draft "
             "2020-12).\n"
             "What answers OP is \"#/$defs/OP.reply\". conformance/drivers/PROTOCOL.md tells "
             "the same\n"
             "in words.",
    .after = "example:\n"
             "  cosconform driver schema | jq '.\"$defs\".\"stat.reply\"'",
    .run = cmd_driver_schema,
};
static const struct cos_verb keygen_verb = {
    .name = "keygen",
    .operands = "",
    .summary = "make a pair of keys to sign certificates with",
    .about = "Make a pair of Ed25519 keys, cosconform.key (private, mode 0600) and\n"
             "cosconform.pub, as PEM. A file that exists is never written over.",
    .after = "example:\n"
             "  cosconform keygen --out keys",
    .options = {keygen_options},
    .run = cmd_keygen,
};
static const struct cos_verb verify_verb = {
    .name = "verify",
    .operands = "CERTIFICATE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "check a certificate: who signed, what, is it whole",
    .about = "Check a certificate, a folder with one, or a bundle, offline; one line a check. "
             "Status 0\n"
             "when all hold, 8 when one does not.",
    .after = "example:\n"
             "  cosconform verify certificate/certificate.dsse.json --key cosconform.pub\\\n"
             "      --subject libfluss-fs-cosn.so --profile core",
    .options = {verify_options},
    .run = cmd_verify,
};
static const struct cos_verb badge_verb = {
    .name = "badge",
    .operands = "CERTIFICATE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "draw a badge of a certificate that verifies",
    .about = "Draw a badge of a certificate, which is verified first: as SVG, or as JSON for\n"
             "the endpoint badge of shields.io.",
    .after = "example:\n"
             "  cosconform badge certificate.dsse.json --key cosconform.pub -o badge.svg",
    .options = {badge_options},
    .run = cmd_badge,
};
static const struct cos_verb merge_verb = {
    .name = "merge",
    .operands = "DIR...",
    .min_operands = 1,
    .max_operands = 1000,
    .summary = "make one report, and one certificate, of all shards",
    .about =
        "Make one report of the folders (or bundles) that the shards of a run left, and a\n"
        "certificate where nothing stands against it. Gaps, overlaps and whatever was "
        "judged\n"
        "with something else are refused by name.",
    .after = "example:\n"
             "  cosconform certify --subject build/fluss --shard 1/2 --out one\n"
             "  cosconform certify --subject build/fluss --shard 2/2 --out two\n"
             "  cosconform merge one two --out certificate --sign cosconform.key",
    .options = {merge_options, proof_options},
    .run = cmd_merge,
};
static const struct cos_verb replay_verb = {
    .name = "replay",
    .operands = "CERTIFICATE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "run again what a certificate or a report tells of, and compare",
    .about =
        "Run again what a certificate, a report, a folder or a bundle tells of: the same "
        "subject,\n"
        "seed and options; print each verdict that differs. Programs are not taken from a\n"
        "record: name --driver or --java again.",
    .after = "example:\n"
             "  cosconform replay certificate.tar --subject build/fluss",
    .options = {replay_options},
    .run = cmd_replay,
};
static const struct cos_verb *const verbs[] = {
    &run_verb,          &certify_verb,       &list_verb,   &explain_verb, &mutants_verb,
    &driver_check_verb, &driver_schema_verb, &keygen_verb, &verify_verb,  &badge_verb,
    &merge_verb,        &replay_verb,        NULL,
};
static const char about[] =
    "Judge a COS filesystem plugin of Apache Fluss against the mock of Tencent COS and STS. "
    "Every\n"
    "verdict rests on the subject's answer and on the mock's journal.";
static const char after[] =
    "status: 0 all MUST hold, 1 one does not, 2 usage, 3 driver or environment broken, 4 only\n"
    "SHOULD (--strict), 5 nothing selected, 6 incomplete, 7 a waiver must go, 8 a certificate\n"
    "does not verify, 130 stopped\n"
    "\n"
    "examples:\n"
    "  cosconform run --in-process\n"
    "  cosconform certify --subject build/fluss --out certificate\n"
    "  cosconform explain POL-004";

/* Selections need the catalogue, so their texts are kept until it is there. */
int cmd_select(struct cmd *cmd)
{
    struct selection *s = &cmd->selection;
    char why[512];
    int r = 0;
    for (size_t i = 0; i < cmd->only.n && r == 0; i++) {
        r = selection_add(s, &cmd->catalogue, &cmd->arena, cmd->only.items[i], why);
    }
    if (r == 0 && cmd->level != NULL) {
        r = selection_level(s, cmd->level, why);
    }
    if (r == 0 && cmd->profile != NULL) {
        r = selection_profile(s, &cmd->catalogue, cmd->profile, why);
    }
    if (r == 0 && cmd->shard != NULL) {
        r = selection_shard(s, cmd->shard, why);
    }
    return r < 0 ? cos_command_complain(&cmd->line, "%s", why) : 0;
}

/* ---- catalogue, scratch ---- */

static void print_note(void *ctx, const char *sentence)
{
    (void)fprintf(stderr, "cosconform: %s\n", sentence);
}

/* It prints something to read or to parse, and nothing else; nothing is run. */
static bool is_text(const struct cmd *cmd)
{
    static const struct cos_verb *const texts[] = {&explain_verb, &driver_schema_verb,
                                                   &keygen_verb, &verify_verb, &badge_verb};
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        if (cmd->line.verb == texts[i]) {
            return true;
        }
    }
    return false;
}

int cmd_load_waivers(struct cmd *cmd)
{
    char why[512];
    if (cmd->waivers_path == NULL) {
        return 0;
    }
    if (waivers_load(&cmd->waivers, &cmd->catalogue, cmd->waivers_path, why) < 0) {
        return cos_command_complain(&cmd->line, "%s", why);
    }
    cmd->has_waivers = true;
    return 0;
}

static int load_catalogue(struct cmd *cmd)
{
    char why[512];
    if (catalogue_load(&cmd->catalogue, cmd->catalogue_path, why) < 0) {
        return cos_command_complain(&cmd->line, "%s", why);
    }
    struct catalogue_audit audit;
    catalogue_audit(&cmd->catalogue, &audit, print_note, NULL);
    if (cmd->line.verb == &list_verb) {
        (void)fprintf(stderr,
                      "catalogue: %zu requirements, %zu without a case (%zu of them MUST), "
                      "%zu unknown ids, %zu without a planted defect\n",
                      cmd->catalogue.n, audit.n_untested, audit.n_untested_must,
                      audit.n_unknown, audit.n_unplanted);
    }
    return cmd_load_waivers(cmd);
}

static int make_scratch(struct cmd *cmd)
{
    const char *const parents[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"};
    int r = cos_tempdir_make(&cmd->scratch, parents, COS_ARRAY_LEN(parents), "cosconform");
    if (r != 0) {
        (void)fprintf(stderr,
                      "%s: cannot make a scratch directory below $TMPDIR, /tmp, /var/tmp or "
                      "/dev/shm: %s\n",
                      cmd->name, strerror(-r));
        return EXIT_BROKEN;
    }
    cos_tempdir_remove_dead(&cmd->scratch);
    return 0;
}

/*
 * Verbs that run something need a place to do it, and outlive a reader of their output that
 * goes away.
 */
static int prepare_runs(struct cmd *cmd)
{
    if (cmd->line.verb == &list_verb || is_text(cmd)) {
        return 0;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return make_scratch(cmd);
}

static int run_verb_of(struct cmd *cmd)
{
    cos_secret_no_core();
    cos_arena_init(&cmd->arena, 1 << 20);
    int status = load_catalogue(cmd);
    if (status == 0 && (cmd->line.verb == &run_verb || cmd->line.verb == &certify_verb)) {
        status = cmd_take_shard(cmd);
    }
    status = status != 0 ? status : cmd_select(cmd);
    status = status != 0 ? status : prepare_runs(cmd);
    family_adopt_orphans();
    status = status != 0 ? status : cmd->line.verb->run(cmd);
    family_end_orphans();
    int ignored = cos_tempdir_remove(&cmd->scratch); /* nothing to be done about it */
    (void)ignored;
    cmd->key = cos_ed25519_free(cmd->key);
    cmd->trusted = cos_ed25519_free(cmd->trusted);
    waivers_deinit(&cmd->waivers);
    catalogue_deinit(&cmd->catalogue);
    cos_arena_deinit(&cmd->arena);
    return status;
}

bool cmd_parse(struct cmd *out, int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    *out = (struct cmd){.name = slash != NULL ? slash + 1 : argv[0],
                        .argc = argc,
                        .argv = argv,
                        .jobs = 2,
                        .repeat = 1,
                        .seed = 1,
                        .selection = SELECTION_ALL};
    /* Complaints name the program; it lives as long as the line. */
    out->program = (struct cos_program){out->name, about, after, verbs, common};
    return cos_command_parse(&out->line, &out->program, out, argc, argv);
}

int main(int argc, char **argv)
{
    struct cmd *cmd = calloc(1, sizeof(*cmd));
    if (cmd == NULL || argc < 1) {
        free(cmd);
        return EXIT_BROKEN;
    }
    int status = cmd_parse(cmd, argc, argv) ? run_verb_of(cmd) : cmd->line.status;
    cos_command_deinit(&cmd->line);
    free(cmd);
    return status;
}
