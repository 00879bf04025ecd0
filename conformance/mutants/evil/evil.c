/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Misbehaving drivers, one program, chosen by name (facts: conformance.md s.4.2). The suite
 * must call each of them what it is: ERROR for a driver that does not keep the protocol, FAIL
 * for a subject that crashes or does nothing, and never PASS.
 *
 *   evil MODE                 answers by itself
 *   evil MODE HOST PLUGIN [PIDFILE]   stands between the suite and a real cosconform-host
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WHO                                                                            \
    "\"driver\":{\"name\":\"evil\",\"version\":\"1\"},\"subject\":{\"name\":\"evil\"," \
    "\"version\":\"1\"},"
#define HELLO                                                                                \
    WHO "\"protocol\":1,\"clock\":\"real\",\"schemes\":[\"cosn\"],\"capabilities\":[\"fs\"," \
        "\"fs.streams\",\"token.obtain\",\"token.apply\",\"refresh\",\"config.yaml\","       \
        "\"config.providers\",\"err.typed\"]"
#define HELLO_FILES \
    WHO "\"protocol\":1,\"clock\":\"real\",\"schemes\":[\"cosn\"],\"capabilities\":[\"fs\"]"
#define HELLO_POOR \
    WHO "\"protocol\":1,\"clock\":\"real\",\"schemes\":[\"cosn\"],\"capabilities\":[]"

/* The text after "name": in a request, up to the next comma or brace; "" when absent. */
static void member(const char *line, const char *name, char *out, size_t cap)
{
    char quoted[64];
    out[0] = '\0';
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", name);
    const char *at = strstr(line, quoted);
    if (at == NULL) {
        return;
    }
    at += strlen(quoted);
    size_t n = strcspn(at, ",}");
    n = n < cap - 1 ? n : cap - 1;
    memcpy(out, at, n);
    out[n] = '\0';
}

static bool is_op(const char *line, const char *op)
{
    char value[64], want[64];
    member(line, "op", value, sizeof(value));
    (void)snprintf(want, sizeof(want), "\"%s\"", op);
    return strcmp(value, want) == 0;
}

static void say(const char *line, const char *members)
{
    char id[32];
    member(line, "id", id, sizeof(id));
    (void)printf("{\"id\":%s,\"ok\":true%s%s}\n", id, members[0] != '\0' ? "," : "", members);
    (void)fflush(stdout);
}

/* ---- modes that answer by themselves; false ends the program ---- */

static bool exits(const char *line)
{
    return false;
}

static bool is_silent(const char *line)
{
    return true;
}

static bool talks_garbage(const char *line)
{
    (void)printf("Loading plugins ... done.\n");
    (void)fflush(stdout);
    return true;
}

static bool stops_in_a_line(const char *line)
{
    (void)printf("{\"id\":1,\"ok\":tr");
    (void)fflush(stdout);
    return true;
}

static bool writes_a_long_line(const char *line)
{
    for (int i = 0; i < (5 << 20) / 64; i++) {
        (void)fputs("                                                                ", stdout);
    }
    (void)fflush(stdout);
    return true;
}

static bool answers_another(const char *line)
{
    (void)printf("{\"id\":999999,\"ok\":true}\n");
    (void)fflush(stdout);
    return true;
}

static bool swaps_streams(const char *line)
{
    (void)fprintf(stderr, "{\"id\":1,\"ok\":true,%s}\n", HELLO);
    (void)printf("INFO hello there\n");
    (void)fflush(stdout);
    return true;
}

/* Everything works, says the liar, and sends nothing anywhere. */
static bool lies(const char *line)
{
    if (is_op(line, "hello")) {
        say(line, HELLO);
    } else {
        say(line, "\"fs\":1,\"out\":1,\"in\":1,\"mgr\":1,\"uri\":\"cosn://"
                  "b\",\"len\":1,\"result\":true,"
                  "\"exists\":true,\"is_dir\":false,\"count\":0,\"entries\":[],\"sha256\":\"\","
                  "\"scheme\":\"cosn\",\"token\":{\"b64\":\"e30=\"},\"valid_until_ms\":1,"
                  "\"infos\":{},\"schemes\":[\"cosn\"],\"replies\":[]");
    }
    return true;
}

static bool refuses_everything(const char *line)
{
    if (is_op(line, "hello") || is_op(line, "reset") || is_op(line, "ping")) {
        say(line, HELLO);
        return true;
    }
    char id[32];
    member(line, "id", id, sizeof(id));
    (void)printf("{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"IO\",\"message\":\"failed\"}}\n",
                 id);
    (void)fflush(stdout);
    return true;
}

/*
 * What would end a script, begin a tag, turn a line, move a cursor, or is no UTF-8; the last
 * in the log only, since a reply must be JSON.
 */
static bool answers_with_hostile_text(const char *line)
{
    if (is_op(line, "hello") || is_op(line, "reset")) {
        say(line, HELLO);
        return true;
    }
    char id[32];
    member(line, "id", id, sizeof(id));
    (void)fprintf(stderr, "</script><img src=x onerror=\"hostile=1\">\033[31m\xFF\xC0\xAF\n");
    (void)printf("{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"IO\",\"typed\":true,\"message\":"
                 "\"</script><img src=x onerror='hostile=1'>\\u202e\\u2066\\u200f\\u001b[31m"
                 "\\u0007 &amp; <!-- ]]> \\n## x | `y`\"}}\n",
                 id);
    (void)fflush(stdout);
    return true;
}

static bool promises_all(const char *line)
{
    if (is_op(line, "hello") || is_op(line, "reset") || is_op(line, "ping")) {
        say(line, HELLO);
        return true;
    }
    char id[32];
    member(line, "id", id, sizeof(id));
    (void)printf(
        "{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\",\"message\":\"no\"}}\n",
        id);
    (void)fflush(stdout);
    return true;
}

static bool promises_nothing(const char *line)
{
    say(line, HELLO_POOR);
    return true;
}

/* Declares files only, and hands out tokens all the same. */
static bool does_it_anyway(const char *line)
{
    say(line, is_op(line, "hello")
                  ? HELLO_FILES
                  : "\"fs\":1,\"mgr\":1,\"scheme\":\"cosn\",\"token\":{\"b64\":\"e30=\"}");
    return true;
}

/* ---- modes in front of a real host ---- */

static FILE *to_host, *from_host;

static bool pass_on(const char *line, char **reply, size_t *cap)
{
    (void)fputs(line, to_host);
    (void)fflush(to_host);
    return getline(reply, cap, from_host) > 0;
}

static char *reply_text;
static size_t reply_cap;

static bool passes(const char *line)
{
    if (!pass_on(line, &reply_text, &reply_cap)) {
        return false;
    }
    (void)fputs(reply_text, stdout);
    (void)fflush(stdout);
    return true;
}

/* By the signal, whatever handler a sanitizer has put there. */
static void dies_of_signal(void)
{
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
}

static bool crashes(const char *line)
{
    if (is_op(line, "open")) {
        dies_of_signal();
    }
    return passes(line);
}

static bool answers_twice(const char *line)
{
    if (!passes(line)) {
        return false;
    }
    (void)fputs(reply_text, stdout);
    (void)fflush(stdout);
    return true;
}

static bool leaks(const char *line)
{
    char secret[256];
    member(line, "fs.cosn.userinfo.secretKey", secret, sizeof(secret));
    if (secret[0] != '\0') {
        (void)fprintf(stderr, "DEBUG config: secretKey=%s\n", secret);
    }
    return passes(line);
}

/* About five times as slow as the host, whose operation takes a millisecond or so. */
static bool dawdles(const char *line)
{
    (void)poll(NULL, 0, 5);
    return passes(line);
}

/* Greets, and falls asleep over everything else. */
static bool sleeps(const char *line)
{
    bool is_awake = is_op(line, "hello") || is_op(line, "reset") || is_op(line, "shutdown");
    return is_awake ? passes(line) : true;
}

/* The third operation of its life is the last, whatever it is. */
static bool dies_at_three(const char *line)
{
    static int n;
    if (++n == 3) {
        dies_of_signal();
    }
    return passes(line);
}

static bool dies_in_delete(const char *line)
{
    if (is_op(line, "delete")) {
        dies_of_signal();
    }
    return passes(line);
}

/* Says that the manager is stopped, and lets it go on. */
static bool never_stops(const char *line)
{
    if (is_op(line, "manager_stop")) {
        say(line, "\"stopped_ms\":0");
        return true;
    }
    return passes(line);
}

static bool hangs_in_open(const char *line)
{
    return is_op(line, "open") ? true : passes(line);
}

static bool hangs_in_list(const char *line)
{
    return is_op(line, "list") ? true : passes(line);
}

/* The reply of the host with @from put as @to, once. */
static bool passes_with(const char *line, const char *from, const char *to)
{
    if (!pass_on(line, &reply_text, &reply_cap)) {
        return false;
    }
    char *at = strstr(reply_text, from);
    if (at == NULL) {
        (void)fputs(reply_text, stdout);
    } else {
        (void)printf("%.*s%s%s", (int)(at - reply_text), reply_text, to, at + strlen(from));
    }
    (void)fflush(stdout);
    return true;
}

/* @line with @from put as @to; the text lasts until the next call. */
static const char *reworded(const char *line, const char *from, const char *to)
{
    static char text[1 << 16];
    const char *at = strstr(line, from);
    if (at == NULL || strlen(line) + strlen(to) >= sizeof(text)) {
        return line;
    }
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - line), line, to,
                   at + strlen(from));
    return text;
}

/* Most programs: nothing moves their clock. */
static bool lives_in_real_time(const char *line)
{
    return passes_with(reworded(line, "\"clock\":\"virtual\"", "\"clock\":\"real\""),
                       "\"clock.virtual\",\"err.typed\",\"clock.jump\"", "\"err.typed\"");
}

/* Another language's exceptions: every class is a guess, and the guess is poor. */
static bool guesses(const char *line)
{
    return passes_with(line, "\"class\":\"NOT_FOUND\",\"typed\":true",
                       "\"class\":\"IO\",\"typed\":false");
}

#define OF_C "\"language\":\"c\",\"lacks\":[\"append\"],\"loader\":\"harness\""
#define OF_JAVA "\"language\":\"java\",\"loader\":\"product\",\"lacks\":"

/* What a language lacks is refused, as it says. */
static bool lacks_an_abandon(const char *line)
{
    if (is_op(line, "out_free")) {
        char id[32];
        member(line, "id", id, sizeof(id));
        (void)printf("{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\"}}\n", id);
        (void)fflush(stdout);
        return true;
    }
    return is_op(line, "hello") ? passes_with(line, OF_C, OF_JAVA "[\"out_free\"]")
                                : passes(line);
}

/* It is done all the same. */
static bool lacks_nothing(const char *line)
{
    return is_op(line, "hello") ? passes_with(line, OF_C, OF_JAVA "[\"out_free\"]")
                                : passes(line);
}

/* Nothing a language could be short of. */
static bool lacks_courage(const char *line)
{
    return is_op(line, "hello") ? passes_with(line, OF_C, OF_JAVA "[\"delete\"]")
                                : passes(line);
}

/* ---- different, and right ---- */

/* Another language's exceptions, all of them: not one class is known. */
static bool guesses_all(const char *line)
{
    if (!pass_on(line, &reply_text, &reply_cap)) {
        return false;
    }
    static const char class[] = "\"class\":\"", typed[] = "\"typed\":true";
    char *at = strstr(reply_text, class);
    char *end = at != NULL ? strchr(at + strlen(class), '"') : NULL;
    char *word = end != NULL ? strstr(end, typed) : NULL;
    if (word == NULL) {
        (void)fputs(reply_text, stdout);
    } else {
        (void)printf("%.*s%sIO%.*s\"typed\":false%s", (int)(at - reply_text), reply_text, class,
                     (int)(word - end), end, word + strlen(typed));
    }
    (void)fflush(stdout);
    return true;
}

/* The request with @from put as @to, once. */
static bool asks_with(const char *line, const char *from, const char *to)
{
    const char *at = strstr(line, from);
    if (at == NULL) {
        return passes(line);
    }
    char *other = NULL;
    int n = asprintf(&other, "%.*s%s%s", (int)(at - line), line, to, at + strlen(from));
    bool ok = n > 0 && passes(other);
    free(other);
    return ok;
}

/* TLS is always on, as in the JAR, whatever the configuration says (fluss-plugin.md F1). */
static bool always_encrypts(const char *line)
{
    return asks_with(line, "\"scheme\":\"http\"", "\"scheme\":\"https\"");
}

/* What is wrong shows with the first request, never when a filesystem is opened. */
static bool opens_lazily(const char *line)
{
    static char failed[4096];
    char fs[32], id[32];
    member(line, "fs", fs, sizeof(fs));
    member(line, "id", id, sizeof(id));
    if (strcmp(fs, "909090") == 0) {
        (void)printf("{\"id\":%s,%s", id, strstr(failed, "\"ok\""));
        (void)fflush(stdout);
        return true;
    }
    if (!pass_on(line, &reply_text, &reply_cap)) {
        return false;
    }
    if (is_op(line, "open") && strstr(reply_text, "\"ok\":false") != NULL) {
        (void)snprintf(failed, sizeof(failed), "%s", reply_text);
        (void)printf("{\"id\":%s,\"ok\":true,\"fs\":909090,\"uri\":\"cosn://b\"}\n", id);
    } else {
        (void)fputs(reply_text, stdout);
    }
    (void)fflush(stdout);
    return true;
}

/* A language without a C ABI. */
static bool speaks_java(const char *line)
{
    char id[32];
    member(line, "id", id, sizeof(id));
    if (strstr(line, "\"abi_major\"") != NULL || strstr(line, "\"struct_size\"") != NULL) {
        (void)printf("{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\"}}\n", id);
        (void)fflush(stdout);
        return true;
    }
    return is_op(line, "hello") ? passes_with(line, OF_C, OF_JAVA "[\"abi\"]") : passes(line);
}

/* It lives on tokens, and obtains none. */
static bool is_only_a_client(const char *line)
{
    if (is_op(line, "get_token")) {
        char id[32];
        member(line, "id", id, sizeof(id));
        (void)printf("{\"id\":%s,\"ok\":false,\"err\":{\"class\":\"UNSUPPORTED\"}}\n", id);
        (void)fflush(stdout);
        return true;
    }
    return is_op(line, "hello") ? passes_with(line, "\"token.obtain\",", "") : passes(line);
}

/* Where what it leaves behind writes its process id; NULL: nowhere. */
static const char *pid_path;

static void tell_pid(void)
{
    FILE *to = pid_path != NULL ? fopen(pid_path, "w") : NULL;
    if (to != NULL) {
        (void)fprintf(to, "%ld\n", (long)getpid());
        (void)fclose(to);
    }
}

/* Something of it goes on after the end of the session. */
static bool leaves_a_daemon(const char *line)
{
    if (is_op(line, "configure") && fork() == 0) {
        tell_pid();
        for (;;) {
            (void)pause();
        }
    }
    return passes(line);
}

/* And this has left the process group, with a session of its own. */
static bool leaves_its_session(const char *line)
{
    if (is_op(line, "configure") && fork() == 0) {
        if (setsid() > 0 && fork() == 0) {
            for (;;) {
                (void)pause();
            }
        }
        _exit(0);
    }
    return passes(line);
}

/* ---- slips of honest drivers, in front of a real host ---- */

/* The reply of the host with its LF cut off. */
static bool hear_host(const char *line)
{
    bool ok = pass_on(line, &reply_text, &reply_cap);
    if (ok) {
        reply_text[strcspn(reply_text, "\n")] = '\0';
    }
    return ok;
}

static bool ends_lines_as_windows_does(const char *line)
{
    bool ok = hear_host(line);
    (void)printf("%s\r\n", ok ? reply_text : "");
    (void)fflush(stdout);
    return ok;
}

/* Whatever is told to it in UTF-8 it answers in Latin-1. */
static bool answers_in_latin1(const char *line)
{
    bool ok = hear_host(line);
    reply_text[ok ? strlen(reply_text) - 1 : 0] = '\0';
    (void)printf("%s,\"note\":\"gr\xFC\xDF\"}\n", reply_text);
    (void)fflush(stdout);
    return ok;
}

/* Ids are kept in 32 bits. */
static bool cuts_ids(const char *line)
{
    char id[32];
    bool ok = hear_host(line);
    member(line, "id", id, sizeof(id));
    const char *rest = ok ? strchr(reply_text, ',') : NULL;
    (void)printf("{\"id\":%d%s\n", (int)strtoll(id, NULL, 10), rest != NULL ? rest : "}");
    (void)fflush(stdout);
    return ok;
}

static bool knows_every_operation(const char *line)
{
    if (is_op(line, "x_dance")) {
        say(line, "");
        return true;
    }
    return passes(line);
}

/* Its digests are of something else. */
static bool hashes_something_else(const char *line)
{
    bool ok = hear_host(line);
    char *digest = ok ? strstr(reply_text, "\"sha256\":\"") : NULL;
    if (digest != NULL) {
        memset(digest + 10, '0', 64);
    }
    (void)printf("%s\n", ok ? reply_text : "");
    (void)fflush(stdout);
    return ok;
}

static bool ends_badly(const char *line)
{
    (void)passes(line);
    if (is_op(line, "shutdown")) {
        exit(1);
    }
    return true;
}

static bool never_ends(const char *line)
{
    (void)passes(line);
    while (is_op(line, "shutdown")) {
        (void)pause();
    }
    return true;
}

/* A reset is nothing to it. */
static bool forgets_nothing(const char *line)
{
    if (is_op(line, "reset")) {
        say(line, "");
        return true;
    }
    return passes(line);
}

static const struct {
    const char *name;
    bool (*answer)(const char *line);
    bool needs_host;
} modes[] = {
    {"exit", exits, false},
    {"silent", is_silent, false},
    {"garbage", talks_garbage, false},
    {"half-line", stops_in_a_line, false},
    {"long-line", writes_a_long_line, false},
    {"wrong-id", answers_another, false},
    {"swapped", swaps_streams, false},
    {"liar", lies, false},
    {"refuses", refuses_everything, false},
    {"hostile", answers_with_hostile_text, false},
    {"promises-all", promises_all, false},
    {"promises-nothing", promises_nothing, false},
    {"does-it-anyway", does_it_anyway, false},
    {"honest", passes, true},
    {"crash", crashes, true},
    {"twice", answers_twice, true},
    {"leak", leaks, true},
    {"slow", dawdles, true},
    {"hang", hangs_in_open, true},
    {"hang-in-list", hangs_in_list, true},
    {"daemon", leaves_a_daemon, true},
    {"session", leaves_its_session, true},
    {"real-time", lives_in_real_time, true},
    {"guesses", guesses, true},
    {"lacks", lacks_an_abandon, true},
    {"lacks-nothing", lacks_nothing, true},
    {"lacks-courage", lacks_courage, true},
    {"guesses-all", guesses_all, true},
    {"always-tls", always_encrypts, true},
    {"lazy", opens_lazily, true},
    {"java", speaks_java, true},
    {"client", is_only_a_client, true},
    {"sleeps", sleeps, true},
    {"third", dies_at_three, true},
    {"crash-in-delete", dies_in_delete, true},
    {"never-stops", never_stops, true},
    {"crlf", ends_lines_as_windows_does, true},
    {"latin1", answers_in_latin1, true},
    {"short-id", cuts_ids, true},
    {"knows-all", knows_every_operation, true},
    {"bad-digest", hashes_something_else, true},
    {"bad-end", ends_badly, true},
    {"no-end", never_ends, true},
    {"no-reset", forgets_nothing, true},
};

static bool start_host(const char *host, const char *plugin)
{
    int in[2], out[2];
    if (pipe(in) < 0 || pipe(out) < 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)close(in[1]);
        (void)close(out[0]);
        (void)execl(host, host, plugin, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    to_host = fdopen(in[1], "w");
    from_host = fdopen(out[0], "r");
    return pid > 0 && to_host != NULL && from_host != NULL;
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t cap = 0, mode = 0;
    while (argc > 1 && mode < sizeof(modes) / sizeof(modes[0]) &&
           strcmp(modes[mode].name, argv[1]) != 0) {
        mode++;
    }
    if (argc < 2 || mode == sizeof(modes) / sizeof(modes[0]) ||
        (modes[mode].needs_host && (argc < 4 || !start_host(argv[2], argv[3])))) {
        (void)fprintf(stderr, "usage: evil MODE [HOST PLUGIN]\n");
        return 2;
    }
    pid_path = argc > 4 ? argv[4] : NULL;
    while (getline(&line, &cap, stdin) > 0 && modes[mode].answer(line) &&
           !is_op(line, "shutdown")) {
    }
    free(line);
    free(reply_text);
    return 0;
}
