/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of a terminal is made in the first of four forms that fits its width: bars for every
 * area; a bar only for areas at work; these alone; sums. A terminal that cannot write over a
 * line (TERM=dumb) gets what a pipe gets, a line a second: half a minute without a word looks
 * like a hang.
 */
#include "progress.h"

#include "case_table.h"
#include "style.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_CELLS 5
#define DRAW_EVERY_MS 80
#define SAY_EVERY_MS 1000
#define RUNNING_SHOWN 8 /* in a line of a second */

/* ---- what counts ---- */

static struct progress_area *area_of(struct progress *p, const char *name)
{
    for (size_t i = 0; i < p->n_areas; i++) {
        if (strcmp(p->areas[i].name, name) == 0) {
            return &p->areas[i];
        }
    }
    if (p->n_areas == COS_ARRAY_LEN(p->areas)) {
        return NULL;
    }
    p->areas[p->n_areas] = (struct progress_area){.name = name};
    return &p->areas[p->n_areas++];
}

static bool is_bad(enum conform_verdict v)
{
    return v == CONFORM_FAIL || v == CONFORM_ERROR || v == CONFORM_XPASS;
}

void progress_take(struct progress *p, const struct conform_result *result)
{
    enum conform_verdict v = (enum conform_verdict)result->verdict;
    struct progress_area *area = area_of(p, result->requirement->area);
    if (area != NULL) {
        area->worst = area->n_done > 0 ? verdict_worse(area->worst, v) : v;
        area->n_done++;
        area->n_bad += is_bad(v) ? 1 : 0;
    }
    p->n_bad += is_bad(v) ? 1 : 0;
}

/* ---- the line ---- */

struct line {
    struct cos_buf *b;
    bool has_color, has_utf8;
    /* Columns taken. */
    size_t width;
};

static void put(struct line *l, enum style style, const char *text)
{
    bool is_styled = l->has_color && style != STYLE_PLAIN;
    cos_buf_str(l->b, is_styled ? style_begin(style) : "");
    cos_buf_str(l->b, text);
    cos_buf_str(l->b, is_styled ? STYLE_END : "");
    for (; *text != '\0'; text++) {
        l->width += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    }
}

static void put_number(struct line *l, enum style style, const char *before, size_t n,
                       const char *behind)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%s%zu%s", before, n, behind);
    put(l, style, text);
}

static void put_bar(struct line *l, enum style style, const struct progress_area *a)
{
    size_t filled = a->n == 0 ? 0 : a->n_done * BAR_CELLS / a->n;
    put(l, style, " ");
    for (size_t i = 0; i < BAR_CELLS; i++) {
        if (l->has_utf8) {
            put(l, i < filled ? style : STYLE_FAINT, i < filled ? "\u2588" : "\u2591");
        } else {
            put(l, i < filled ? style : STYLE_FAINT, i < filled ? "#" : ".");
        }
    }
    put_number(l, STYLE_PLAIN, " ", a->n_done, "");
    put_number(l, STYLE_PLAIN, "/", a->n, "");
}

enum detail { EVERY_BAR, BARS_AT_WORK, ONLY_AT_WORK, ONLY_SUMS, DETAILS };

static bool is_at_work(const struct progress_area *a, const struct conform_moment *m)
{
    for (size_t i = 0; i < m->n_running; i++) {
        size_t n = strlen(a->name);
        if (strncmp(m->running[i]->requirement, a->name, n) == 0 &&
            m->running[i]->requirement[n] == '-') {
            return true;
        }
    }
    return false;
}

static void put_area(struct line *l, const struct progress_area *a, bool at_work,
                     enum detail detail)
{
    enum style style = a->n_done == 0 ? STYLE_FAINT : style_of_verdict(a->worst);
    if (detail == ONLY_SUMS || (detail == ONLY_AT_WORK && !at_work)) {
        return;
    }
    put(l, STYLE_PLAIN, "  ");
    put(l, style, a->name);
    if (detail == EVERY_BAR || at_work) {
        put_bar(l, style, a);
    }
    if (a->n_bad > 0) {
        put_number(l, STYLE_BAD, " ", a->n_bad, l->has_utf8 ? "\u2717" : "!");
    }
}

static void put_running(struct line *l, const struct conform_moment *m)
{
    for (size_t i = 0; i < m->n_running && i < 2; i++) {
        put(l, STYLE_PLAIN, i == 0 ? "  " : " ");
        put(l, STYLE_PLAIN, m->running[i]->requirement);
    }
    put_number(l, STYLE_FAINT, "  ", (size_t)(m->elapsed_ms / 1000), " s");
}

static void put_line(struct line *l, const struct progress *p, const struct conform_moment *m,
                     enum detail detail)
{
    put_number(l, STYLE_HEADING, "", m->n_done, "/");
    put_number(l, STYLE_HEADING, "", m->n, "");
    if (p->n_bad > 0) {
        put_number(l, STYLE_BAD, "  ", p->n_bad, " failed");
    }
    for (size_t i = 0; i < p->n_areas; i++) {
        put_area(l, &p->areas[i], is_at_work(&p->areas[i], m), detail);
    }
    put_running(l, m);
}

void progress_line(struct cos_buf *out, const struct progress *p,
                   const struct conform_moment *moment, size_t columns)
{
    for (enum detail d = EVERY_BAR; d < DETAILS; d++) {
        struct line line = {.b = out, .has_color = p->has_color, .has_utf8 = p->has_utf8};
        cos_buf_clear(out);
        put_line(&line, p, moment, d);
        /* The last column stays free: some terminals would begin a new line there. */
        if (line.width < columns) {
            return;
        }
    }
    cos_buf_clear(out);
    cos_buf_printf(out, "%zu/%zu", moment->n_done, moment->n);
}

/* ---- the terminal ---- */

static size_t columns(void)
{
    struct winsize size;
    const char *said = getenv("COLUMNS");
    long n = said != NULL ? strtol(said, NULL, 10) : 0;
    if (n <= 0 && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) {
        n = size.ws_col;
    }
    return n > 0 ? (size_t)n : 80;
}

static void draw(const struct progress *p, const struct conform_moment *m)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 16384);
    progress_line(&b, p, m, columns());
    (void)fprintf(stderr, "\r%s\033[K", cos_buf_cstr(&b));
    (void)fflush(stderr);
}

static void say(const struct progress *p, const struct conform_moment *m)
{
    (void)fprintf(stderr, "%zu of %zu cases, %zu failed", m->n_done, m->n, p->n_bad);
    for (size_t i = 0; i < m->n_running && i < RUNNING_SHOWN; i++) {
        (void)fprintf(stderr, "%s %s", i == 0 ? ", at" : "", m->running[i]->requirement);
    }
    (void)fprintf(stderr, ", %lld s\n", (long long)(m->elapsed_ms / 1000));
}

void progress_tick(struct progress *p, const struct conform_moment *moment)
{
    int64_t since_ms = moment->elapsed_ms - p->written_ms;
    if (p->form == PROGRESS_BAR && (!p->is_drawn || since_ms >= DRAW_EVERY_MS)) {
        draw(p, moment);
        p->is_drawn = true;
        p->written_ms = moment->elapsed_ms;
    } else if (p->form == PROGRESS_LINES && since_ms >= SAY_EVERY_MS) {
        say(p, moment);
        p->written_ms = moment->elapsed_ms;
    }
}

void progress_end(struct progress *p)
{
    if (p->is_drawn) {
        (void)fputs("\r\033[K", stderr);
        p->is_drawn = false;
    }
}

/* ---- which form ---- */

static bool speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
        }
    }
    return false;
}

static int choose_form(struct progress *p, struct cmd *cmd)
{
    static const struct {
        const char *word;
        enum progress_form form;
    } words[] = {{"off", PROGRESS_OFF}, {"lines", PROGRESS_LINES}, {"bar", PROGRESS_BAR}};
    if (cmd->progress == NULL || strcmp(cmd->progress, "auto") == 0) {
        p->form = cmd_is_clever_terminal(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_LINES;
        return 0;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (strcmp(cmd->progress, words[i].word) == 0) {
            p->form = words[i].form;
            return 0;
        }
    }
    return cos_command_complain(&cmd->line,
                                "--progress '%.40s' is none; write auto, bar, lines or off",
                                cmd->progress);
}

int progress_init(struct progress *p, struct cmd *cmd)
{
    *p = (struct progress){.has_color = cmd_has_color(cmd, STDERR_FILENO),
                           .has_utf8 = speaks_utf8()};
    for (size_t i = 0; i < cmd->catalogue.n; i++) {
        const struct requirement *r = &cmd->catalogue.items[i];
        struct progress_area *area =
            selection_has(&cmd->selection, r) ? area_of(p, r->area) : NULL;
        if (area != NULL) {
            area->n += r->n_cases;
        }
    }
    return choose_form(p, cmd);
}
