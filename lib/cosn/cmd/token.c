/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cosn token`: what a Fluss server would hand to its clients. Without --show-secret nothing
 * printed is usable: the id shows its first four characters, key and token only their lengths.
 */
#include "cmd.h"

#include "cosbase/date.h"
#include "cosbase/json.h"
#include "cosbase/secret.h"

struct summary {
    char id_hint[8];
    size_t key_bytes, token_bytes;
    char valid_until[25];
};

static int summarise(struct summary *out, const struct cosn_token *token,
                     struct cosn_error *err)
{
    struct cosn_credentials *c = NULL;
    int r =
        cosn_token_from_json(&c, token->bytes, token->n_bytes, token->valid_until_unix_ms, err);
    if (r < 0) {
        return r;
    }
    const char *session = cosn_credentials_token(c);
    cos_secret_hint(out->id_hint, cos_span_of(cosn_credentials_secret_id(c)));
    out->key_bytes = strlen(cosn_credentials_secret_key(c));
    out->token_bytes = session == NULL ? 0 : strlen(session);
    if (token->valid_until_unix_ms == COSN_NEVER_EXPIRES) {
        (void)snprintf(out->valid_until, sizeof(out->valid_until), "for ever");
    } else {
        cos_date_iso_ms(out->valid_until, token->valid_until_unix_ms);
    }
    (void)cosn_credentials_unref(c);
    return 0;
}

static void print_text(const struct summary *m, const struct cosn_token *token)
{
    (void)printf("scheme        %s\n"
                 "secret id     %s\n"
                 "secret key    %zu characters, not shown\n"
                 "session token %zu characters, not shown\n"
                 "valid until   %s\n",
                 token->scheme, m->id_hint, m->key_bytes, m->token_bytes, m->valid_until);
    for (size_t i = 0; i < token->n_infos; i++) {
        (void)printf("%s: %s\n", token->infos[i].key, token->infos[i].value);
    }
}

static int print_json(const struct summary *m, const struct cosn_token *token)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    struct cos_jw w;
    cos_buf_init(&b, 64u << 10);
    cos_jw_init(&w, &b);
    cos_jw_object(&w, /* name= */ NULL);
    cos_jw_str(&w, "scheme", token->scheme);
    cos_jw_str(&w, "secret_id_hint", m->id_hint);
    cos_jw_u64(&w, "secret_key_length", m->key_bytes);
    cos_jw_u64(&w, "session_token_length", m->token_bytes);
    if (token->valid_until_unix_ms != COSN_NEVER_EXPIRES) {
        cos_jw_i64(&w, "valid_until_ms", token->valid_until_unix_ms);
    }
    cos_jw_object(&w, "infos");
    for (size_t i = 0; i < token->n_infos; i++) {
        cos_jw_str(&w, token->infos[i].key, token->infos[i].value);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
    return cmd_print_line(&b);
}

static int show(struct cmd_session *s, const struct cosn_token *token)
{
    if (s->args->show_secret) {
        (void)fwrite(token->bytes, 1, token->n_bytes, stdout);
        (void)putchar('\n');
        return EXIT_DONE;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct summary m = {0};
    if (summarise(&m, token, &err) < 0) {
        return cmd_report(s, &err);
    }
    if (s->args->json) {
        return print_json(&m, token);
    }
    print_text(&m, token);
    return EXIT_DONE;
}

int cmd_token(void *session)
{
    struct cmd_session *s = session;
    const char *uri =
        s->args->line.n_operands > 0 ? s->args->line.operands[0] : cmd_remote_dir(s);
    if (uri == NULL) {
        return EXIT_USAGE;
    }
    struct cosn_error err = COSN_ERROR_INIT;
    struct cosn_token *token = NULL;
    if (cosn_token_obtain(&token, s->config, uri, &s->platform, &err) < 0) {
        return cmd_report(s, &err);
    }
    int status = show(s, token);
    (void)cosn_token_free(token);
    return status;
}
